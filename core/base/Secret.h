// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDebug>

#include <memory>

namespace fairlead {

/// A key or token in memory. It has no stream operator, no conversion and no comparison that stops early; the
/// only way to its text is `reveal()`, which is called where a header is written and nowhere else. Copies
/// share one buffer, which is wiped when the last one goes.
class Secret
{
public:
    Secret() = default;
    /// Takes the text over and wipes the given array if nobody else shares it.
    explicit Secret(QByteArray &&text);

    [[nodiscard]] bool isEmpty() const;
    [[nodiscard]] QByteArrayView reveal() const;
    /// Compares in a time that depends on the lengths only.
    [[nodiscard]] bool equals(QByteArrayView other) const;
    [[nodiscard]] bool equals(const Secret &other) const;
    /// "sk-…9f2c": enough to recognise a key by, too little to use. Empty or short secrets give "…".
    [[nodiscard]] QByteArray hint() const;

private:
    std::shared_ptr<QByteArray> m_text;
};

/// Deleted on purpose: a secret never reaches a log.
QDebug operator<<(QDebug, const Secret &) = delete;

/// Compares two byte strings in a time that depends on their lengths only.
[[nodiscard]] bool constantTimeEquals(QByteArrayView a, QByteArrayView b);

} // namespace fairlead
