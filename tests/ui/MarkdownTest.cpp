// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/markdown/MarkdownDocument.h"
#include "ui/widgets/MarkdownView.h"

#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QTextBlock>
#include <QTextDocument>
#include <QTextTable>

using namespace fairlead::ui;

namespace {

struct Sample {
    const char *name;
    const char *markdown;
};

constexpr Sample kSamples[] = {
    {"prose", "First paragraph\nof two lines.\n\nSecond **bold *both*** and `code`.\n\nThird ~~gone~~."},
    {"headings", "# One\n\n## Two\ntext\n\nSetext\n======\n\nmore\n\nLow\n---\n\nend\n"},
    {"bullets", "- a\n- b\n  - c\n    - d\n- e\n\nafter\n\n* loose\n\n* items\n\n  second paragraph\n\nend"},
    {"numbers", "3. three\n4. four\n\n```sh\nls\n```\n\n5. five\n   1. inner\n\nend"},
    {"tasks", "- [ ] open\n- [x] done\n-\n\nend"},
    {"code",
     "Look:\n\n```cpp\nint main()\n{\n\n    return 0;\n}\n```\n\nand\n\n    indented\n\n    code\n\nend"},
    {"code unclosed", "```\na\n\nb\n\n# not a heading\n\nc"},
    {"code in list", "1. Do\n\n   ```bash\n   make\n\n   make test\n   ```\n\n2. Done\n\nend"},
    {"code badly closed", "1. Do\n   ```bash\n   make\n```\n\nstill code\n\nmore"},
    {"empty code", "a\n\n```\n```\n\nb\n"},
    {"table", "Before\n\n| Name | Price |\n|:-----|------:|\n| a `x` | 1 |\n| **b** | 2 "
              "|\n\nAfter\n\n|q|\n|-|\n|r|\n\nend"},
    {"table last", "| a | b |\n|---|---|\n| 1 | 2 |"},
    {"table first in list", "- item\n\n  | a |\n  |---|\n  | 1 |\n\nend"},
    {"quotes", "> one\n> two\n\n> > deep\n\n> - in\n>   quote\n\nend\nlazy\n\n> a\nlazy\n\nend"},
    {"rules", "a\n\n---\n\nb\n\n***\n\n---\n\nc"},
    {"links", "A [link](https://example.org \"t\") and <https://example.org/a>, "
              "https://example.org/b.\n\n![pic](x.png)\n\nend"},
    {"definition first", "[a]: https://example.org/a\n\nSee [a] and [b][a].\n\nAgain [a].\n\nend"},
    {"definition last",
     "See [1] and [2].\n\nMore [1].\n\nend\n\n[1]: https://example.org/1\n[2]: https://example.org/2\n"},
    {"entities", "a &amp; b &lt;c&gt; &copy; &nbsp;x\n\n<script>alert(1)</script>\n\n<b>raw</b> end"},
    {"unicode", "Grüße, 世界 👩‍🍳\n\nمرحبا **بالعالم**\n\n- ünï\n\nend"},
    {"line breaks", "hard  \nbreak\\\nbreak\r\n\r\nwindows\r\n\r\nends"},
    {"blank start", "\n\n\nlate\n\n\n\nvery\n\n\n"},
    {"marker only", "-\n\n1.\n\ntext\n\n#\n\nend"},
};

MarkdownStyle testStyle()
{
    MarkdownStyle style;
    style.body = QFont(QStringLiteral("Noto Sans"), 10);
    style.fixed = QFont(QStringLiteral("DejaVu Sans Mono"), 10);
    style.text = Qt::black;
    style.muted = Qt::gray;
    style.link = Qt::blue;
    style.inset = QColor(240, 240, 240);
    style.hairline = Qt::lightGray;
    return style;
}

/// Everything that is seen: structure, text and formats.
QString dump(const QTextDocument &document)
{
    QString out;
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
        const QTextBlockFormat format = block.blockFormat();
        const QTextTable *table = QTextCursor(block).currentTable();
        out += QStringLiteral("[%1|%2|%3|%4|%5|%6|%7|%8|%9]")
                   .arg(table ? table->columns() : 0)
                   .arg(format.intProperty(markdown::KindProperty))
                   .arg(format.intProperty(markdown::QuoteProperty))
                   .arg(format.leftMargin())
                   .arg(format.textIndent())
                   .arg(format.topMargin())
                   .arg(format.bottomMargin())
                   .arg(int(format.alignment()))
                   .arg(format.lineHeightType());
        for (auto it = block.begin(); !it.atEnd(); ++it) {
            const QTextCharFormat run = it.fragment().charFormat();
            out += QStringLiteral("{%1|%2|%3|%4|%5|%6}")
                       .arg(it.fragment().text())
                       .arg(run.fontWeight())
                       .arg(run.fontItalic() ? 1 : 0)
                       .arg(run.font().family())
                       .arg(run.font().pointSizeF())
                       .arg(run.anchorHref());
        }
        out += QLatin1Char('\n');
    }
    return out;
}

QString rendered(const QByteArray &markdown)
{
    QTextDocument document;
    MarkdownDocument view(document, testStyle());
    view.append(markdown);
    return dump(document);
}

/// md4c over the whole text at once, without any cutting.
QString renderedWhole(const QByteArray &markdown)
{
    QTextDocument document;
    const MarkdownStyle style = testStyle();
    MarkdownBuilder(QTextCursor(&document), style, true).append(markdown);
    return dump(document);
}

void addSamples()
{
    QTest::addColumn<QByteArray>("markdown");
    for (const Sample &sample : kSamples)
        QTest::newRow(sample.name) << QByteArray(sample.markdown);
}

} // namespace

class MarkdownTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void cuttingDoesNotShow_data() { addSamples(); }
    void cuttingDoesNotShow()
    {
        QFETCH(QByteArray, markdown);
        QCOMPARE(rendered(markdown), renderedWhole(markdown));
    }

    void everySplitRendersTheSame_data() { addSamples(); }
    void everySplitRendersTheSame()
    {
        QFETCH(QByteArray, markdown);
        const QString whole = rendered(markdown);
        for (qsizetype split = 1; split < markdown.size(); ++split) {
            QTextDocument document;
            MarkdownDocument view(document, testStyle());
            view.append(markdown.first(split));
            view.append(markdown.sliced(split));
            QVERIFY2(
                dump(document) == whole,
                qPrintable(
                    QStringLiteral("split at %1:\n%2\nnot\n%3").arg(split).arg(dump(document), whole)));
        }
    }

    void byteByByteRendersTheSame_data() { addSamples(); }
    void byteByByteRendersTheSame()
    {
        QFETCH(QByteArray, markdown);
        QTextDocument document;
        MarkdownDocument view(document, testStyle());
        for (const char byte : markdown)
            view.append(QByteArray(1, byte));
        QCOMPARE(dump(document), rendered(markdown));
    }

    void finishedBlocksAreNotTouched()
    {
        QTextDocument document;
        MarkdownDocument view(document, testStyle());
        QByteArray text;
        for (int i = 0; i < 40; ++i)
            text += "Paragraph " + QByteArray::number(i) + " with *some* words.\n\n- a\n- b\n\n";
        int firstTouched = 0;
        connect(&document, &QTextDocument::contentsChange, this, [&](int position, int, int) {
            firstTouched = std::min(firstTouched, position);
        });
        int openMoved = 0;
        for (const char byte : text) {
            const int before = view.openPosition();
            firstTouched = document.characterCount();
            view.append(QByteArray(1, byte));
            QVERIFY2(firstTouched >= before, "a finished block was laid again");
            openMoved += view.openPosition() > before ? 1 : 0;
        }
        // The end is cut off regularly: the open rest stays small.
        QVERIFY(openMoved >= 78);
        QVERIFY(document.characterCount() - view.openPosition() < 60);
    }

    void finishedBlocksKeepTheirUserData()
    {
        struct Mark : QTextBlockUserData { };
        QTextDocument document;
        MarkdownDocument view(document, testStyle());
        view.append("# Title\n\nFirst.\n\nNext.\n\nSecond ");
        QVERIFY(view.openPosition() > 0);
        QTextBlock first = document.begin();
        auto *mark = new Mark;
        first.setUserData(mark);
        const int revision = first.revision();
        view.append("goes on\n\n```\ncode\n\nmore\n```\n\nend");
        QCOMPARE(document.begin().userData(), mark);
        QCOMPARE(document.begin().revision(), revision);
    }

    void listNumbersStayTheAuthors()
    {
        QTextDocument document;
        MarkdownDocument view(document, testStyle());
        view.append("3. three\n4. four\n");
        QCOMPARE(document.begin().text(), QStringLiteral("3.\tthree"));
        QCOMPARE(document.begin().next().text(), QStringLiteral("4.\tfour"));
    }

    void rawHtmlIsOnlyText()
    {
        QTextDocument document;
        MarkdownDocument view(document, testStyle());
        view.append("<img src=\"https://example.org/track.png\"> & <b>x</b>");
        QVERIFY(document.toPlainText().contains(QStringLiteral("<img src=")));
        QVERIFY(document.toPlainText().contains(QStringLiteral("<b>x</b>")));
    }

    void viewFollowsOnlyAtTheEnd()
    {
        MarkdownView view;
        view.resize(300, 200);
        view.show();
        const QByteArray paragraphs = QByteArray("A paragraph of text.\n\n").repeated(60);
        view.append(paragraphs);
        view.flush();
        QScrollBar *bar = view.verticalScrollBar();
        QVERIFY(bar->maximum() > 0);
        QCOMPARE(bar->value(), bar->maximum());
        bar->setValue(10);
        view.append(paragraphs);
        view.flush();
        QCOMPARE(bar->value(), 10);
        bar->setValue(bar->maximum());
        view.append(paragraphs);
        view.flush();
        QCOMPARE(bar->value(), bar->maximum());
    }

    void viewPacesItselfAndLosesNothing()
    {
        MarkdownView view;
        view.resize(300, 200);
        view.append("one ");
        view.append("two");
        QVERIFY(view.toPlainText().isEmpty());
        QCOMPARE(view.source(), QByteArray("one two"));
        QTRY_COMPARE(view.toPlainText(), QStringLiteral("one two"));
        view.append(" three");
        view.clearAll();
        QTest::qWait(0);
        QVERIFY(view.toPlainText().isEmpty());
    }
};

QTEST_MAIN(MarkdownTest)
#include "MarkdownTest.moc"
