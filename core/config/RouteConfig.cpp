// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/RouteConfig.h"

namespace fairlead::config {

namespace {

constexpr int kMinutesOfAnHour = 60;

/// "07:30"; -1 for anything else.
int minutesFrom(QByteArrayView text)
{
    const auto digit
        = [text](qsizetype at) { return text[at] >= '0' && text[at] <= '9' ? text[at] - '0' : -1; };
    if (text.size() != 5 || text[2] != ':')
        return -1;
    for (const qsizetype at : {0, 1, 3, 4}) {
        if (digit(at) < 0)
            return -1;
    }
    const int hour = digit(0) * 10 + digit(1);
    const int minute = digit(3) * 10 + digit(4);
    return hour < 24 && minute < kMinutesOfAnHour ? hour * kMinutesOfAnHour + minute : -1;
}

QByteArray clockText(int minutes)
{
    return QByteArray::number(minutes / kMinutesOfAnHour).rightJustified(2, '0') + ':'
           + QByteArray::number(minutes % kMinutesOfAnHour).rightJustified(2, '0');
}

} // namespace

Recovery recoveryOf(const RouteConfig *route)
{
    if (!route)
        return Recovery::Off;
    if (route->recovery)
        return *route->recovery;
    int places = 0;
    for (const RouteTarget &target : route->targets)
        places += target.shadow ? 0 : target.name.contains('/') ? 1 : 2; // a route leads to more than one
    return places > 1 ? Recovery::Auto : Recovery::Off;
}

std::optional<int> permilleFrom(QByteArrayView text)
{
    constexpr qsizetype kLongest = 5; // "99.9%"
    if (text.size() < 2 || text.size() > kLongest || text.back() != '%')
        return std::nullopt;
    const QByteArray number = text.chopped(1).toByteArray();
    const qsizetype dot = number.indexOf('.');
    for (const char c : number) {
        if ((c < '0' || c > '9') && c != '.')
            return std::nullopt;
    }
    const QByteArray whole = dot < 0 ? number : number.left(dot);
    const QByteArray tenths = dot < 0 ? QByteArray("0") : number.mid(dot + 1);
    if (whole.isEmpty() || whole.size() > 2 || tenths.size() != 1 || tenths == ".")
        return std::nullopt;
    const int permille = whole.toInt() * 10 + tenths.toInt();
    return permille > 0 ? std::optional(permille) : std::nullopt;
}

QByteArray permilleText(int permille)
{
    const QByteArray tenths = permille % 10 ? '.' + QByteArray::number(permille % 10) : QByteArray();
    return QByteArray::number(permille / 10) + tenths + '%';
}

std::optional<Condition::Hours> hoursFrom(QByteArrayView text)
{
    constexpr qsizetype kLength = 11;
    if (text.size() != kLength || text[5] != '-')
        return std::nullopt;
    const int from = minutesFrom(text.first(5));
    const int to = minutesFrom(text.sliced(6));
    if (from < 0 || to < 0)
        return std::nullopt;
    return Condition::Hours{from, to};
}

QByteArray hoursText(Condition::Hours hours)
{
    return clockText(hours.from) + '-' + clockText(hours.to);
}

} // namespace fairlead::config
