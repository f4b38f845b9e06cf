// SPDX-License-Identifier: GPL-3.0-or-later
#include "metering/PriceList.h"

#include <QDateTime>
#include <QTime>

#include <algorithm>
#include <array>
#include <string_view>

namespace fairlead::metering {

using chat::TokenKind;
using json::View;

namespace {

constexpr std::size_t index(TokenKind kind)
{
    return static_cast<std::size_t>(kind);
}

struct TokenKey {
    std::string_view name;
    TokenKind kind;
};
constexpr std::array<TokenKey, chat::kTokenKinds> kTokenKeys{{
    {"input", TokenKind::Input},
    {"cache_read", TokenKind::CacheRead},
    {"cache_write", TokenKind::CacheWrite5m},
    {"cache_write_1h", TokenKind::CacheWrite1h},
    {"audio_input", TokenKind::AudioInput},
    {"output", TokenKind::Output},
    {"reasoning", TokenKind::Reasoning},
    {"audio_output", TokenKind::AudioOutput},
}};

// A fee as price pages print it, and how many of the counted unit that price is for.
struct FeeKey {
    std::string_view name;
    std::string_view unit;
    std::int64_t per;
};
constexpr std::array<FeeKey, 11> kFeeKeys{{
    {"web_search_per_1k", "web_search", 1'000},
    {"file_search_per_1k", "file_search", 1'000},
    {"per_query", "query", 1},
    {"per_page", "page", 1},
    {"per_image", "image", 1},
    {"per_image_in", "image_in", 1},
    {"per_second", "second", 1},
    {"per_audio_hour", "audio_second", 3'600},
    {"per_1m_chars", "character", 1'000'000},
    {"image_input", "image_input", 1'000'000},
    {"image_output", "image_output", 1'000'000},
}};

constexpr std::array<std::string_view, 8> kListKeys{"from",  "as_of",   "source",  "confidence",
                                                    "tiers", "service", "windows", "per_request"};
constexpr std::array<std::string_view, 6> kWindowKeys{"label",    "utc",   "weekdays", "utc_offset_minutes",
                                                      "holidays", "source"};

template<typename Keys>
bool contains(const Keys &keys, QByteArrayView name)
{
    return std::any_of(
        keys.begin(), keys.end(), [&](std::string_view key) { return name == QByteArrayView(key); });
}

__extension__ using Wide = __int128;

std::optional<UnitPrice> scaled(UnitPrice price, std::int64_t numerator, std::int64_t denominator)
{
    const Wide product = static_cast<Wide>(price.picoPerMillion()) * numerator / denominator;
    if (product > std::numeric_limits<std::int64_t>::max())
        return std::nullopt;
    return UnitPrice(static_cast<std::int64_t>(product));
}

std::optional<UnitPrice> priceOf(View value)
{
    const auto text = value.string();
    if (!text)
        return std::nullopt;
    const auto price = UnitPrice::fromDecimal(*text);
    if (!price || *price < UnitPrice())
        return std::nullopt;
    return *price;
}

using Prices = std::array<std::optional<UnitPrice>, chat::kTokenKinds>;

void readPrices(View object, Prices &into)
{
    for (const TokenKey &key : kTokenKeys) {
        if (const auto price = priceOf(object[QByteArrayView(key.name)]))
            into[index(key.kind)] = price;
    }
}

void readFees(View list, PriceRow &row)
{
    for (const FeeKey &key : kFeeKeys) {
        const auto price = priceOf(list[QByteArrayView(key.name)]);
        const auto perMillion = price ? scaled(*price, 1'000'000, key.per) : std::nullopt;
        if (perMillion)
            row.fees.push_back(
                UnitFee{QByteArray(key.unit.data(), static_cast<qsizetype>(key.unit.size())), *perMillion});
    }
    if (const auto fee = list["per_request"].string()) {
        if (const auto amount = NanoUsd::fromDecimal(*fee))
            row.perRequest = *amount;
    }
}

// The words providers report for "nothing special".
bool isDefaultTier(QByteArrayView tier)
{
    constexpr std::array<std::string_view, 4> kDefault{"default", "standard", "auto", "on_demand"};
    return tier.isEmpty() || contains(kDefault, tier);
}

bool multiply(Prices &prices, View multiplier)
{
    const auto factor = priceOf(multiplier);
    if (!factor)
        return false;
    for (auto &price : prices) {
        if (price)
            price = scaled(*price, factor->picoPerMillion(), 1'000'000'000'000);
    }
    return true;
}

// "01:00-04:00": start inclusive, end exclusive.
bool spanContains(QByteArrayView span, QTime time)
{
    const QString text = QString::fromLatin1(span);
    const QTime from = QTime::fromString(text.section(QLatin1Char('-'), 0, 0), QStringLiteral("HH:mm"));
    const QTime to = QTime::fromString(text.section(QLatin1Char('-'), 1, 1), QStringLiteral("HH:mm"));
    return from.isValid() && to.isValid() && from <= time && time < to;
}

bool windowContains(View window, WallTime when)
{
    const qint64 ms = toUnixMs(when);
    const QTime utcTime = QDateTime::fromMSecsSinceEpoch(ms, Qt::UTC).time();
    const auto offset = static_cast<int>(window["utc_offset_minutes"].integerOr(0) * 60);
    const QDate day = QDateTime::fromMSecsSinceEpoch(ms, Qt::OffsetFromUTC, offset).date();

    bool weekday = !window["weekdays"];
    for (const View number : window["weekdays"].elements())
        weekday = weekday || number.integerOr(0) == day.dayOfWeek();
    if (!weekday)
        return false;
    const QByteArray isoDay = day.toString(Qt::ISODate).toLatin1();
    for (const View holiday : window["holidays"].elements()) {
        if (holiday.equals(isoDay))
            return false;
    }
    for (const View span : window["utc"].elements()) {
        if (spanContains(span.stringOr(""), utcTime))
            return true;
    }
    return false;
}

// The highest tier strictly below the prompt's size prices the whole request.
View tierFor(View list, std::int64_t inputTokens)
{
    View best;
    std::int64_t bestAbove = -1;
    for (const View tier : list["tiers"].elements()) {
        const std::int64_t above = tier["above"].integerOr(-1);
        if (above >= 0 && above < inputTokens && above > bestAbove) {
            best = tier;
            bestAbove = above;
        }
    }
    return best;
}

// What price pages mean by saying nothing.
void settleDefaults(Prices &prices)
{
    const auto fallBack = [&prices](TokenKind kind, TokenKind to) {
        if (!prices[index(kind)])
            prices[index(kind)] = prices[index(to)];
    };
    fallBack(TokenKind::CacheRead, TokenKind::Input);
    fallBack(TokenKind::CacheWrite5m, TokenKind::Input);
    fallBack(TokenKind::Reasoning, TokenKind::Output);
}

std::optional<qint64> momentMs(View value)
{
    const QString text = QString::fromLatin1(value.stringOr(""));
    QDateTime moment = QDateTime::fromString(text, Qt::ISODate);
    if (text.size() == 10)
        moment = QDateTime(QDate::fromString(text, Qt::ISODate), QTime(0, 0), Qt::UTC);
    if (!moment.isValid())
        return std::nullopt;
    return moment.toMSecsSinceEpoch();
}

tl::unexpected<Error> unknownKey(QByteArrayView where, const QByteArray &key)
{
    return fail(ErrorKind::Invalid, "unknown key \"" + key + "\" in " + where.toByteArray());
}

bool isPriceKey(QByteArrayView name)
{
    const auto named = [&](const auto &key) { return name == QByteArrayView(key.name); };
    return std::any_of(kTokenKeys.begin(), kTokenKeys.end(), named)
           || std::any_of(kFeeKeys.begin(), kFeeKeys.end(), named);
}

// Prices in `object` are decimals; other keys must be among `others`.
template<typename Keys>
Result<void> checkPrices(View object, QByteArrayView where, const Keys &others)
{
    for (const auto &member : object.members()) {
        if (isPriceKey(member.key)) {
            if (!priceOf(member.value))
                return fail(
                    ErrorKind::Invalid,
                    "\"" + member.key + "\" in " + where.toByteArray()
                        + " must be a decimal string of dollars, not negative: " + member.value.rawCopy());
        } else if (!contains(others, member.key)) {
            return unknownKey(where, member.key);
        }
    }
    return {};
}

Result<void> checkTiers(View tiers, QByteArrayView where)
{
    constexpr std::array<std::string_view, 1> kTierKeys{"above"};
    for (const View tier : tiers.elements()) {
        if (tier["above"].integerOr(-1) < 0)
            return fail(
                ErrorKind::Invalid, "\"above\" in " + where.toByteArray() + " must be a number of tokens");
        if (auto checked = checkPrices(tier, where, kTierKeys); !checked)
            return checked;
    }
    return {};
}

Result<void> checkService(View service)
{
    constexpr std::array<std::string_view, 3> kServiceKeys{"tiers", "multiplier", "derived"};
    for (const auto &tier : service.members()) {
        const QByteArray where = "service tier \"" + tier.key + '"';
        if (auto checked = checkPrices(tier.value, where, kServiceKeys); !checked)
            return checked;
        if (tier.value["multiplier"] && !priceOf(tier.value["multiplier"]))
            return fail(ErrorKind::Invalid, "\"multiplier\" in " + where + " must be a decimal string");
        if (auto checked = checkTiers(tier.value["tiers"], where); !checked)
            return checked;
    }
    return {};
}

} // namespace

bool priceListCovers(View list, WallTime when)
{
    const View from = list["from"];
    if (!from)
        return true;
    const auto start = momentMs(from);
    return start && *start <= toUnixMs(when);
}

std::optional<PriceRow> readPriceList(View list, const PriceQuestion &question)
{
    PriceRow row;
    const View dated = list["from"] ? list["from"] : list["as_of"];
    row.id = '@' + dated.stringOr("").left(10);
    row.source = list["source"].stringOr("");
    row.confidence = list["confidence"].stringOr("");
    row.asOf = QDate::fromString(QString::fromLatin1(list["as_of"].stringOr("")), Qt::ISODate);
    readPrices(list, row.prices);
    readFees(list, row);

    View tiered = list;
    View multiplier;
    if (!isDefaultTier(question.serviceTier)) {
        const View service = list["service"][question.serviceTier];
        if (!service)
            return std::nullopt;
        row.id += '+' + question.serviceTier.toByteArray();
        multiplier = service["multiplier"];
        if (!multiplier) {
            row.prices = Prices();
            readPrices(service, row.prices);
            // A list with a price for long prompts and none for long prompts on this service tier does not
            // say.
            if (tierFor(list, question.inputTokens) && !tierFor(service, question.inputTokens))
                return std::nullopt;
            tiered = service;
        }
    } else {
        for (const View window : list["windows"].elements()) {
            if (windowContains(window, question.when)) {
                readPrices(window, row.prices);
                row.id += '+' + window["label"].stringOr("window");
                break;
            }
        }
    }

    if (const View tier = tierFor(tiered, question.inputTokens)) {
        readPrices(tier, row.prices);
        row.id += "+above-" + tier["above"].rawCopy();
    }
    if (multiplier && !multiply(row.prices, multiplier))
        return std::nullopt;
    settleDefaults(row.prices);
    return row;
}

Result<void> checkPriceList(View list)
{
    if (!list.isObject())
        return fail(ErrorKind::Invalid, "a price list must be an object");
    if (auto checked = checkPrices(list, "a price list", kListKeys); !checked)
        return checked;
    if (list["from"] && !momentMs(list["from"]))
        return fail(
            ErrorKind::Invalid, "\"from\" must be a date such as 2026-08-21: " + list["from"].rawCopy());
    if (!momentMs(list["as_of"]))
        return fail(ErrorKind::Invalid, "\"as_of\" must be a date such as 2026-08-21");
    if (list["source"].stringOr("").isEmpty())
        return fail(ErrorKind::Invalid, "a price list must name its \"source\"");
    if (const View fee = list["per_request"]; fee && !NanoUsd::fromDecimal(fee.stringOr("")))
        return fail(ErrorKind::Invalid, "\"per_request\" must be a decimal string of dollars");
    if (auto checked = checkTiers(list["tiers"], "a context tier"); !checked)
        return checked;
    if (auto checked = checkService(list["service"]); !checked)
        return checked;
    for (const View window : list["windows"].elements()) {
        if (auto checked = checkPrices(window, "a time window", kWindowKeys); !checked)
            return checked;
    }
    return {};
}

} // namespace fairlead::metering
