// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "compare/Comparison.h"

#include <QWidget>

namespace fairlead::ui {

class ElidedLabel;

/// One line below a column, two groups: how fast, and how much.
class ColumnFooter : public QWidget
{
    Q_OBJECT
public:
    /// Figures in which a column can be better than its neighbours.
    enum Figure { FirstText = 1, Rate = 2, Cost = 4 };
    Q_DECLARE_FLAGS(Figures, Figure)

    explicit ColumnFooter(QWidget *parent = nullptr);

    void show(const compare::Column &column);
    /// Marks by weight, not by colour.
    void setBest(Figures best);
    [[nodiscard]] Figures best() const { return m_best; }

protected:
    void changeEvent(QEvent *event) override;

private:
    ElidedLabel *add(const QString &name);
    void set(ElidedLabel *label, const QString &text, const QString &tip);
    void applyTheme();

    QList<ElidedLabel *> m_labels;
    ElidedLabel *m_first;
    ElidedLabel *m_rate;
    ElidedLabel *m_tokens;
    ElidedLabel *m_cost;
    ElidedLabel *m_finish;
    Figures m_best;
};

Q_DECLARE_OPERATORS_FOR_FLAGS(ColumnFooter::Figures)

} // namespace fairlead::ui
