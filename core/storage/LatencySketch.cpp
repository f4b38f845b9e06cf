// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/LatencySketch.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace fairlead::storage {

namespace {

constexpr int kSubBits = 5;
constexpr qint64 kSub = qint64(1) << kSubBits;
// A day; whatever took longer counts as that.
constexpr qint64 kLongest = qint64(86'400) * 1'000'000;

std::size_t bucketOf(qint64 value)
{
    value = std::clamp<qint64>(value, 0, kLongest);
    if (value < kSub)
        return static_cast<std::size_t>(value);
    const int exponent = std::bit_width(static_cast<quint64>(value)) - 1 - kSubBits;
    return static_cast<std::size_t>((exponent + 1) * kSub + ((value >> exponent) - kSub));
}

const std::size_t kBuckets = bucketOf(kLongest) + 1;

// The middle of the bucket.
qint64 valueOf(std::size_t bucket)
{
    const auto index = static_cast<qint64>(bucket);
    if (index < kSub)
        return index;
    const auto exponent = static_cast<int>(index / kSub) - 1;
    const qint64 lowest = (kSub + index % kSub) << exponent;
    return lowest + ((qint64(1) << exponent) >> 1);
}

char *putVarint(char *at, quint64 value)
{
    while (value >= 0x80) {
        *at++ = static_cast<char>((value & 0x7f) | 0x80);
        value >>= 7;
    }
    *at++ = static_cast<char>(value);
    return at;
}

std::optional<quint64> takeVarint(const QByteArray &bytes, qsizetype &at)
{
    quint64 value = 0;
    for (int shift = 0; at < bytes.size() && shift < 63; shift += 7) {
        const auto byte = static_cast<quint8>(bytes[at++]);
        value |= static_cast<quint64>(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    return std::nullopt;
}

// Calls `pair(bucket, count)` for each; false at the first that cannot be.
template<typename Function>
bool readPairs(const QByteArray &stored, Function pair)
{
    quint64 bucket = 0;
    for (qsizetype at = 0; at < stored.size();) {
        const auto distance = takeVarint(stored, at);
        const auto times = takeVarint(stored, at);
        if (!distance || !times || *distance >= kBuckets || *times > quint64(1) << 48)
            return false;
        bucket += *distance;
        if (bucket >= kBuckets)
            return false;
        pair(static_cast<std::size_t>(bucket), static_cast<qint64>(*times));
    }
    return true;
}

} // namespace

void LatencySketch::add(qint64 microseconds, qint64 times)
{
    const std::size_t bucket = bucketOf(microseconds);
    if (bucket >= m_buckets.size())
        m_buckets.resize(bucket + 1);
    m_buckets[bucket] += times;
    m_count += times;
}

void LatencySketch::merge(const LatencySketch &other)
{
    m_buckets.resize(std::max(m_buckets.size(), other.m_buckets.size()));
    for (std::size_t i = 0; i < other.m_buckets.size(); ++i)
        m_buckets[i] += other.m_buckets[i];
    m_count += other.m_count;
}

bool LatencySketch::merge(const QByteArray &stored)
{
    std::size_t last = 0;
    const auto note = [&last](std::size_t bucket, qint64) { last = bucket; };
    if (!readPairs(stored, note))
        return false;
    m_buckets.resize(std::max(m_buckets.size(), last + 1));
    return readPairs(stored, [this](std::size_t bucket, qint64 times) {
        m_buckets[bucket] += times;
        m_count += times;
    });
}

QByteArray LatencySketch::toBytes() const
{
    constexpr qsizetype kMostOfPair = 2 + 9; // bytes of a distance below kBuckets, and of any count
    const auto used
        = std::count_if(m_buckets.begin(), m_buckets.end(), [](qint64 times) { return times != 0; });
    QByteArray bytes(static_cast<qsizetype>(used) * kMostOfPair, Qt::Uninitialized);
    char *end = bytes.data();
    std::size_t last = 0;
    for (std::size_t i = 0; i < m_buckets.size(); ++i) {
        if (m_buckets[i] == 0)
            continue;
        end = putVarint(end, i - last);
        end = putVarint(end, static_cast<quint64>(m_buckets[i]));
        last = i;
    }
    bytes.truncate(end - bytes.constData());
    return bytes;
}

std::optional<qint64> LatencySketch::quantile(double fraction) const
{
    if (m_count == 0)
        return std::nullopt;
    const auto rank
        = std::clamp<qint64>(std::llround(std::ceil(fraction * static_cast<double>(m_count))), 1, m_count);
    qint64 seen = 0;
    for (std::size_t i = 0; i < m_buckets.size(); ++i) {
        seen += m_buckets[i];
        if (seen >= rank)
            return valueOf(i);
    }
    return std::nullopt;
}

} // namespace fairlead::storage
