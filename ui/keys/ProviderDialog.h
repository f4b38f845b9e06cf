// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/Config.h"

#include <QDialog>

#include <vector>

class QCheckBox;
class QComboBox;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;

namespace fairlead::ui {

class InlineMessage;

/// Adds a provider of one's own, or changes the address of one that is there. It only gathers values; saving,
/// and the words if that fails, come from outside.
class ProviderDialog : public QDialog
{
    Q_OBJECT
public:
    /// A new one; `taken` are the ids there are.
    explicit ProviderDialog(std::vector<QByteArray> taken, QWidget *parent = nullptr);
    /// One that is there: its id cannot change. `known` = the catalogue has its wire and authentication.
    ProviderDialog(const config::ProviderConfig &entry, bool known, QWidget *parent = nullptr);

    [[nodiscard]] config::ProviderConfig entry() const;
    /// What stands against saving it, for the user; empty if nothing does.
    [[nodiscard]] QString objection() const;
    void setError(const QString &words);

Q_SIGNALS:
    void saveWanted();

private:
    void build();
    void fill(const config::ProviderConfig &entry);
    void showState();
    void trySave();

    config::ProviderConfig m_entry;
    std::vector<QByteArray> m_taken;
    bool m_isNew;
    bool m_known = false;
    QLineEdit *m_id;
    QLineEdit *m_name;
    QComboBox *m_wire;
    QLineEdit *m_address;
    QCheckBox *m_needsKey;
    QPlainTextEdit *m_models;
    InlineMessage *m_message;
    QPushButton *m_save;
    bool m_tried = false;
};

} // namespace fairlead::ui
