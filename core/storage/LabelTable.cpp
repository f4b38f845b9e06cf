// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/LabelTable.h"

#include <QSqlError>

#include <algorithm>
#include <cstring>
#include <numeric>

namespace fairlead::storage {

namespace {

// Far more than models, apps and prices make. Beyond it (somebody asks for a new model with each request) we
// start anew: the same labels then get a second row, which costs space and nothing else.
constexpr int kMostKept = 4'000;

// The texts one after the other, behind their lengths. For each request: appending one by one would cost more
// than looking the key up.
void joinInto(QByteArray &key, const Labels &labels)
{
    std::array<qsizetype, kLabels> sizes;
    std::transform(
        labels.begin(), labels.end(), sizes.begin(), [](QByteArrayView label) { return label.size(); });
    key.resize(std::accumulate(sizes.begin(), sizes.end(), qsizetype(sizeof(sizes))));
    std::memcpy(key.data(), sizes.data(), sizeof(sizes));
    char *at = key.data() + sizeof(sizes);
    for (const QByteArrayView label : labels)
        at = std::copy(label.begin(), label.end(), at);
}

} // namespace

Result<LabelTable> LabelTable::prepare(Database &database)
{
    LabelTable table(database);
    auto insert = Statement::prepare(
        database,
        QStringLiteral("INSERT INTO labels (%1) VALUES (%2)").arg(labelColumns(), placeholders(kLabels)));
    if (!insert)
        return fail(insert.error());
    table.m_insert = std::move(*insert);
    return table;
}

Result<qint64> LabelTable::idOf(const Labels &labels)
{
    if (!m_loaded) {
        if (auto done = load(); !done)
            return fail(done.error());
    }
    joinInto(m_key, labels);
    if (const auto known = m_ids.constFind(m_key); known != m_ids.cend())
        return *known;
    auto id = insert(labels);
    if (!id)
        return id;
    if (m_ids.size() >= kMostKept)
        m_ids.clear();
    m_ids.insert(QByteArray(m_key.constData(), m_key.size()), *id);
    return id;
}

void LabelTable::forget()
{
    m_ids.clear();
    m_loaded = false;
}

Result<void> LabelTable::load()
{
    auto query = m_database->prepare(
        QStringLiteral("SELECT label_set, %1 FROM labels ORDER BY label_set DESC LIMIT %2")
            .arg(labelColumns())
            .arg(kMostKept));
    if (!query)
        return fail(query.error());
    if (!query->exec())
        return fail(m_database->error(query->lastError()));
    while (query->next()) {
        Columns columns(*query);
        const qint64 id = columns.integer();
        std::array<QByteArray, kLabels> texts;
        Labels labels;
        for (std::size_t i = 0; i < kLabels; ++i) {
            texts[i] = columns.text();
            labels[i] = texts[i];
        }
        QByteArray key;
        joinInto(key, labels);
        m_ids.insert(key, id);
    }
    if (query->lastError().isValid())
        return fail(m_database->error(query->lastError()));
    m_loaded = true;
    return {};
}

Result<qint64> LabelTable::insert(const Labels &labels)
{
    for (const QByteArrayView label : labels)
        m_insert.text(label);
    if (!m_insert.run())
        return fail(m_database->error(m_insert.lastError()));
    return m_insert.lastInsertId();
}

} // namespace fairlead::storage
