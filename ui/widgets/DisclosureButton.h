// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolButton>

namespace fairlead::ui {

/// A chevron and a word that fold something away and out again.
class DisclosureButton : public QToolButton
{
    Q_OBJECT
public:
    explicit DisclosureButton(QWidget *parent = nullptr);

    void setTitle(const QString &title);
    void setOpen(bool open);
    [[nodiscard]] bool isOpen() const { return m_open; }

Q_SIGNALS:
    void openChanged(bool open);

private:
    void describe();

    bool m_open = false;
};

} // namespace fairlead::ui
