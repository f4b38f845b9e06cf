// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/layering/CoroutineLint.h"

#include "core/layering/SourceTree.h"

#include <QTest>

using namespace fairlead;

class CoroutineLintTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void finds_data()
    {
        QTest::addColumn<QByteArray>("code");
        QTest::addColumn<QByteArray>("what");
        const auto row = [](const char *code, const char *what) {
            QTest::newRow(code) << QByteArray(code) << QByteArray(what);
        };
        row("co_yield TextDelta{.text = t};", "a braced object");
        row("co_yield {a, b};", "a braced object");
        row("co_yield Event{TextDelta{t}};", "a braced object");
        row("co_await f(Params{.a = x});", "a braced object");
        row("co_await f({x, y});", "a braced object");
        row("co_await f(g(Agg {x}));", "a braced object");
        row("Agg a{.x = co_await y};", "a braced object");
        row("std::vector<P> v {co_await y};", "a braced object");
        row("co_return Agg{co_await y};", "a braced object");
        row("if (co_await f(Agg{x})) { g(); }", "a braced object");
        row("const auto r = co_await p->call(Foo{1});", "a braced object");
        row("co_await run([s]{ g(s); });", "a lambda that captures by value");
        row("co_await run([s](int x) { g(s, x); });", "a lambda that captures by value");
        row("co_await run([&a, s] { g(s); });", "a lambda that captures by value");
        row("co_await run([=] { g(); });", "a lambda that captures by value");
        row("co_await run([s = std::move(t)]() mutable -> int { return g(s); });",
            "a lambda that captures by value");
        row("auto s = (co_await y) > 3 ? str(a) : str(b);", "a conditional operator");
        row("c ? (co_await a, b()) : d();", "a conditional operator");
        row("auto f = [&]() -> Task<> { co_await g(P{1}); };", "a braced object");
        row("while (x) co_await f(std::vector<P>{a, b});", "a braced object");
    }
    void finds()
    {
        QFETCH(QByteArray, code);
        QFETCH(QByteArray, what);
        const auto problems
            = test::lintCoroutines("Task<> coroutine(int a)\n{\n    " + code + "\n    done();\n}\n");
        QCOMPARE(problems.size(), size_t(1));
        QCOMPARE(problems.front().what, what);
        QCOMPARE(problems.front().line, 3);
    }

    void allows_data()
    {
        QTest::addColumn<QByteArray>("code");
        for (const char *code :
             {"const TextDelta event {t}; co_yield event;",
              "co_await f(Params(x, y));",
              "co_await f(makeParams(x));",
              "co_await run([&s] { g(s); });",
              "co_await run([this] { g(); });",
              "auto work = [s] { g(s); }; co_await run(work);",
              "auto work = [s]() -> Task<> { co_await g(s); }; co_await work();",
              "co_return Agg {x};",
              "co_return c ? a : b;",
              "if (co_await f(x)) { const Agg a {1}; }",
              "for (;;) { co_await f(); const Agg a {c ? 1 : 2}; }",
              "switch (co_await f()) { case A: { g(Agg {1}); break; } default: break; }",
              "const auto &[a, b] = pair; co_await f(a, b);",
              "[[maybe_unused]] const int x = co_await f(list[0]);",
              "co_await f(\"{?}\"); // {} ? [s]{}",
              "struct Local { int a {1}; }; co_await f(Local());",
              "call([s](int x) { return Agg {s ? x : 1}; }); co_await f();",
              "auto t = std::make_unique<T>(co_await f()); T u {1};",
              "if (c) { g(Agg {1}); } else { co_await f(); }",
              "QTimer::singleShot(1'000, [s] { g(s); }); co_await f('{');"})
            QTest::newRow(code) << QByteArray(code);
    }
    void allows()
    {
        QFETCH(QByteArray, code);
        const QByteArray around = "namespace a::b {\nclass X : public Y {\nX() : m_a {1}, m_b(2) "
                                  "{}\nTask<int> c(int a) const noexcept\n{\n"
                                  + code + "\n}\n};\n} // namespace\n";
        const auto problems = test::lintCoroutines(around);
        QVERIFY2(problems.empty(), problems.empty() ? "" : problems.front().what.constData());
    }

    void ourOwnCode()
    {
        const auto files = test::sourceFiles(
            {QStringLiteral("core"), QStringLiteral("ui"), QStringLiteral("app"), QStringLiteral("tests")},
            {QStringLiteral(".h"), QStringLiteral(".cpp")});
        QByteArray all;
        int coroutines = 0;
        for (const test::SourceFile &file : files) {
            coroutines += file.text.contains("co_await ") ? 1 : 0;
            for (const test::LintProblem &problem : test::lintCoroutines(file.text)) {
                all += "\n" + file.path.toUtf8() + ":" + QByteArray::number(problem.line)
                       + ": co_await or co_yield beside " + problem.what
                       + "; name it on the line above (CONTRIBUTING.md, \"Coroutines\")";
            }
        }
        QVERIFY(coroutines > 5);
        QVERIFY2(all.isEmpty(), all.constData());
    }
};

QTEST_GUILESS_MAIN(CoroutineLintTest)
#include "CoroutineLintTest.moc"
