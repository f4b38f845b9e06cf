// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace fairlead::ui {

/// A one-line label that ends in "…" when there is no room, and then says the whole on hover. It never makes
/// a layout wider than it has to be.
class ElidedLabel : public QLabel
{
    Q_OBJECT
public:
    explicit ElidedLabel(QWidget *parent = nullptr);
    explicit ElidedLabel(const QString &text, QWidget *parent = nullptr);

    /// What is cut off, front, middle or end.
    void setElideMode(Qt::TextElideMode mode);
    /// The tip to show in any case; without one the tip is the text itself, while it is cut.
    void setTip(const QString &tip);
    [[nodiscard]] bool isElided() const;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] QSize sizeHint() const override;

protected:
    bool event(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    Qt::TextElideMode m_mode = Qt::ElideRight;
    QString m_tip;
};

} // namespace fairlead::ui
