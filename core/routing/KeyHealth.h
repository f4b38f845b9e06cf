// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "chat/Failure.h"
#include "secrets/KeyRing.h"

#include <functional>
#include <optional>
#include <vector>

namespace fairlead::routing {

/// A key that is not used for a while, for people.
struct KeyState {
    QByteArray provider;
    QString key; ///< its name
    QByteArray model; ///< empty = whatever the model
    chat::FailureClass cause = chat::FailureClass::Credential;
    QByteArray words; ///< "refused", "out of credit", "not allowed to use this model", "rate limited"
    qint64 untilMs = 0; ///< UTC
};

/// What providers have said against keys. A key that was refused rests; so does one that is out of credit,
/// and one that is too fast, the latter for its model only. Keys that rest are tried last, never left out,
/// and a key that is stored anew starts afresh.
class KeyHealth
{
public:
    explicit KeyHealth(Clock &clock);

    void refused(
        const QByteArray &provider, const QByteArray &model, const secrets::LoadedKey &key,
        const chat::Failure &failure);
    void worked(const QByteArray &provider, const QByteArray &model, const secrets::LoadedKey &key);
    [[nodiscard]] bool
    isResting(const QByteArray &provider, const QByteArray &model, const secrets::LoadedKey &key) const;
    /// True if there are keys and each of them rests.
    [[nodiscard]] bool allRest(
        const QByteArray &provider, const QByteArray &model,
        const std::vector<secrets::LoadedKey> &keys) const;
    /// The order to try them in; with `rotate` each call begins with the next one.
    void arrange(
        const QByteArray &provider, const QByteArray &model, bool rotate,
        std::vector<secrets::LoadedKey> &keys);

    [[nodiscard]] bool isEmpty() const { return m_rests.empty(); }
    [[nodiscard]] std::vector<KeyState> states() const;
    void setChangedCallback(std::function<void()> changed) { m_changed = std::move(changed); }

private:
    struct Rest {
        QByteArray provider;
        QByteArray model; ///< empty = all
        secrets::LoadedKey key;
        chat::FailureClass cause = chat::FailureClass::Credential;
        SteadyTime until;
        int times = 0; ///< in a row
    };

    [[nodiscard]] const Rest *
    find(const QByteArray &provider, const QByteArray &model, const secrets::LoadedKey &key) const;
    void forgetOld();
    void changed() const;

    Clock &m_clock;
    std::vector<Rest> m_rests; ///< mostly none
    QHash<QByteArray, std::size_t> m_turns; ///< of providers whose keys rotate
    std::function<void()> m_changed;
};

} // namespace fairlead::routing
