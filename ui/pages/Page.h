// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QWidget>

class QSettings;

namespace fairlead::gateway {
class Gateway;
}

namespace fairlead::ui {

/// What every page gets. Both outlive it.
struct PageContext {
    gateway::Gateway &gateway;
    QSettings &settings; ///< of the window, in the data directory; keys as "<page id>/<name>"; no secrets
};

/// One page of the window. The window draws the title line above it; the page fills the rest. Built when
/// first shown.
class Page : public QWidget
{
    Q_OBJECT
public:
    explicit Page(const PageContext &context, QWidget *parent = nullptr);

    /// The page's own controls at the right of the title line; nullptr if it has none. Called once, owned by
    /// `parent`.
    virtual QWidget *createTools(QWidget *parent);

    /// For screenshots: fills the page with what makes a good picture, through the gateway it has.
    virtual void showDemo();
    /// For screenshots: false while something is still on its way.
    [[nodiscard]] virtual bool isSettled() const;

Q_SIGNALS:
    /// Somebody should see that page now.
    void pageRequested(const QByteArray &pageId);

protected:
    [[nodiscard]] gateway::Gateway &gateway() const { return m_context.gateway; }
    [[nodiscard]] QSettings &settings() const { return m_context.settings; }
    /// Called when palette or font changed, and once before the page is first shown.
    virtual void applyTheme();

    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    PageContext m_context;
    bool m_shown = false;
};

} // namespace fairlead::ui
