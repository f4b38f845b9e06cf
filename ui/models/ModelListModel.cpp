// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/ModelListModel.h"

#include "ui/Format.h"
#include "ui/Theme.h"

#include "gateway/Gateway.h"

#include <QCoreApplication>

#include <algorithm>

namespace fairlead::ui {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(ModelListModel)
};

QString nameOf(const std::vector<gateway::ProviderInfo> &providers, const QByteArray &id)
{
    const auto it
        = std::find_if(providers.begin(), providers.end(), [&](const auto &p) { return p.id == id; });
    return it != providers.end() && !it->name.isEmpty() ? it->name : QString::fromUtf8(id);
}

QString whyNotReady(const std::vector<gateway::ProviderInfo> &providers, const QByteArray &id)
{
    const auto it
        = std::find_if(providers.begin(), providers.end(), [&](const auto &p) { return p.id == id; });
    if (it == providers.end() || !it->configured)
        return Text::tr("not set up");
    if (!it->needsKey)
        return Text::tr("not reachable");
    for (const secrets::KeyStatus &key : it->keys) {
        if (key.state == secrets::KeyStatus::State::Locked)
            return Text::tr("key is locked");
    }
    return Text::tr("no key");
}

QString priceNote(const gateway::ModelInfo &model)
{
    if (model.isRoute)
        return Text::tr("Route");
    if (!model.inputPrice || !model.outputPrice)
        return Text::tr("price unknown");
    if (model.inputPrice->picoPerMillion() == 0 && model.outputPrice->picoPerMillion() == 0)
        return Text::tr("free");
    return Text::tr("%1 in, %2 out", "prices")
        .arg(format::pricePerMillion(*model.inputPrice), format::pricePerMillion(*model.outputPrice));
}

} // namespace

ModelListModel::ModelListModel(const gateway::Gateway &gateway, QObject *parent)
    : QAbstractListModel(parent)
{
    const auto providers = gateway.providers();
    for (const gateway::ModelInfo &model : gateway.models()) {
        Row row;
        row.name = model.name;
        row.model = QString::fromUtf8(model.isRoute ? model.name : model.model);
        row.provider = model.isRoute ? QString() : nameOf(providers, model.provider);
        row.series = Theme::seriesOf(model.isRoute ? model.name : model.provider);
        row.ready = model.ready;
        row.note = model.ready ? priceNote(model) : whyNotReady(providers, model.provider);
        m_rows.push_back(std::move(row));
    }
}

int ModelListModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant ModelListModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return QVariant();
    const Row &row = m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return row.model;
    case Qt::AccessibleTextRole:
        return QStringLiteral("%1, %2, %3").arg(row.model, row.provider, row.note);
    case Qt::ToolTipRole:
        return QString::fromUtf8(row.name);
    case NameRole:
        return row.name;
    case ProviderRole:
        return row.provider;
    case SeriesRole:
        return row.series;
    case NoteRole:
        return row.note;
    case ReadyRole:
        return row.ready;
    case SearchRole:
        return QStringLiteral("%1 %2").arg(QString::fromUtf8(row.name), row.provider);
    default:
        return QVariant();
    }
}

Qt::ItemFlags ModelListModel::flags(const QModelIndex &index) const
{
    return index.data(ReadyRole).toBool() ? Qt::ItemIsEnabled | Qt::ItemIsSelectable
                                          : Qt::ItemFlags(Qt::NoItemFlags);
}

ModelTitle titleOf(const gateway::Gateway &gateway, const QByteArray &modelName)
{
    for (const gateway::ModelInfo &model : gateway.models()) {
        if (model.name != modelName)
            continue;
        if (model.isRoute)
            return {QString::fromUtf8(model.name), Text::tr("Route"), Theme::seriesOf(model.name)};
        return {
            QString::fromUtf8(model.model), nameOf(gateway.providers(), model.provider),
            Theme::seriesOf(model.provider)};
    }
    // A model that went away keeps its column; asking it says why.
    const qsizetype slash = modelName.indexOf('/');
    const QByteArray provider = slash > 0 ? modelName.first(slash) : QByteArray();
    return {
        QString::fromUtf8(modelName.sliced(slash + 1)), QString::fromUtf8(provider),
        Theme::seriesOf(provider)};
}

} // namespace fairlead::ui
