// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Gateway.h"

#include <QWidget>

class QVBoxLayout;

namespace fairlead::ui {

/// The keys one provider has: hint, where it is kept, state, and a way to be rid of it.
class KeyList : public QWidget
{
    Q_OBJECT
public:
    explicit KeyList(QWidget *parent = nullptr);

    void setKeys(const gateway::ProviderInfo &provider, const secrets::StoreInfo &store);

Q_SIGNALS:
    void removalWanted(const secrets::KeyRef &key, const QString &hint);

protected:
    void changeEvent(QEvent *event) override;

private:
    void addRow(const secrets::KeyStatus &key, const secrets::StoreInfo &store);

    QVBoxLayout *m_rows;
    std::vector<QWidget *> m_places;
};

} // namespace fairlead::ui
