// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/layering/SourceTree.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>

using namespace fairlead;

namespace {

/// Who may include (and link) whom; each room may use itself. CONTRIBUTING.md shows the same table: change
/// both.
struct Layer {
    const char *room;
    const char *mayUse;
};

constexpr Layer kLayers[]{
    {"base", ""},
    {"json", "base"},
    {"io", "base"},
    {"chat", "base json"},
    {"wire", "base chat json"},
    {"http", "base io"},
    {"net", "base io"},
    {"secrets", "base"},
    {"config", "base json"},
    {"metering", "base chat json"},
    {"storage", "base chat json metering"},
    {"providers", "base chat json io wire net http"},
    {"routing", "base chat json wire net providers metering config secrets"},
    {"gateway", "base chat json io wire http net secrets config metering storage providers routing"},
    {"compare", "base chat json metering storage gateway"},
    {"drill", "base chat json io http net config metering providers routing gateway"},
    {"ui", "base chat metering storage secrets config gateway compare"},
    {"app",
     "base chat json io wire http net secrets config metering storage providers routing gateway compare drill ui"},
};

// Nothing in core needs a screen.
const QString kGuiHeaders
    = QStringLiteral("^(Qt(Widgets|Gui|Charts|Svg|SvgWidgets|PrintSupport|OpenGL\\w*)(/|$)"
                     "|Q(Gui)?Application$|Q(Widget|MainWindow|Dialog|Painter\\w*|Pixmap|Image\\w*|Icon|"
                     "Color|Font\\w*|Brush|Pen|Palette"
                     "|Screen|Window|Cursor|Clipboard|Desktop\\w*|Action|Menu\\w*|KeySequence|Shortcut|"
                     "Style\\w*|Text(Document|Cursor|Edit|"
                     "Browser|Layout|Format)\\w*|Syntax\\w*|Label|Layout|\\w+Layout|\\w+Button|\\w+View|\\w+"
                     "Edit|\\w+Box|\\w+Widget"
                     "|SystemTrayIcon|StandardItem\\w*|Chart\\w*|Svg\\w+|.+Event)$)");
// ... but these are of QtCore.
const QString kCoreHeaders
    = QStringLiteral("^(Q(Event|TimerEvent|ChildEvent|(Byte)?Array\\w*View|StringView|\\w*StringView))$");

const Layer *layerOf(const QString &room)
{
    const auto found = std::find_if(std::begin(kLayers), std::end(kLayers), [&room](const Layer &layer) {
        return room == QLatin1String(layer.room);
    });
    return found == std::end(kLayers) ? nullptr : found;
}

bool mayUse(const QString &user, const QString &used)
{
    const Layer *layer = layerOf(user);
    return user == used
           || (layer && QString::fromLatin1(layer->mayUse).split(QLatin1Char(' ')).contains(used));
}

/// "core/http/Server.h" is of the room http, "ui/pages/X.h" of ui, "app/main.cpp" of app.
QString roomOf(const QString &path)
{
    const QStringList parts = path.split(QLatin1Char('/'));
    return parts.first() == QLatin1String("core") ? parts.value(1) : parts.first();
}

QString place(const test::SourceFile &file, qsizetype at)
{
    return file.path + QLatin1Char(':') + QString::number(test::lineAt(file.text, at));
}

/// What is wrong with a file's includes, one line each.
QStringList includeProblems(const test::SourceFile &file)
{
    static const QRegularExpression include(
        QStringLiteral("^[ \\t]*#[ \\t]*include[ \\t]*[<\"]([^>\"\\n]+)[>\"]"),
        QRegularExpression::MultilineOption);
    static const QRegularExpression gui(kGuiHeaders);
    static const QRegularExpression qtCore(kCoreHeaders);
    QStringList problems;
    const QString room = roomOf(file.path);
    if (!layerOf(room))
        return {file.path + QStringLiteral(": this room is not in the layering table")};
    const QString text = QString::fromUtf8(test::withoutComments(file.text, false));
    for (auto all = include.globalMatch(text); all.hasNext();) {
        const QRegularExpressionMatch match = all.next();
        const QString header = match.captured(1);
        const QString used = header.section(QLatin1Char('/'), 0, 0);
        const QString where
            = file.path + QLatin1Char(':')
              + QString::number(QStringView(text).first(match.capturedStart(1)).count(QLatin1Char('\n')) + 1);
        if (header.contains(QLatin1Char('/')) && layerOf(used) && !mayUse(room, used))
            problems += where + QStringLiteral(": %1 may not use %2").arg(room, used);
        if (header.contains(QStringLiteral("../")))
            problems += where + QStringLiteral(": include by room (\"room/Header.h\"), not by a way up");
        const bool isCore = file.path.startsWith(QLatin1String("core/"));
        if (isCore && header.contains(gui) && !header.contains(qtCore))
            problems += where + QStringLiteral(": core includes <%1>, which needs a screen").arg(header);
    }
    return problems;
}

/// The same for what a room's CMakeLists.txt links.
QStringList linkProblems(const test::SourceFile &file)
{
    static const QRegularExpression target(QStringLiteral("\\b(fairlead_|Qt6::)(\\w+)"));
    static const QRegularExpression guiModule(
        QStringLiteral("^(Widgets|Gui|Charts|Svg|SvgWidgets|PrintSupport|OpenGL\\w*)$"));
    QStringList problems;
    const QString room = roomOf(file.path);
    const QString text = QString::fromUtf8(file.text);
    for (auto all = target.globalMatch(text); all.hasNext();) {
        const QRegularExpressionMatch match = all.next();
        const QString name = match.captured(2);
        const QString where = place(file, match.capturedStart());
        if (match.captured(1) == QLatin1String("fairlead_")) {
            if (layerOf(name) && !mayUse(room, name))
                problems += where + QStringLiteral(": %1 may not link %2").arg(room, name);
        } else if (file.path.startsWith(QLatin1String("core/")) && name.contains(guiModule)) {
            problems += where + QStringLiteral(": core links %1, which needs a screen").arg(match.captured());
        }
    }
    return problems;
}

} // namespace

class LayeringTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theTableHasNoCircles()
    {
        // Each room uses only rooms above it in the table, so no two can need each other.
        QStringList above;
        for (const Layer &layer : kLayers) {
            for (const QString &used :
                 QString::fromLatin1(layer.mayUse).split(QLatin1Char(' '), Qt::SkipEmptyParts))
                QVERIFY2(above.contains(used), layer.room);
            above.append(QString::fromLatin1(layer.room));
        }
    }

    void contributorsReadTheSameTable()
    {
        const auto documents = test::sourceFiles({QStringLiteral(".")}, {QStringLiteral("CONTRIBUTING.md")});
        QCOMPARE(documents.size(), size_t(1));
        const QByteArray table = QByteArray(documents.front().text).replace("|  |", "| |");
        for (const Layer &layer : kLayers) {
            const QByteArray uses = *layer.mayUse ? QByteArray(layer.mayUse) + " |" : QByteArray("|");
            const QByteArray row = "\n| " + QByteArray(layer.room) + " | " + uses;
            QVERIFY2(table.contains(row), row.constData());
        }
    }

    void everyIncludeKeepsToTheTable()
    {
        const auto files = test::sourceFiles(
            {QStringLiteral("core"), QStringLiteral("ui"), QStringLiteral("app")},
            {QStringLiteral(".h"), QStringLiteral(".cpp")});
        QVERIFY(files.size() > 50);
        QStringList problems;
        for (const test::SourceFile &file : files)
            problems += includeProblems(file);
        QVERIFY2(problems.isEmpty(), qPrintable(QLatin1Char('\n') + problems.join(QLatin1Char('\n'))));
    }

    void everyLinkKeepsToTheTable()
    {
        const auto files = test::sourceFiles(
            {QStringLiteral("core"), QStringLiteral("ui"), QStringLiteral("app")},
            {QStringLiteral("/CMakeLists.txt")});
        QVERIFY(files.size() > 5);
        QStringList problems;
        for (const test::SourceFile &file : files)
            problems += linkProblems(file);
        QVERIFY2(problems.isEmpty(), qPrintable(QLatin1Char('\n') + problems.join(QLatin1Char('\n'))));
    }

    void finds_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QString>("problem");
        const auto row = [](const char *path, const char *line, const char *problem) {
            QTest::addRow("%s %s", path, line)
                << QString::fromLatin1(path) << QByteArray(line) << QString::fromLatin1(problem);
        };
        row("core/base/X.h", "#include \"json/View.h\"", "core/base/X.h:2: base may not use json");
        row("core/http/X.cpp", "  #  include <chat/Usage.h>", "core/http/X.cpp:2: http may not use chat");
        row("core/wire/gemini/X.cpp", "#include \"net/HttpTransport.h\"",
            "core/wire/gemini/X.cpp:2: wire may not use net");
        row("core/gateway/X.cpp", "#include \"compare/Comparison.h\"",
            "core/gateway/X.cpp:2: gateway may not use compare");
        row("ui/pages/X.cpp", "#include \"http/Server.h\"", "ui/pages/X.cpp:2: ui may not use http");
        row("ui/X.cpp", "#include \"app/Options.h\"", "ui/X.cpp:2: ui may not use app");
        row("core/chat/X.h", "#include <QWidget>",
            "core/chat/X.h:2: core includes <QWidget>, which needs a screen");
        row("core/gateway/X.h", "#include <QtGui/QImage>",
            "core/gateway/X.h:2: core includes <QtGui/QImage>, which needs a screen");
        row("core/gateway/X.h", "#include <QGuiApplication>",
            "core/gateway/X.h:2: core includes <QGuiApplication>, which needs a screen");
        row("core/json/X.cpp", "#include \"../base/Result.h\"",
            "core/json/X.cpp:2: include by room (\"room/Header.h\"), not by a way up");
        row("core/new/X.cpp", "#include \"base/Result.h\"",
            "core/new/X.cpp: this room is not in the layering table");
    }
    void finds()
    {
        QFETCH(QString, path);
        QFETCH(QByteArray, line);
        QFETCH(QString, problem);
        QCOMPARE(includeProblems({path, "#pragma once\n" + line + "\n"}), QStringList(problem));
    }

    void findsForbiddenLinks()
    {
        QCOMPARE(
            linkProblems(
                {QStringLiteral("core/json/CMakeLists.txt"),
                 "fairlead_room(json\n    PUBLIC fairlead_base fairlead_http)\n"}),
            QStringList(QStringLiteral("core/json/CMakeLists.txt:2: json may not link http")));
        QCOMPARE(
            linkProblems(
                {QStringLiteral("core/json/CMakeLists.txt"), "fairlead_room(json PUBLIC Qt6::Widgets)\n"})
                .size(),
            qsizetype(1));
    }

    void allowsWhatIsAllowed()
    {
        const test::SourceFile fine{
            QStringLiteral("core/gateway/X.cpp"),
            "#include \"gateway/X.h\"\n#include \"http/Server.h\"\n// #include \"compare/Comparison.h\"\n"
            "#include <QByteArrayView>\n#include <QStringView>\n#include <QTimerEvent>\n#include "
            "<QCoreApplication>\n"
            "#include <boost/beast/http/parser.hpp>\n#include \"X.moc\"\n"};
        QCOMPARE(includeProblems(fine), QStringList());
    }
};

QTEST_GUILESS_MAIN(LayeringTest)
#include "LayeringTest.moc"
