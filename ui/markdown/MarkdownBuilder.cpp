// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/markdown/MarkdownBuilder.h"

#include <QTextDocumentFragment>
#include <QTextTable>

#include <array>
#include <md4c.h>

namespace fairlead::ui {

namespace {

constexpr unsigned kDialect = MD_DIALECT_GITHUB | MD_FLAG_NOHTML;
constexpr std::array<qreal, 6> kHeadingScale{1.35, 1.22, 1.12, 1.04, 1.0, 1.0};
constexpr int kLineHeightPercent = 128;

QString stringOf(const MD_ATTRIBUTE &attribute)
{
    return QString::fromUtf8(attribute.text, static_cast<qsizetype>(attribute.size));
}

Qt::Alignment alignmentOf(MD_ALIGN align)
{
    switch (align) {
    case MD_ALIGN_CENTER:
        return Qt::AlignHCenter;
    case MD_ALIGN_RIGHT:
        return Qt::AlignRight;
    case MD_ALIGN_LEFT:
    case MD_ALIGN_DEFAULT:
        break;
    }
    return Qt::AlignLeft;
}

int parse(const QByteArray &markdown, MD_PARSER &parser, void *target)
{
    parser.abi_version = 0;
    parser.flags = kDialect;
    return md_parse(markdown.constData(), static_cast<MD_SIZE>(markdown.size()), &parser, target);
}

} // namespace

/// md4c's C callbacks.
struct MarkdownEvents {
    static MarkdownBuilder &builder(void *target) { return *static_cast<MarkdownBuilder *>(target); }

    static int enterBlock(MD_BLOCKTYPE type, void *detail, void *target)
    {
        builder(target).enterBlock(type, detail);
        return 0;
    }
    static int leaveBlock(MD_BLOCKTYPE type, void *, void *target)
    {
        builder(target).leaveBlock(type);
        return 0;
    }
    static int enterSpan(MD_SPANTYPE type, void *detail, void *target)
    {
        builder(target).enterSpan(type, detail);
        return 0;
    }
    static int leaveSpan(MD_SPANTYPE, void *, void *target)
    {
        builder(target).leaveSpan();
        return 0;
    }
    static int text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *target)
    {
        builder(target).text(type, QString::fromUtf8(text, static_cast<qsizetype>(size)));
        return 0;
    }
};

MarkdownBuilder::MarkdownBuilder(QTextCursor cursor, const MarkdownStyle &style, bool fresh)
    : m_cursor(std::move(cursor))
    , m_style(style)
    , m_fresh(fresh)
{
    m_plain.setFont(style.body);
    m_plain.setForeground(style.text);
    m_formats.push_back(m_plain);
}

void MarkdownBuilder::append(const QByteArray &markdown)
{
    MD_PARSER parser{};
    parser.enter_block = &MarkdownEvents::enterBlock;
    parser.leave_block = &MarkdownEvents::leaveBlock;
    parser.enter_span = &MarkdownEvents::enterSpan;
    parser.leave_span = &MarkdownEvents::leaveSpan;
    parser.text = &MarkdownEvents::text;
    parse(markdown, parser, this);
}

int MarkdownBuilder::topLevelBlocks(const QByteArray &markdown)
{
    struct Count {
        int depth = 0;
        int blocks = 0;
    } count;
    MD_PARSER parser{};
    parser.enter_block = [](MD_BLOCKTYPE, void *, void *target) {
        auto &c = *static_cast<Count *>(target);
        c.blocks += c.depth++ == 1 ? 1 : 0; // the document itself is depth 0
        return 0;
    };
    parser.leave_block = [](MD_BLOCKTYPE, void *, void *target) {
        --static_cast<Count *>(target)->depth;
        return 0;
    };
    parser.enter_span = [](MD_SPANTYPE, void *, void *) { return 0; };
    parser.leave_span = [](MD_SPANTYPE, void *, void *) { return 0; };
    parser.text = [](MD_TEXTTYPE, const MD_CHAR *, MD_SIZE, void *) { return 0; };
    parse(markdown, parser, &count);
    return count.blocks;
}

int MarkdownBuilder::inset() const
{
    return m_style.step * (5 * static_cast<int>(m_lists.size()) + 4 * m_quotes);
}

void MarkdownBuilder::startBlock(QTextBlockFormat format)
{
    format.setProperty(markdown::QuoteProperty, m_quotes);
    format.setProperty(markdown::InsetProperty, inset());
    if (m_fresh) {
        m_cursor.setBlockFormat(format);
        m_cursor.setBlockCharFormat(m_plain);
    } else {
        m_cursor.insertBlock(format, m_plain);
    }
    m_fresh = false;
}

void MarkdownBuilder::startProse(int topSteps, int bottomSteps)
{
    QTextBlockFormat format;
    format.setTopMargin(m_style.step * topSteps);
    format.setBottomMargin(m_style.step * bottomSteps);
    format.setLineHeight(kLineHeightPercent, QTextBlockFormat::ProportionalHeight);
    format.setLeftMargin(inset());
    const QString marker = std::exchange(m_marker, QString());
    if (!marker.isEmpty()) {
        // The marker is text, so that numbers start where the author's do and copying keeps them.
        format.setTextIndent(-m_style.step * 5);
        format.setTabPositions({QTextOption::Tab(m_style.step * 5, QTextOption::LeftTab)});
    }
    startBlock(format);
    if (!marker.isEmpty()) {
        QTextCharFormat muted = m_plain;
        muted.setForeground(m_style.muted);
        insert(marker + QLatin1Char('\t'), muted);
    }
}

void MarkdownBuilder::startItem(const void *detail)
{
    const auto *item = static_cast<const MD_BLOCK_LI_DETAIL *>(detail);
    List &list = m_lists.back();
    if (item->is_task)
        m_marker = item->task_mark == ' ' ? QStringLiteral("☐") : QStringLiteral("☑");
    else if (list.ordered)
        m_marker = QStringLiteral("%1.").arg(list.next++);
    else
        m_marker = m_lists.size() % 2 == 1 ? QStringLiteral("•") : QStringLiteral("◦");
    m_itemOpen = true;
}

void MarkdownBuilder::enterBlock(int type, const void *detail)
{
    // A tight item's text comes without a paragraph of its own; anything else inside needs the marker's block
    // first.
    if (m_itemOpen && type != MD_BLOCK_P && type != MD_BLOCK_H) {
        m_itemOpen = false;
        if (!m_marker.isEmpty())
            startProse(0, 1);
    }
    switch (type) {
    case MD_BLOCK_QUOTE:
        ++m_quotes;
        break;
    case MD_BLOCK_UL:
        m_lists.push_back({false, 1});
        break;
    case MD_BLOCK_OL:
        m_lists.push_back({true, static_cast<const MD_BLOCK_OL_DETAIL *>(detail)->start});
        break;
    case MD_BLOCK_LI:
        startItem(detail);
        break;
    case MD_BLOCK_P:
        m_itemOpen = false;
        startProse(0, 2);
        break;
    case MD_BLOCK_H: {
        m_itemOpen = false;
        startProse(3, 1);
        const unsigned level = std::clamp(static_cast<const MD_BLOCK_H_DETAIL *>(detail)->level, 1U, 6U);
        QTextCharFormat heading = m_plain;
        QFont font = m_style.body;
        font.setPointSizeF(font.pointSizeF() * kHeadingScale[level - 1]);
        font.setWeight(QFont::DemiBold);
        heading.setFont(font);
        m_formats.push_back(heading);
        break;
    }
    case MD_BLOCK_HR: {
        QTextBlockFormat format;
        format.setTopMargin(m_style.step * 2);
        format.setBottomMargin(m_style.step * 2);
        format.setLineHeight(m_style.step, QTextBlockFormat::FixedHeight);
        format.setProperty(markdown::KindProperty, markdown::Rule);
        startBlock(format);
        break;
    }
    case MD_BLOCK_CODE:
        m_inCode = true;
        m_code.clear();
        break;
    case MD_BLOCK_TABLE:
        m_table.clear();
        break;
    case MD_BLOCK_TR:
        m_table.emplace_back();
        break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD: {
        Cell cell;
        cell.align = alignmentOf(static_cast<const MD_BLOCK_TD_DETAIL *>(detail)->align);
        cell.header = type == MD_BLOCK_TH;
        m_table.back().push_back(std::move(cell));
        m_inCell = true;
        break;
    }
    default:
        break;
    }
}

void MarkdownBuilder::leaveBlock(int type)
{
    switch (type) {
    case MD_BLOCK_QUOTE:
        --m_quotes;
        break;
    case MD_BLOCK_UL:
    case MD_BLOCK_OL:
        m_lists.pop_back();
        break;
    case MD_BLOCK_LI:
        if (!m_marker.isEmpty())
            startProse(0, 1); // an empty item
        m_itemOpen = false;
        break;
    case MD_BLOCK_H:
        m_formats.pop_back();
        break;
    case MD_BLOCK_CODE:
        finishCode();
        break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
        m_inCell = false;
        break;
    case MD_BLOCK_TABLE:
        finishTable();
        break;
    default:
        break;
    }
}

void MarkdownBuilder::enterSpan(int type, const void *detail)
{
    QTextCharFormat format = m_formats.back();
    switch (type) {
    case MD_SPAN_EM:
        format.setFontItalic(true);
        break;
    case MD_SPAN_STRONG:
        format.setFontWeight(QFont::DemiBold);
        break;
    case MD_SPAN_DEL:
        format.setFontStrikeOut(true);
        break;
    case MD_SPAN_CODE:
        format.setFont(m_style.fixed, QTextCharFormat::FontPropertiesSpecifiedOnly);
        format.setBackground(m_style.inset);
        break;
    case MD_SPAN_A:
    case MD_SPAN_IMG: {
        const QString target = type == MD_SPAN_A
                                   ? stringOf(static_cast<const MD_SPAN_A_DETAIL *>(detail)->href)
                                   : stringOf(static_cast<const MD_SPAN_IMG_DETAIL *>(detail)->src);
        format.setAnchor(true);
        format.setAnchorHref(target);
        format.setToolTip(target);
        format.setForeground(m_style.link);
        format.setFontUnderline(true);
        break;
    }
    default:
        break;
    }
    m_formats.push_back(format);
}

void MarkdownBuilder::leaveSpan()
{
    m_formats.pop_back();
}

void MarkdownBuilder::text(int type, const QString &text)
{
    if (m_inCode) {
        m_code += text;
        return;
    }
    if (m_itemOpen && !m_marker.isEmpty()) {
        m_itemOpen = false;
        startProse(0, 1);
    }
    switch (type) {
    case MD_TEXT_NULLCHAR:
        insert(QString(QChar::ReplacementCharacter), m_formats.back());
        break;
    case MD_TEXT_BR:
        insert(QString(QChar::LineSeparator), m_formats.back());
        break;
    case MD_TEXT_SOFTBR:
        insert(QStringLiteral(" "), m_formats.back());
        break;
    case MD_TEXT_ENTITY:
        insert(QTextDocumentFragment::fromHtml(text).toPlainText(), m_formats.back());
        break;
    default:
        insert(text, m_formats.back());
    }
}

void MarkdownBuilder::insert(const QString &text, const QTextCharFormat &format)
{
    if (m_inCell)
        m_table.back().back().runs.emplace_back(text, format);
    else
        m_cursor.insertText(text, format);
}

void MarkdownBuilder::finishCode()
{
    m_inCode = false;
    if (m_code.endsWith(QLatin1Char('\n')))
        m_code.chop(1);
    const int pad = m_style.step * 2;
    QTextBlockFormat format;
    format.setProperty(markdown::KindProperty, markdown::Code);
    format.setLeftMargin(inset() + m_style.step * 3);
    format.setRightMargin(m_style.step * 3);
    format.setTopMargin(pad + m_style.step);
    startBlock(format);
    const int first = m_cursor.block().blockNumber();
    QTextCharFormat fixed;
    fixed.setFont(m_style.fixed);
    fixed.setForeground(m_style.text);
    m_cursor.insertText(m_code, fixed);

    const int last = m_cursor.block().blockNumber();
    QTextBlockFormat inner = format;
    inner.setTopMargin(0);
    if (last > first) {
        QTextCursor rest = m_cursor;
        rest.setPosition(m_cursor.document()->findBlockByNumber(first + 1).position());
        rest.movePosition(QTextCursor::End, QTextCursor::KeepAnchor);
        rest.setBlockFormat(inner);
    }
    QTextBlockFormat end = last > first ? inner : format;
    end.setBottomMargin(pad + m_style.step * 2);
    m_cursor.setBlockFormat(end);
}

void MarkdownBuilder::finishTable()
{
    if (m_table.empty() || m_table.front().empty())
        return;
    const int columns = static_cast<int>(m_table.front().size());
    startBlock(QTextBlockFormat());
    QTextTableFormat format;
    format.setBorder(0);
    format.setCellSpacing(0);
    format.setCellPadding(0);
    format.setLeftMargin(inset());
    format.setTopMargin(m_style.step);
    format.setBottomMargin(m_style.step * 3);
    format.setHeaderRowCount(1);
    QTextTable *table = m_cursor.insertTable(static_cast<int>(m_table.size()), columns, format);
    for (int row = 0; row < table->rows(); ++row) {
        for (int column = 0; column < columns; ++column) {
            const auto &cells = m_table[static_cast<std::size_t>(row)];
            if (static_cast<std::size_t>(column) >= cells.size())
                continue;
            const Cell &cell = cells[static_cast<std::size_t>(column)];
            QTextTableCell place = table->cellAt(row, column);
            QTextTableCellFormat look;
            look.setPadding(m_style.step);
            look.setRightPadding(m_style.step * 3);
            look.setVerticalAlignment(QTextCharFormat::AlignMiddle);
            look.setBottomBorder(1);
            look.setBottomBorderStyle(QTextFrameFormat::BorderStyle_Solid);
            look.setBottomBorderBrush(m_style.hairline);
            place.setFormat(look);
            QTextCursor at = place.firstCursorPosition();
            QTextBlockFormat paragraph;
            paragraph.setAlignment(cell.align);
            at.setBlockFormat(paragraph);
            for (const auto &[words, runFormat] : cell.runs) {
                QTextCharFormat own = runFormat;
                if (cell.header)
                    own.setFontWeight(QFont::DemiBold);
                at.insertText(words, own);
            }
        }
    }
    m_cursor.movePosition(QTextCursor::End);
    m_table.clear();
    m_fresh = true;
}

} // namespace fairlead::ui
