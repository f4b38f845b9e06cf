// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <vector>

namespace fairlead::wire {

/// Something a translation could not carry as it was.
struct Loss {
    enum class Kind { Dropped, Renamed, Approximated };
    Kind kind = Kind::Dropped;
    QByteArray field; ///< the caller's name of it: "logit_bias", "messages[2].content[0].audio"
    QByteArray note; ///< what became of it, one short clause
    /// Takes nothing of what the caller said: a route that is strict lets it pass.
    bool harmless = false;
};

/// What one translation lost, in order. Empty for the same dialect on both sides.
class Losses
{
public:
    void dropped(QByteArray field, QByteArray note = QByteArray())
    {
        add(Loss{Loss::Kind::Dropped, std::move(field), std::move(note)});
    }
    void renamed(QByteArray field, QByteArray note)
    {
        add(Loss{Loss::Kind::Renamed, std::move(field), std::move(note), true});
    }
    void approximated(QByteArray field, QByteArray note)
    {
        add(Loss{Loss::Kind::Approximated, std::move(field), std::move(note)});
    }
    /// What the provider demands and the caller left open.
    void chosen(QByteArray field, QByteArray note)
    {
        add(Loss{Loss::Kind::Approximated, std::move(field), std::move(note), true});
    }

    void add(Loss loss);

    [[nodiscard]] bool isEmpty() const { return m_losses.empty(); }
    [[nodiscard]] const std::vector<Loss> &list() const { return m_losses; }
    /// "dropped=logit_bias, approximated=reasoning_effort": the x-fairlead-losses header. ASCII, at most 1
    /// KiB.
    [[nodiscard]] QByteArray header() const;

private:
    std::vector<Loss> m_losses;
};

} // namespace fairlead::wire
