// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/markdown/MarkdownDocument.h"

#include <QRegularExpression>
#include <QTextDocument>

namespace fairlead::ui {

namespace {

// How many places to try for a cut at a time: inside a long listing every blank line is a candidate, and each
// trial parses.
constexpr int kMostTrials = 3;

bool isBlank(QByteArrayView line)
{
    for (const char c : line) {
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            return false;
    }
    return true;
}

/// Start of the line before the one that starts at `lineStart`; -1 if there is none.
qsizetype previousLine(QByteArrayView text, qsizetype lineStart)
{
    if (lineStart <= 0)
        return -1;
    return text.first(lineStart - 1).lastIndexOf('\n') + 1;
}

} // namespace

MarkdownDocument::MarkdownDocument(QTextDocument &document, const MarkdownStyle &style)
    : m_document(document)
    , m_style(style)
{
    m_document.setUndoRedoEnabled(false);
}

void MarkdownDocument::append(const QByteArray &utf8)
{
    if (utf8.isEmpty())
        return;
    m_source += utf8;
    if (takeDefinitions()) {
        // Rare, and the one case in which something final changes: a link defined after it was used.
        m_openSource = 0;
        m_openPosition = 0;
        m_openFresh = true;
        m_document.clear();
    }
    renderFromOpen();
}

void MarkdownDocument::clear()
{
    m_source.clear();
    m_definitions.clear();
    m_readDefinitions = 0;
    m_openSource = 0;
    m_openPosition = 0;
    m_openFresh = true;
    m_document.clear();
}

void MarkdownDocument::setStyle(const MarkdownStyle &style)
{
    m_style = style;
    renderAll();
}

void MarkdownDocument::renderAll()
{
    const QByteArray source = m_source;
    clear();
    append(source);
}

QByteArray MarkdownDocument::withDefinitions(QByteArrayView text) const
{
    QByteArray whole = m_definitions;
    whole.append(text.data(), text.size());
    return whole;
}

/// The last place, counted from the open block's start, where the text may be cut: before a finished line
/// that follows a blank one and adds a block at the top level. 0 = nowhere.
qsizetype MarkdownDocument::findCut() const
{
    const QByteArrayView open = QByteArrayView(m_source).sliced(m_openSource);
    qsizetype line = open.lastIndexOf('\n') + 1; // the unfinished line is no candidate
    qsizetype lineEnd = line;
    int trials = 0;
    while ((line = previousLine(open, line)) > 0 && trials < kMostTrials) {
        const qsizetype end = std::exchange(lineEnd, line);
        const qsizetype before = previousLine(open, line);
        if (isBlank(open.sliced(line, end - line)) || !isBlank(open.sliced(before, line - before)))
            continue;
        ++trials;
        const int blocksBefore = MarkdownBuilder::topLevelBlocks(withDefinitions(open.first(line)));
        if (blocksBefore > 0
            && MarkdownBuilder::topLevelBlocks(withDefinitions(open.first(end))) == blocksBefore + 1)
            return line;
    }
    return 0;
}

/// Collects link definitions from the lines that are finished; true if one of them changes what is already
/// final.
bool MarkdownDocument::takeDefinitions()
{
    static const QRegularExpression pattern(
        QStringLiteral("^ {0,3}\\[([^\\]\\n]+)\\]:[ \\t]*<?(?:[A-Za-z][A-Za-z0-9+.-]*:|[/#.])\\S*.*$"),
        QRegularExpression::MultilineOption);
    const qsizetype end = m_source.lastIndexOf('\n') + 1;
    if (end <= m_readDefinitions)
        return false;
    bool changesFinal = false;
    const QString lines
        = QString::fromUtf8(QByteArrayView(m_source).sliced(m_readDefinitions, end - m_readDefinitions));
    m_readDefinitions = end;
    for (auto it = pattern.globalMatch(lines); it.hasNext();) {
        const QRegularExpressionMatch match = it.next();
        m_definitions += match.captured(0).toUtf8() + '\n';
        const QByteArray label = '[' + match.captured(1).toUtf8() + ']';
        changesFinal = changesFinal || m_source.first(m_openSource).contains(label);
    }
    return changesFinal;
}

/// Appends behind what is final; true if the next block may take the empty block that is left.
bool MarkdownDocument::render(QByteArrayView text)
{
    QTextCursor cursor(&m_document);
    cursor.setPosition(m_openPosition);
    MarkdownBuilder builder(cursor, m_style, m_openFresh);
    builder.append(withDefinitions(text));
    return builder.isFresh();
}

/// Renders the open text up to there for good.
void MarkdownDocument::commit(qsizetype cut)
{
    m_openFresh = render(QByteArrayView(m_source).sliced(m_openSource, cut));
    m_openSource += cut;
    QTextCursor cursor(&m_document);
    cursor.movePosition(QTextCursor::End);
    m_openPosition = cursor.position();
}

void MarkdownDocument::renderFromOpen()
{
    QTextCursor edit(&m_document);
    edit.beginEditBlock();
    edit.setPosition(m_openPosition);
    const QTextBlockFormat lastFinal = edit.blockFormat();
    edit.movePosition(QTextCursor::End, QTextCursor::KeepAnchor);
    edit.removeSelectedText();
    // An empty block (a rule) takes over the format of the one that is merged into it.
    if (edit.blockFormat() != lastFinal)
        edit.setBlockFormat(lastFinal);
    if (const qsizetype cut = findCut(); cut > 0)
        commit(cut);
    (void)render(QByteArrayView(m_source).sliced(m_openSource));
    edit.endEditBlock();
}

} // namespace fairlead::ui
