// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

namespace fairlead::ui {

/// One entry of the navigation rail: icon and word, or the icon alone with the word on hover.
class RailButton : public QAbstractButton
{
    Q_OBJECT
public:
    RailButton(QByteArray id, const QString &title, QString icon, QWidget *parent = nullptr);

    [[nodiscard]] QByteArray id() const { return m_id; }
    void setCollapsed(bool collapsed);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QByteArray m_id;
    QString m_icon;
    bool m_collapsed = false;
};

} // namespace fairlead::ui
