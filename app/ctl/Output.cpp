// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Output.h"

#include <QDateTime>

#include <algorithm>

namespace fairlead::app {

namespace {

void lineFeed(QByteArray &text, qsizetype depth)
{
    text += '\n';
    text.append(2 * depth, ' ');
}

qsizetype widthOf(const QByteArray &utf8)
{
    return QString::fromUtf8(utf8).size();
}

} // namespace

QByteArray indented(QByteArrayView json)
{
    QByteArray text;
    qsizetype depth = 0;
    bool inString = false;
    for (qsizetype i = 0; i < json.size(); ++i) {
        const char byte = json[i];
        if (inString) {
            text += byte;
            if (byte == '\\')
                text += json[++i];
            inString = byte != '"';
            continue;
        }
        const bool opens = byte == '{' || byte == '[';
        const bool closes = byte == '}' || byte == ']';
        const bool isEmpty = opens && i + 1 < json.size() && (json[i + 1] == '}' || json[i + 1] == ']');
        if (isEmpty) {
            text += byte;
            text += json[++i];
            continue;
        }
        if (closes)
            lineFeed(text, --depth);
        text += byte;
        if (opens)
            lineFeed(text, ++depth);
        else if (byte == ',')
            lineFeed(text, depth);
        else if (byte == ':')
            text += ' ';
        inString = byte == '"';
    }
    return text;
}

void printJson(json::Writer &writer)
{
    terminal::out(indented(writer.take()) + '\n');
}

void memberMoney(json::Writer &writer, QByteArrayView name, std::optional<NanoUsd> amount)
{
    if (amount)
        writer.member(name, amount->toDecimal());
    else
        writer.memberNull(name);
}

void memberPrice(json::Writer &writer, QByteArrayView name, std::optional<UnitPrice> price)
{
    if (price)
        writer.member(name, price->toDecimal());
    else
        writer.memberNull(name);
}

void memberCount(json::Writer &writer, QByteArrayView name, std::optional<std::int64_t> count)
{
    if (count)
        writer.memberInteger(name, *count);
    else
        writer.memberNull(name);
}

void memberMs(json::Writer &writer, QByteArrayView name, std::optional<std::chrono::microseconds> time)
{
    std::optional<double> ms;
    if (time)
        ms = static_cast<double>(time->count()) / 1000.0;
    memberNumber(writer, name, ms);
}

void memberTime(json::Writer &writer, QByteArrayView name, qint64 unixMs)
{
    if (unixMs == 0)
        writer.memberNull(name);
    else
        writer.member(
            name, QDateTime::fromMSecsSinceEpoch(unixMs, Qt::UTC).toString(Qt::ISODateWithMs).toLatin1());
}

void memberNumber(json::Writer &writer, QByteArrayView name, std::optional<double> number)
{
    if (number)
        writer.key(name).number(*number);
    else
        writer.memberNull(name);
}

Table::Table(std::vector<Column> columns)
    : m_columns(std::move(columns))
{ }

void Table::add(std::vector<QByteArray> cells)
{
    // What providers say may end up in a cell.
    for (QByteArray &cell : cells)
        cell = terminal::harmless(cell.replace('\n', ' ').replace('\t', ' '));
    m_rows.push_back(std::move(cells));
}

QByteArray Table::text() const
{
    std::vector<QByteArray> head;
    for (const Column &column : m_columns)
        head.emplace_back(column.title);
    std::vector<std::vector<QByteArray>> rows{head};
    rows.insert(rows.end(), m_rows.begin(), m_rows.end());

    std::vector<qsizetype> widths(m_columns.size());
    for (const auto &row : rows) {
        for (std::size_t i = 0; i < widths.size(); ++i)
            widths[i] = std::max(widths[i], widthOf(row[i]));
    }
    QByteArray text;
    for (const auto &row : rows) {
        QByteArray line;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const QByteArray gap(widths[i] - widthOf(row[i]), ' ');
            line += m_columns[i].align == Align::Right ? gap + row[i] : row[i] + gap;
            line += "  ";
        }
        while (line.endsWith(' '))
            line.chop(1);
        text += line + '\n';
    }
    return text;
}

} // namespace fairlead::app
