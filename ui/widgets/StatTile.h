// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/Card.h"

class QLabel;

namespace fairlead::ui {

class ElidedLabel;

/// One number with its name above and a remark below.
class StatTile : public Card
{
    Q_OBJECT
public:
    explicit StatTile(const QString &name, QWidget *parent = nullptr);

    /// `tip` says the exact value, or why the value is not known.
    void setValue(const QString &value, const QString &tip = QString());
    void setRemark(const QString &remark);
    [[nodiscard]] QString value() const;

protected:
    void changeEvent(QEvent *event) override;

private:
    void applyTheme();
    void describe();

    ElidedLabel *m_name;
    ElidedLabel *m_value;
    ElidedLabel *m_remark;
};

} // namespace fairlead::ui
