// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "routing/Failover.h"
#include "wire/Codec.h"

#include <optional>

namespace fairlead::gateway {

/// A request that came through the port in some dialect. For a target that speaks the same one, its own bytes
/// are used with the model name spliced in; only for the others is it decoded.
class InboundCalls final : public routing::CallSource
{
public:
    InboundCalls(const wire::Wire &dialect, const wire::InboundCall &call, wire::RequestHead head);
    [[nodiscard]] tl::expected<routing::PreparedCall, chat::Failure>
    prepare(const routing::Target &target) override;
    [[nodiscard]] routing::RequestContent look() override;
    [[nodiscard]] const Headers *headers() const override { return &m_call.headers; }
    [[nodiscard]] tl::expected<routing::PreparedCall, chat::Failure>
    prepareOnward(const routing::Target &target, const QByteArray &begun) override;

private:
    [[nodiscard]] tl::expected<chat::ChatRequest *, chat::Failure> decoded();
    [[nodiscard]] routing::PreparedCall
    passOn(wire::InboundCodec::PassThrough passed, const routing::Target &target) const;

    const wire::Wire &m_dialect;
    const wire::InboundCall &m_call;
    wire::RequestHead m_head;
    std::optional<chat::ChatRequest> m_decoded;
};

/// A request that refers to earlier answers instead of repeating them.
struct Continuation {
    QByteArray maker; ///< the provider that knows all of them; empty if there is none
    /// The request with everything said; nullopt if something it refers to is not known here.
    std::optional<wire::InboundCall> inFull;
    std::optional<chat::Failure> missing; ///< what to say then
};

/// Such a request goes as it is to the provider that knows what it refers to (or might, where we do not),
/// and in full to every other.
class ContinuedCalls final : public routing::CallSource
{
public:
    ContinuedCalls(
        const wire::Wire &dialect, const wire::InboundCall &call, const wire::RequestHead &head,
        const Continuation &continuation);
    [[nodiscard]] tl::expected<routing::PreparedCall, chat::Failure>
    prepare(const routing::Target &target) override;
    [[nodiscard]] routing::RequestContent look() override;
    [[nodiscard]] const Headers *headers() const override { return m_asSent.headers(); }

private:
    const wire::Wire &m_dialect;
    const Continuation &m_continuation;
    InboundCalls m_asSent;
    std::optional<InboundCalls> m_inFull;
};

/// A request made in this process, in the neutral model.
class NeutralCalls final : public routing::CallSource
{
public:
    explicit NeutralCalls(chat::ChatRequest request);
    [[nodiscard]] tl::expected<routing::PreparedCall, chat::Failure>
    prepare(const routing::Target &target) override;
    [[nodiscard]] routing::RequestContent look() override;
    [[nodiscard]] tl::expected<routing::PreparedCall, chat::Failure>
    prepareOnward(const routing::Target &target, const QByteArray &begun) override;

private:
    chat::ChatRequest m_request;
};

/// A request that was made beforehand, for its one target: sent once.
class PreparedCalls final : public routing::CallSource
{
public:
    explicit PreparedCalls(routing::PreparedCall prepared);
    [[nodiscard]] tl::expected<routing::PreparedCall, chat::Failure>
    prepare(const routing::Target &target) override;
    [[nodiscard]] int mostRetries() const override { return 0; }

private:
    std::optional<routing::PreparedCall> m_prepared; ///< empty once it is sent
};

/// The error of a target that has no such thing; another target is tried. `what`: "give embeddings".
[[nodiscard]] chat::Failure cannot(const routing::Target &target, QByteArrayView what);

/// The error a caller's own mistake becomes.
[[nodiscard]] chat::Failure callerFault(const Error &error);

} // namespace fairlead::gateway
