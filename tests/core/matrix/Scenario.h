// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/matrix/Meaning.h"
#include "http/Exchange.h"
#include "json/View.h"

#include <vector>

/// What every dialect is put through, as data: the scenarios here, each dialect's way to say them in
/// tests/data/matrix/<dialect>.json.
namespace fairlead::test::matrix {

struct Scenario {
    enum class End {
        Whole,
        Refused, ///< the provider answers with an error
        CutOff, ///< the provider's stream breaks off
        Left, ///< the caller leaves in the middle of the stream
    };
    QByteArray name;
    QByteArray request; ///< which of the callers' requests
    QByteArray answer; ///< which of the providers' answers
    bool streamed = false;
    End end = End::Whole;
    Lines asks = {}; ///< what the request means
    Lines says = {}; ///< what the answer means
};

[[nodiscard]] const std::vector<Scenario> &scenarios();

/// The callers' dialects and the providers', in the order of the page.
[[nodiscard]] const std::vector<QByteArray> &inboundDialects();
[[nodiscard]] const std::vector<QByteArray> &upstreamDialects();

/// One dialect's words.
class Dialect
{
public:
    [[nodiscard]] static const Dialect &of(const QByteArray &name);

    /// Whether callers of this dialect can ask that, and providers of it answer that.
    [[nodiscard]] bool canAsk(const Scenario &scenario) const;
    [[nodiscard]] bool canAnswer(const Scenario &scenario) const;

    [[nodiscard]] http::Request request(const Scenario &scenario, const QByteArray &model) const;
    /// An answer that is not streamed.
    [[nodiscard]] QByteArray answer(const Scenario &scenario) const;
    /// The pieces of a stream, each a whole event, and their media type.
    [[nodiscard]] std::vector<QByteArray> stream(const Scenario &scenario) const;
    [[nodiscard]] QByteArray streamType() const;

    /// Aspects of a request that this dialect has no words for.
    [[nodiscard]] bool leavesUnsaid(const QByteArray &aspect) const;
    /// A model of a provider of this dialect; families know some by name.
    [[nodiscard]] QByteArray model() const;

private:
    explicit Dialect(QByteArray name);
    [[nodiscard]] QByteArray frame(json::View event) const;

    QByteArray m_name;
    json::Document m_document;
};

} // namespace fairlead::test::matrix
