// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/markdown/MarkdownBuilder.h"

#include <QByteArray>

class QTextDocument;

namespace fairlead::ui {

/// Renders Markdown into a QTextDocument while it grows: only the last open block is taken out and laid
/// again, everything before it is never touched. A text may be cut before a line that starts a new block at
/// the top level, which md4c itself is asked; so the result does not depend on how the text was cut into
/// pieces.
class MarkdownDocument
{
public:
    /// `document` outlives this.
    MarkdownDocument(QTextDocument &document, const MarkdownStyle &style);

    void append(const QByteArray &utf8);
    void clear();
    /// Everything anew: the colours or fonts have changed.
    void setStyle(const MarkdownStyle &style);

    [[nodiscard]] const QByteArray &source() const { return m_source; }
    /// Where the open block begins in the document; what stands before is final.
    [[nodiscard]] int openPosition() const { return m_openPosition; }

private:
    void renderAll();
    void renderFromOpen();
    [[nodiscard]] QByteArray withDefinitions(QByteArrayView text) const;
    [[nodiscard]] qsizetype findCut() const;
    void commit(qsizetype cut);
    [[nodiscard]] bool takeDefinitions();
    [[nodiscard]] bool render(QByteArrayView text);

    QTextDocument &m_document;
    MarkdownStyle m_style;
    QByteArray m_source;
    QByteArray m_definitions; // link definitions seen so far: they hold for the whole text
    qsizetype m_readDefinitions = 0;
    qsizetype m_openSource = 0; // where the open block begins in the source
    int m_openPosition = 0;
    bool m_openFresh = true; // the open block may take the empty block it stands in
};

} // namespace fairlead::ui
