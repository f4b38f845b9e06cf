// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>
#include <QTextCursor>
#include <QTextFormat>

#include <vector>

namespace fairlead::ui {

/// Colours and type of rendered Markdown, taken from the theme by whoever owns the document.
struct MarkdownStyle {
    QFont body;
    QFont fixed;
    QColor text;
    QColor muted;
    QColor link;
    QColor inset;
    QColor hairline;
    int step = 4; ///< the small distance; everything else is a multiple
};

/// What a block is, for the view that paints behind it: QTextBlockFormat properties.
namespace markdown {
enum Property {
    KindProperty = QTextFormat::UserProperty + 1,
    InsetProperty, ///< where the block's container begins, in pixels from the document's margin
    QuoteProperty, ///< depth of quotation
};
enum Kind { Prose = 0, Code = 1, Rule = 2 };
} // namespace markdown

/// Appends Markdown to a document through md4c's events. Raw HTML is shown as text, pictures as links:
/// nothing is loaded.
class MarkdownBuilder
{
public:
    /// `fresh`: the cursor stands in an empty block that the first block may take.
    MarkdownBuilder(QTextCursor cursor, const MarkdownStyle &style, bool fresh);

    void append(const QByteArray &markdown);
    /// Whether the cursor stands in an empty block again (after a table).
    [[nodiscard]] bool isFresh() const { return m_fresh; }

    /// Number of blocks at the top level, which says where a text may be cut.
    [[nodiscard]] static int topLevelBlocks(const QByteArray &markdown);

private:
    friend struct MarkdownEvents;

    struct List {
        bool ordered = false;
        unsigned next = 1;
    };
    struct Cell {
        std::vector<std::pair<QString, QTextCharFormat>> runs;
        Qt::Alignment align;
        bool header = false;
    };

    void enterBlock(int type, const void *detail);
    void leaveBlock(int type);
    void enterSpan(int type, const void *detail);
    void leaveSpan();
    void text(int type, const QString &text);

    void startBlock(QTextBlockFormat format);
    void startProse(int topSteps, int bottomSteps);
    void startItem(const void *detail);
    void finishCode();
    void finishTable();
    void insert(const QString &text, const QTextCharFormat &format);
    [[nodiscard]] int inset() const;

    QTextCursor m_cursor;
    const MarkdownStyle &m_style;
    bool m_fresh;
    QTextCharFormat m_plain;
    std::vector<QTextCharFormat> m_formats; // of open spans; the last one is in force
    std::vector<List> m_lists;
    QString m_marker; // of a list item whose first block has not come yet
    bool m_itemOpen = false; // the marker's block takes the first text of a tight item
    int m_quotes = 0;
    bool m_inCode = false;
    QString m_code;
    bool m_inCell = false;
    std::vector<std::vector<Cell>> m_table;
};

} // namespace fairlead::ui
