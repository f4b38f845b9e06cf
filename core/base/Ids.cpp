// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Ids.h"

#include <QRandomGenerator>

namespace fairlead {

namespace {
constexpr char kAlphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr quint32 kAlphabetSize = sizeof(kAlphabet) - 1;
} // namespace

QByteArray randomToken(int length)
{
    auto *generator = QRandomGenerator::system();
    QByteArray token(length, Qt::Uninitialized);
    for (char &c : token)
        c = kAlphabet[generator->bounded(kAlphabetSize)];
    return token;
}

QByteArray newRequestId(qint64 unixMs)
{
    // 8 characters of base 62 hold milliseconds until the year 8888, and the alphabet is in ASCII order: ids
    // sort by time.
    QByteArray id("req_00000000");
    qint64 rest = unixMs;
    for (qsizetype i = id.size() - 1; i >= 4; --i) {
        id[i] = kAlphabet[rest % kAlphabetSize];
        rest /= kAlphabetSize;
    }
    // The global generator is seeded from the system and does not cost a system call; an id is a name, not a
    // secret.
    for (int i = 0; i < 12; ++i)
        id += kAlphabet[QRandomGenerator::global()->bounded(kAlphabetSize)];
    return id;
}

} // namespace fairlead
