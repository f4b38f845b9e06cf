// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/compare/ColumnFooter.h"

#include <QWidget>

class QMenu;
class QPushButton;

namespace fairlead::gateway {
class Gateway;
}

namespace fairlead::ui {

class ColumnHeader;
class InlineMessage;
class MarkdownView;
class ReasoningStrip;
class ToolCallList;

/// One column of the comparison: whose answer, the answer, its figures. What its menu asks for is the page's
/// to do.
class ColumnView : public QWidget
{
    Q_OBJECT
public:
    ColumnView(const gateway::Gateway &gateway, compare::Column &column, QWidget *parent = nullptr);

    [[nodiscard]] compare::Column &column() const { return m_column; }
    [[nodiscard]] ColumnFooter *footer() const { return m_footer; }
    [[nodiscard]] MarkdownView *answer() const { return m_answer; }
    [[nodiscard]] InlineMessage *error() const { return m_error; }
    [[nodiscard]] ReasoningStrip *reasoning() const { return m_reasoning; }
    [[nodiscard]] ColumnHeader *header() const { return m_header; }
    /// Narrower than this, an answer is hard to read: the page scrolls sideways instead.
    [[nodiscard]] QSize minimumSizeHint() const override;
    /// What wraps inside makes room inside: a column is as high as the page gives it.
    [[nodiscard]] bool hasHeightForWidth() const override { return false; }
    void refreshTitle();
    /// Whether moving that way is possible; the menu shows only what is.
    void setPlace(bool first, bool last);
    void setRerunnable(bool rerunnable);

    enum class Wish { ChangeModel, Rerun, Stop, Remove, MoveLeft, MoveRight };

Q_SIGNALS:
    void wished(fairlead::ui::ColumnView::Wish wish);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void fillMenu();
    void openMenu();
    void showState();
    void copyAsMarkdown();

    const gateway::Gateway &m_gateway;
    compare::Column &m_column;
    ColumnHeader *m_header;
    ReasoningStrip *m_reasoning;
    MarkdownView *m_answer;
    ToolCallList *m_tools;
    InlineMessage *m_error;
    ColumnFooter *m_footer;
    QMenu *m_menu;
    QPushButton *m_rerunFailed;
    bool m_first = true;
    bool m_last = true;
    bool m_rerunnable = false;
};

} // namespace fairlead::ui
