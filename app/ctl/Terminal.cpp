// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Terminal.h"

#include <algorithm>
#include <array>

#include <cstdio>
#include <termios.h>
#include <unistd.h>

namespace fairlead::app::terminal {

namespace {

constexpr qsizetype kMostInput = 32 * 1024 * 1024;

void write(std::FILE *file, const QByteArray &utf8)
{
    std::fwrite(utf8.constData(), 1, static_cast<std::size_t>(utf8.size()), file);
    std::fflush(file);
}

/// Switches the echo off while it lives.
class Silence
{
public:
    Silence()
    {
        if (tcgetattr(STDIN_FILENO, &m_before) != 0)
            return;
        termios silent = m_before;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        m_changed = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    ~Silence()
    {
        if (m_changed)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &m_before);
    }
    Silence(const Silence &) = delete;
    Silence &operator=(const Silence &) = delete;

private:
    termios m_before{};
    bool m_changed = false;
};

/// Up to a line feed or the end.
QByteArray readLine(qsizetype most)
{
    QByteArray line;
    for (char byte = 0; line.size() < most && read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n';)
        line += byte;
    return line;
}

} // namespace

void out(const QByteArray &utf8)
{
    write(stdout, utf8);
}

void err(const QByteArray &utf8)
{
    write(stderr, utf8);
}

void complain(const QByteArray &words)
{
    err("fairleadctl: " + words + '\n');
}

bool isOutputTerminal()
{
    return isatty(STDOUT_FILENO) != 0;
}

bool isInputTerminal()
{
    return isatty(STDIN_FILENO) != 0;
}

QByteArray harmless(QByteArray utf8)
{
    const auto isControl = [](char byte) {
        const auto code = static_cast<unsigned char>(byte);
        return (code < 0x20 && byte != '\n' && byte != '\t') || code == 0x7f;
    };
    utf8.erase(std::remove_if(utf8.begin(), utf8.end(), isControl), utf8.end());
    // U+0080 to U+009F: terminals take U+009B for an escape sequence's beginning.
    for (qsizetype i = 0; (i = utf8.indexOf('\xc2', i)) >= 0 && i + 1 < utf8.size();) {
        if (static_cast<unsigned char>(utf8[i + 1]) < 0xa0)
            utf8.remove(i, 2);
        else
            ++i;
    }
    return utf8;
}

Result<QByteArray> readAll()
{
    QByteArray text;
    std::array<char, 65536> block{};
    for (ssize_t count = 0; (count = read(STDIN_FILENO, block.data(), block.size())) > 0;) {
        text.append(block.data(), count);
        if (text.size() > kMostInput)
            return fail(ErrorKind::TooLarge, "Standard input holds more than 32 MiB.");
    }
    return text;
}

Result<Secret> readSecret(const QByteArray &prompt)
{
    constexpr qsizetype kLongestLine = 16 * 1024;
    if (isInputTerminal()) {
        err(prompt);
        const Silence silence;
        QByteArray line = readLine(kLongestLine).trimmed();
        err("\n");
        return Secret(std::move(line));
    }
    auto text = readAll();
    if (!text)
        return fail(text.error());
    QByteArray key = text->trimmed();
    text->fill('\0');
    return Secret(std::move(key));
}

bool confirm(const QByteArray &question)
{
    if (!isInputTerminal())
        return false;
    err(question + " [y/N] ");
    return readLine(16).trimmed().toLower().startsWith('y');
}

} // namespace fairlead::app::terminal
