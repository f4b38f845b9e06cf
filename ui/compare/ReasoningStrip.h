// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "compare/Comparison.h"

#include <QTimer>
#include <QWidget>

class QPlainTextEdit;

namespace fairlead::ui {

class DisclosureButton;

/// A model's thinking, folded away: one line that says how long, and the text below it when opened.
class ReasoningStrip : public QWidget
{
    Q_OBJECT
public:
    explicit ReasoningStrip(compare::Column &column, QWidget *parent = nullptr);

    void clear();
    [[nodiscard]] bool isOpen() const;
    [[nodiscard]] QString title() const;

private:
    void append(const QByteArray &utf8);
    void showTitle();

    compare::Column &m_column;
    DisclosureButton *m_toggle;
    QPlainTextEdit *m_text;
    QByteArray m_pending; // the first bytes of a character whose rest has not come
    QTimer m_tick;
};

} // namespace fairlead::ui
