// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>

#include <vector>

namespace fairlead::gateway {
class Gateway;
}

namespace fairlead::ui {

/// Everything that can be asked, in the gateway's order: routes, ready models, then those that are not ready
/// and why.
class ModelListModel : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role {
        NameRole = Qt::UserRole, ///< QByteArray: what to ask for
        ProviderRole, ///< QString, shown beside the name
        SeriesRole, ///< int
        NoteRole, ///< QString: prices, or why it is not ready
        ReadyRole, ///< bool
        SearchRole, ///< QString: what a search looks through
    };

    explicit ModelListModel(const gateway::Gateway &gateway, QObject *parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex &parent = QModelIndex()) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex &index) const override;

private:
    struct Row {
        QByteArray name;
        QString model;
        QString provider;
        QString note;
        int series = 0;
        bool ready = false;
    };
    std::vector<Row> m_rows;
};

/// How a model is called in a header: its own name, and the provider's beside it.
struct ModelTitle {
    QString model;
    QString provider;
    int series = 0;
};
[[nodiscard]] ModelTitle titleOf(const gateway::Gateway &gateway, const QByteArray &modelName);

} // namespace fairlead::ui
