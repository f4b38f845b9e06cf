// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Gateway.h"

#include <QHash>
#include <QWidget>

class QLabel;
class QListView;
class QPushButton;
class QStringListModel;
class QToolButton;

namespace fairlead::ui {

class Card;
class Chip;
class ElidedLabel;
class InlineMessage;
class KeyEditor;
class KeyList;

/// Everything about one provider: what it is, its keys, a field for a new one, its models.
class ProviderPanel : public QWidget
{
    Q_OBJECT
public:
    explicit ProviderPanel(gateway::Gateway &gateway, QWidget *parent = nullptr);

    void setProvider(const gateway::ProviderInfo &provider);
    [[nodiscard]] QByteArray provider() const { return m_provider.id; }
    [[nodiscard]] KeyEditor *editor() const { return m_editor; }

Q_SIGNALS:
    void editWanted(const QByteArray &provider);

protected:
    void changeEvent(QEvent *event) override;

private:
    QWidget *buildHead();
    QWidget *buildFacts();
    QWidget *buildKeys();
    QWidget *buildModels();
    void showHead();
    void showKeys();
    void showModels();
    void applyTheme();

    void setUp();
    void askToRemoveKey(const secrets::KeyRef &key, const QString &hint);
    void askToRemoveProvider();
    void say(const Result<> &result, const QString &success);

    gateway::Gateway &m_gateway;
    gateway::ProviderInfo m_provider;
    QHash<QByteArray, std::vector<QByteArray>> m_found; ///< models a check found, by provider

    QLabel *m_mark;
    ElidedLabel *m_name;
    Chip *m_state;
    QPushButton *m_keysPage;
    QPushButton *m_edit;
    QToolButton *m_remove;
    InlineMessage *m_message;
    ElidedLabel *m_address;
    ElidedLabel *m_wire;
    ElidedLabel *m_kind;
    Card *m_keysCard;
    QLabel *m_keysNote;
    KeyList *m_keys;
    KeyEditor *m_editor;
    QPushButton *m_setUp;
    QLabel *m_modelsTitle;
    QStringListModel *m_models;
    QListView *m_modelsView;
    QLabel *m_modelsNote;
    std::vector<QLabel *> m_mutedLabels;
};

} // namespace fairlead::ui
