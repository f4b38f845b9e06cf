// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "secrets/SecretStore.h"

#include <QObject>

#include <memory>

namespace fairlead::test {

/// What every SecretStore keeps to. Each store's own test inherits these and brings a store.
class StoreContract : public QObject
{
    Q_OBJECT
protected:
    [[nodiscard]] virtual std::unique_ptr<secrets::SecretStore> makeStore() = 0;

private Q_SLOTS:
    void probes();
    void readsWhatWasWritten_data();
    void readsWhatWasWritten();
    void replaces();
    void missesWhatIsNotThere();
    void forgetsWhatIsRemoved();
    void removingNothingIsFine();
    void refusesWhatIsNoKey_data();
    void refusesWhatIsNoKey();
    void keepsNamesApart();
    void runsOperationsAtOnce();
};

} // namespace fairlead::test
