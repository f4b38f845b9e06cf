// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/RowsModel.h"
#include "ui/widgets/Chip.h"

#include "gateway/Gateway.h"

namespace fairlead::ui {

/// A state in words and how loud to say it.
struct StateWords {
    QString words;
    Chip::Tone tone = Chip::Tone::Neutral;
    QString tip;
    bool operator==(const StateWords &) const = default;
};

/// What is to be said of a provider that is set up: ready, key missing, keyring locked, in memory only.
[[nodiscard]] StateWords stateOf(const gateway::ProviderInfo &provider, const secrets::StoreInfo &store);
/// The same of one of its keys.
[[nodiscard]] StateWords stateOf(const secrets::KeyStatus &key, const secrets::StoreInfo &store);
[[nodiscard]] QString modelCountWords(std::size_t count);
/// "Model maker", "On this machine" ...
[[nodiscard]] QString kindWords(const QByteArray &kind);
/// How a wire format is called in the world: "OpenAI Chat".
[[nodiscard]] QString wireWords(const QByteArray &wire);

struct ProviderRow {
    QByteArray key; ///< the provider's id
    QString name;
    QString note;
    StateWords state;
    int series = 0;
    bool configured = false;
    QString search;
    bool operator==(const ProviderRow &) const = default;
};

/// The providers that are set up, then the rest of the catalogue.
class ProviderListModel final : public RowsModel<ProviderRow>
{
    Q_OBJECT
public:
    enum Role {
        IdRole = Qt::UserRole, ///< QByteArray
        NoteRole, ///< QString
        StateRole, ///< QString, empty for those not set up
        ConfiguredRole, ///< bool
    };
    using RowsModel::RowsModel;

    void apply(const std::vector<gateway::ProviderInfo> &providers, const secrets::StoreInfo &store);
    /// -1 if there is none.
    [[nodiscard]] int rowOf(const QByteArray &id) const;

    [[nodiscard]] int columnCount(const QModelIndex &parent = QModelIndex()) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
};

} // namespace fairlead::ui
