// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/ProviderListModel.h"

#include "ui/Theme.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace fairlead::ui {

using secrets::KeyRef;
using secrets::KeyStatus;

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(ProviderListModel)
};

struct Words {
    const char *id;
    const char *words;
};

constexpr std::array<Words, 7> kKinds{
    {{"vendor", QT_TRANSLATE_NOOP("ProviderListModel", "Model maker")},
     {"host", QT_TRANSLATE_NOOP("ProviderListModel", "Model host")},
     {"gateway", QT_TRANSLATE_NOOP("ProviderListModel", "Gateway")},
     {"cloud", QT_TRANSLATE_NOOP("ProviderListModel", "Cloud")},
     {"plan", QT_TRANSLATE_NOOP("ProviderListModel", "Subscription")},
     {"local", QT_TRANSLATE_NOOP("ProviderListModel", "On this machine")},
     {"demo", QT_TRANSLATE_NOOP("ProviderListModel", "Built in, for trying out")}}};

constexpr std::array<Words, 7> kWires{
    {{"openai-chat", "OpenAI Chat"},
     {"openai-responses", "OpenAI Responses"},
     {"anthropic", "Anthropic Messages"},
     {"gemini", "Gemini"},
     {"ollama", "Ollama"},
     {"cohere", "Cohere"},
     {"bedrock", "Amazon Bedrock"}}};

ProviderRow rowOf(const gateway::ProviderInfo &provider, const secrets::StoreInfo &store)
{
    ProviderRow row;
    row.key = provider.id;
    row.name = provider.name.isEmpty() ? QString::fromUtf8(provider.id) : provider.name;
    row.configured = provider.configured;
    row.series = Theme::seriesOf(provider.id);
    row.note = kindWords(provider.kind);
    if (!provider.models.empty())
        row.note = modelCountWords(provider.models.size()) + QStringLiteral(" · ") + row.note;
    if (provider.configured)
        row.state = stateOf(provider, store);
    row.search
        = QStringLiteral("%1 %2 %3").arg(row.name, QString::fromUtf8(provider.id), kindWords(provider.kind));
    return row;
}

} // namespace

QString modelCountWords(std::size_t count)
{
    return Text::tr("%n model(s)", nullptr, static_cast<int>(count));
}

QString kindWords(const QByteArray &kind)
{
    for (const Words &known : kKinds) {
        if (kind == known.id)
            return QCoreApplication::translate("ProviderListModel", known.words);
    }
    return Text::tr("Your own");
}

QString wireWords(const QByteArray &wire)
{
    for (const Words &known : kWires) {
        if (wire == known.id)
            return QString::fromLatin1(known.words);
    }
    return QString::fromUtf8(wire);
}

StateWords stateOf(const KeyStatus &key, const secrets::StoreInfo &store)
{
    switch (key.state) {
    case KeyStatus::State::Reading:
        return {Text::tr("Reading …"), Chip::Tone::Neutral, QString()};
    case KeyStatus::State::Loaded:
        if (key.ref.source == KeyRef::Source::Keychain && !store.persistent)
            return {Text::tr("In memory only"), Chip::Tone::Warn, Text::tr("Forgotten when Fairlead ends.")};
        return {Text::tr("Ready"), Chip::Tone::Good, QString()};
    case KeyStatus::State::Missing:
        return {Text::tr("Key missing"), Chip::Tone::Warn, key.detail};
    case KeyStatus::State::Locked:
        return {Text::tr("Keyring locked"), Chip::Tone::Warn, key.detail};
    case KeyStatus::State::Unavailable:
        return {Text::tr("Keyring out of reach"), Chip::Tone::Bad, key.detail};
    }
    Q_UNREACHABLE();
}

StateWords stateOf(const gateway::ProviderInfo &provider, const secrets::StoreInfo &store)
{
    if (!provider.needsKey)
        return {Text::tr("Ready"), Chip::Tone::Good, Text::tr("Needs no key.")};
    if (provider.keys.empty())
        return {Text::tr("Key missing"), Chip::Tone::Warn, Text::tr("Paste a key to use it.")};
    // One loaded key is enough; without one the first tells why.
    const auto loaded = std::find_if(provider.keys.begin(), provider.keys.end(), [](const KeyStatus &key) {
        return key.state == KeyStatus::State::Loaded;
    });
    return stateOf(loaded != provider.keys.end() ? *loaded : provider.keys.front(), store);
}

void ProviderListModel::apply(
    const std::vector<gateway::ProviderInfo> &providers, const secrets::StoreInfo &store)
{
    std::vector<ProviderRow> next;
    next.reserve(providers.size());
    for (const gateway::ProviderInfo &provider : providers)
        next.push_back(ui::rowOf(provider, store));
    std::stable_partition(next.begin(), next.end(), [](const ProviderRow &row) { return row.configured; });
    applyRows(std::move(next));
}

int ProviderListModel::rowOf(const QByteArray &id) const
{
    const auto it
        = std::find_if(m_rows.begin(), m_rows.end(), [&](const ProviderRow &row) { return row.key == id; });
    return it == m_rows.end() ? -1 : static_cast<int>(it - m_rows.begin());
}

int ProviderListModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : 1;
}

QVariant ProviderListModel::data(const QModelIndex &index, int role) const
{
    const ProviderRow *row = rowAt(index.row());
    if (!row)
        return QVariant();
    switch (role) {
    case Qt::DisplayRole:
        return row->name;
    case Qt::ToolTipRole:
        return row->state.tip;
    case Qt::AccessibleTextRole:
        return row->configured ? QStringLiteral("%1, %2, %3").arg(row->name, row->state.words, row->note)
                               : QStringLiteral("%1, %2").arg(row->name, row->note);
    case IdRole:
        return row->key;
    case NoteRole:
        return row->note;
    case StateRole:
        return row->state.words;
    case ConfiguredRole:
        return row->configured;
    case role::Tone:
        return static_cast<int>(row->state.tone);
    case role::Series:
        return row->series;
    case role::Search:
        return row->search;
    default:
        return QVariant();
    }
}

} // namespace fairlead::ui
