// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/layering/SourceTree.h"

#include <QProcess>
#include <QRegularExpression>
#include <QTest>

using namespace fairlead;

namespace {

struct Forbidden {
    const char *pattern;
    const char *why;
};

// Written so that this file does not hold what it looks for.
constexpr Forbidden kForbidden[]{
    {"(^|[\\s\"'=(:`])/(work/|home/[a-z]|Users/[A-Za-z]|root/)", "a path of one machine"},
    {"/tmp/[A-Za-z0-9._-]*-rig", "a path of one machine"},
    {"registry\\.(npmjs|yarnpkg)\\.", "a package registry"},
    {"(^|[/@.\\s])(pypi|pythonhosted)\\.org", "a package registry"},
    {"proxy\\.golang\\.org|crates\\.io/api|rubygems\\.org|repo1?\\.maven", "a package registry"},
    {"artifact[o]ry|\\.pkg\\.dev|code[a]rtifact", "a package registry"},
    {"\"resolved\"\\s*:", "a lock file that names where a package was fetched from"},
};

QStringList problemsIn(const test::SourceFile &file)
{
    QStringList problems;
    for (const auto &[pattern, why] : kForbidden) {
        const QRegularExpression expression(
            QString::fromLatin1(pattern), QRegularExpression::MultilineOption);
        const QRegularExpressionMatch match = expression.match(QString::fromUtf8(file.text));
        if (match.hasMatch())
            problems += file.path + QStringLiteral(": ") + QLatin1String(why) + QStringLiteral(": ")
                        + match.captured().trimmed();
    }
    return problems;
}

/// What git tracks; without git (a source archive), everything that is there.
QStringList trackedFiles()
{
    QProcess git;
    git.setWorkingDirectory(QStringLiteral(FAIRLEAD_SOURCE_DIR));
    git.start(
        QStringLiteral("git"), {QStringLiteral("-c"), QStringLiteral("safe.directory=*"),
                                QStringLiteral("ls-files"), QStringLiteral("-z")});
    if (!git.waitForFinished(10'000) || git.exitCode() != 0)
        return {};
    return QString::fromUtf8(git.readAllStandardOutput()).split(QChar(u'\0'), Qt::SkipEmptyParts);
}

} // namespace

class TrackedFilesTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nameNoMachineAndNoRegistry()
    {
        const QStringList tracked = trackedFiles();
        const auto files = test::sourceFiles({QStringLiteral(".")}, {QString()});
        int read = 0;
        QStringList problems;
        for (const test::SourceFile &file : files) {
            const bool isText = !file.text.first(std::min<qsizetype>(file.text.size(), 8000)).contains('\0');
            if (!isText || (!tracked.isEmpty() && !tracked.contains(file.path)))
                continue;
            ++read;
            problems += problemsIn(file);
        }
        QVERIFY(read > 50);
        QVERIFY2(problems.isEmpty(), qPrintable(QLatin1Char('\n') + problems.join(QLatin1Char('\n'))));
    }

    void finds_data()
    {
        QTest::addColumn<QByteArray>("text");
        const auto row = [](const char *name, const QByteArray &text) { QTest::newRow(name) << text; };
        row("work", QByteArray("see \"/wo") + "rk/main/x\"");
        row("home", QByteArray("include(/ho") + "me/jo/x)");
        row("temporary", QByteArray("/tmp/keys") + "-rig");
        row("npm", QByteArray("https://registry.npm") + "js.org/openai");
        row("lock file", QByteArray("\"resol") + "ved\": \"x\"");
    }
    void finds()
    {
        QFETCH(QByteArray, text);
        QCOMPARE(problemsIn({QStringLiteral("x"), text}).size(), qsizetype(1));
    }

    void allowsWhatIsNoPath()
    {
        // In two pieces, so that a plain search of the files does not take the sample for a path.
        const QByteArray text = QByteArray("fairlead/home/page net/wo") + "rk/ /tmp/x https://h/v1 core/root/";
        QCOMPARE(problemsIn({QStringLiteral("x"), text}), QStringList());
    }
};

QTEST_GUILESS_MAIN(TrackedFilesTest)
#include "TrackedFilesTest.moc"
