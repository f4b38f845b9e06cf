// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/KeyLeak.h"

#include "providers/ProviderSpec.h"

#include <QRegularExpression>

#include <algorithm>

namespace fairlead::app {

namespace {

bool looksLikeKey(const QString &word)
{
    // The prefixes in use, and ours; or a pattern of the catalogue, unless the word is text or a path.
    static const QRegularExpression prefixed(
        QStringLiteral("^(sk|pk|rk|gsk|xai|csk|hf|r8|nvapi|fl|pplx|fw|tgp|AIza|AKIA|Bearer)[-_A-Za-z]*[-_ "
                       "]?[A-Za-z0-9_-]{16,}$"));
    static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_-]{24,}$"));
    static const QRegularExpression digit(QStringLiteral("[0-9]"));
    if (word.contains(prefixed) && word.contains(digit))
        return true;
    return word.contains(plain) && word.contains(digit)
           && !providers::Catalogue::builtIn().providersMatchingKey(word.toUtf8()).empty();
}

} // namespace

std::optional<QByteArray> findLeakedKey(const QStringList &words)
{
    const bool leaked = std::any_of(words.begin(), words.end(), [](const QString &word) {
        return looksLikeKey(word) || looksLikeKey(word.section(u'=', -1));
    });
    if (!leaked)
        return std::nullopt;
    return "An argument looks like a key. Keys are never taken from the command line: this one is now in "
           "your shell's"
           " history and was in the process list, so consider it leaked, revoke it and make a new one. Then "
           "run"
           " `fairleadctl key set PROVIDER` and enter the key when asked, or pipe it in.";
}

} // namespace fairlead::app
