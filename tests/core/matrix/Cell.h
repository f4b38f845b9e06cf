// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/matrix/Scenario.h"
#include "http/Exchange.h"
#include "metering/LedgerRecord.h"
#include "wire/Codec.h"

#include <optional>

namespace fairlead::test::matrix {

/// What one caller's dialect, one provider's dialect and one scenario come to, run through the gateway as it
/// is but for the sockets.
struct Outcome {
    Lines asked; ///< what the caller said
    std::optional<Lines> sent; ///< what the provider was told
    Lines said; ///< what the provider answered
    Lines told; ///< what the caller was told
    bool passedThrough = false;
    bool isOver = false; ///< the caller got an answer, and nothing is left running
    bool wasCut = false;
    int status = 0;
    QByteArray error; ///< what went wrong in reading, in words
    chat::Failure failure; ///< of an error, as the caller reads it
    metering::LedgerRecord row;
    QByteArray lossesHeader; ///< as the caller got it
};

class Cell
{
public:
    Cell(QByteArray inbound, QByteArray upstream, const Scenario &scenario);

    /// The dialects have words for it.
    [[nodiscard]] bool exists() const;
    [[nodiscard]] QByteArray name() const;
    [[nodiscard]] Outcome run() const;

    [[nodiscard]] const Scenario &scenario() const { return m_scenario; }
    [[nodiscard]] const QByteArray &inbound() const { return m_inbound; }
    [[nodiscard]] const QByteArray &upstream() const { return m_upstream; }

private:
    QByteArray m_inbound;
    QByteArray m_upstream;
    const Scenario &m_scenario;
};

/// Every cell there is, scenario by scenario.
[[nodiscard]] std::vector<Cell> cells();

} // namespace fairlead::test::matrix
