// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/layering/SourceTree.h"

#include <QDirIterator>
#include <QFile>

#include <algorithm>

namespace fairlead::test {

namespace {

const QString kRoot = QStringLiteral(FAIRLEAD_SOURCE_DIR "/");

bool isOurs(const QString &path)
{
    return !path.startsWith(QLatin1String("build/")) && !path.contains(QLatin1String("/node_modules/"))
           && !path.startsWith(QLatin1String(".git/")) && !path.startsWith(QLatin1String(".cache/"));
}

bool isWordLetter(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// Walks C++ text once, telling comments and literals from code.
class Blanker
{
public:
    Blanker(QByteArray code, bool strings)
        : m_code(std::move(code))
        , m_strings(strings)
    { }

    QByteArray run()
    {
        while (m_at < m_code.size())
            step();
        return m_code;
    }

private:
    [[nodiscard]] bool sees(QByteArrayView text) const
    {
        return QByteArrayView(m_code).sliced(m_at).startsWith(text);
    }
    void step()
    {
        if (sees("//"))
            blank(endOf("\n", m_at), true);
        else if (sees("/*"))
            blank(endOf("*/", m_at + 2) + 2, true);
        else if (sees("R\"") && (m_at == 0 || !isWordLetter(m_code[m_at - 1]) || sees("R\"(")))
            rawString();
        else if (m_code[m_at] == '"')
            literal('"');
        else if (m_code[m_at] == '\'' && (m_at == 0 || !isWordLetter(m_code[m_at - 1])))
            literal('\''); // not the separator of 1'000'000
        else
            ++m_at;
    }
    [[nodiscard]] qsizetype endOf(const char *mark, qsizetype from) const
    {
        const qsizetype found = m_code.indexOf(mark, from);
        return found < 0 ? m_code.size() : found;
    }
    void rawString()
    {
        const qsizetype open = endOf("(", m_at);
        const QByteArray close = ")" + m_code.mid(m_at + 2, open - m_at - 2) + "\"";
        m_at = open + 1;
        blank(endOf(close.constData(), m_at), m_strings);
        m_at += close.size();
    }
    void literal(char quote)
    {
        qsizetype end = ++m_at;
        while (end < m_code.size() && m_code[end] != quote && m_code[end] != '\n')
            end += m_code[end] == '\\' ? 2 : 1;
        blank(end, m_strings);
        ++m_at;
    }
    void blank(qsizetype end, bool really)
    {
        end = std::min(end, m_code.size());
        for (; m_at < end; ++m_at) {
            if (really && m_code[m_at] != '\n')
                m_code[m_at] = ' ';
        }
    }

    QByteArray m_code;
    bool m_strings;
    qsizetype m_at = 0;
};

} // namespace

std::vector<SourceFile> sourceFiles(const QStringList &directories, const QStringList &endings)
{
    std::vector<SourceFile> files;
    for (const QString &directory : directories) {
        QDirIterator all(kRoot + directory, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
        while (all.hasNext()) {
            const QString path = QDir::cleanPath(all.next()).mid(kRoot.size());
            const auto endsSo = [&path](const QString &ending) { return path.endsWith(ending); };
            if (!isOurs(path) || !std::any_of(endings.begin(), endings.end(), endsSo))
                continue;
            QFile file(kRoot + path);
            if (file.open(QIODevice::ReadOnly))
                files.push_back({path, file.readAll()});
        }
    }
    std::sort(
        files.begin(), files.end(), [](const SourceFile &a, const SourceFile &b) { return a.path < b.path; });
    return files;
}

QByteArray withoutComments(QByteArray code, bool strings)
{
    return Blanker(std::move(code), strings).run();
}

int lineAt(const QByteArray &text, qsizetype position)
{
    return static_cast<int>(QByteArrayView(text).first(position).toByteArray().count('\n')) + 1;
}

} // namespace fairlead::test
