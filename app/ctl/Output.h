// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Terminal.h"
#include "base/Money.h"
#include "json/Writer.h"

#include <chrono>
#include <optional>
#include <vector>

namespace fairlead::app {

/// Prints what was written, indented for people; programs do not mind.
void printJson(json::Writer &writer);
/// Compact JSON with line feeds and two spaces a level.
[[nodiscard]] QByteArray indented(QByteArrayView json);

/// Members whose unknown is null.
void memberMoney(json::Writer &writer, QByteArrayView name, std::optional<NanoUsd> amount);
void memberPrice(json::Writer &writer, QByteArrayView name, std::optional<UnitPrice> price);
void memberCount(json::Writer &writer, QByteArrayView name, std::optional<std::int64_t> count);
/// Milliseconds with microseconds behind the point.
void memberMs(json::Writer &writer, QByteArrayView name, std::optional<std::chrono::microseconds> time);
/// ISO 8601 in UTC with milliseconds; null for 0.
void memberTime(json::Writer &writer, QByteArrayView name, qint64 unixMs);
void memberNumber(json::Writer &writer, QByteArrayView name, std::optional<double> number);

/// Columns as wide as their widest cell, two spaces between; the first row is the head.
class Table
{
public:
    enum class Align { Left, Right };
    struct Column {
        const char *title;
        Align align = Align::Left;
    };

    explicit Table(std::vector<Column> columns);
    void add(std::vector<QByteArray> cells);
    [[nodiscard]] bool isEmpty() const { return m_rows.empty(); }
    [[nodiscard]] QByteArray text() const;

private:
    std::vector<Column> m_columns;
    std::vector<std::vector<QByteArray>> m_rows;
};

} // namespace fairlead::app
