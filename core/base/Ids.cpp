// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Ids.h"

#include <QRandomGenerator>

namespace fairlead {

namespace {
constexpr char kAlphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr quint32 kAlphabetSize = sizeof(kAlphabet) - 1;

/// The last `count` digits of the number.
void writeDigits(char *at, int count, quint64 number)
{
    for (int i = count - 1; i >= 0; --i) {
        at[i] = kAlphabet[number % kAlphabetSize];
        number /= kAlphabetSize;
    }
}

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
    // sort by time. An id is a name, not a secret: a generator of the thread's own costs no lock.
    static thread_local QRandomGenerator64 generator = QRandomGenerator64::securelySeeded();
    constexpr int timeDigits = 8;
    constexpr int randomDigits = 12;
    QByteArray id("req_00000000............");
    char *const digits = id.data() + id.size() - timeDigits - randomDigits;
    writeDigits(digits, timeDigits, static_cast<quint64>(unixMs));
    writeDigits(digits + timeDigits, randomDigits / 2, generator.generate());
    writeDigits(digits + timeDigits + randomDigits / 2, randomDigits / 2, generator.generate());
    return id;
}

} // namespace fairlead
