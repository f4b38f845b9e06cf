// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QStringDecoder>

namespace fairlead::json::test {

/// RFC 8259 as a plain recursive recogniser, written for sight and not for speed: what the real one is
/// compared with.
class ReferenceGrammar
{
public:
    [[nodiscard]] static bool accepts(const QByteArray &text)
    {
        QStringDecoder decoder(
            QStringDecoder::Utf8, QStringDecoder::Flag::Stateless | QStringDecoder::Flag::WriteBom);
        const QString decoded = decoder(text);
        if (decoder.hasError())
            return false;
        ReferenceGrammar grammar(text);
        grammar.space();
        if (!grammar.value())
            return false;
        grammar.space();
        return grammar.m_at == text.size();
    }

private:
    explicit ReferenceGrammar(const QByteArray &text)
        : m_text(text)
    { }

    [[nodiscard]] char now() const { return m_at < m_text.size() ? m_text[m_at] : '\xFF'; }

    bool take(char wanted)
    {
        const bool there = m_at < m_text.size() && m_text[m_at] == wanted;
        m_at += there ? 1 : 0;
        return there;
    }

    bool takeWord(const char *word)
    {
        for (; *word; ++word) {
            if (!take(*word))
                return false;
        }
        return true;
    }

    void space()
    {
        while (take(' ') || take('\t') || take('\r') || take('\n')) { }
    }

    bool digits()
    {
        const qsizetype first = m_at;
        while (now() >= '0' && now() <= '9')
            ++m_at;
        return m_at > first;
    }

    bool value()
    {
        switch (now()) {
        case '{':
            return container('}', true);
        case '[':
            return container(']', false);
        case '"':
            return string();
        case 't':
            return takeWord("true");
        case 'f':
            return takeWord("false");
        case 'n':
            return takeWord("null");
        default:
            return number();
        }
    }

    bool container(char closer, bool withKeys)
    {
        ++m_at;
        space();
        if (take(closer))
            return true;
        do {
            space();
            if (withKeys) {
                if (!string())
                    return false;
                space();
                if (!take(':'))
                    return false;
                space();
            }
            if (!value())
                return false;
            space();
        } while (take(','));
        return take(closer);
    }

    bool string()
    {
        if (!take('"'))
            return false;
        while (m_at < m_text.size()) {
            const char c = m_text[m_at++];
            if (c == '"')
                return true;
            if (static_cast<unsigned char>(c) < 0x20 || (c == '\\' && !escape()))
                return false;
        }
        return false;
    }

    bool escape()
    {
        if (!take('u')) {
            const char c = now();
            ++m_at;
            return QByteArrayView("\"\\/bfnrt").contains(c);
        }
        for (int i = 0; i < 4; ++i, ++m_at) {
            if (!QByteArrayView("0123456789abcdefABCDEF").contains(now()))
                return false;
        }
        return true;
    }

    bool number()
    {
        take('-');
        if (!take('0') && !digits())
            return false;
        if (take('.') && !digits())
            return false;
        if (take('e') || take('E')) {
            if (!take('+'))
                take('-');
            return digits();
        }
        return true;
    }

    const QByteArray &m_text;
    qsizetype m_at = 0;
};

} // namespace fairlead::json::test
