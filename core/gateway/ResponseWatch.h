// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/Exchange.h"
#include "wire/SseReader.h"
#include "json/View.h"

#include <functional>

namespace fairlead::gateway {

/// An exchange that looks over the shoulder: it passes everything on, and tells of the response object that
/// an answer of the Responses dialect holds, streamed or whole, just before the client gets it.
class ResponseWatch final : public http::Exchange
{
public:
    /// `provider` is who answered. The view is valid during the call.
    using Found = std::function<void(const QByteArray &provider, json::View response)>;

    ResponseWatch(http::ExchangePtr exchange, Found found);

    [[nodiscard]] const http::Request &request() const override { return m_exchange->request(); }
    [[nodiscard]] CancelToken cancelToken() const override { return m_exchange->cancelToken(); }
    void addCommonHeader(QByteArray name, QByteArray value) override;
    void reply(http::Response response) override;
    void begin(int status, Headers headers) override;
    [[nodiscard]] Task<bool> write(QByteArray bytes) override;
    [[nodiscard]] bool tryWrite(QByteArray bytes) override;
    [[nodiscard]] Task<bool> drained() override;
    void end(QByteArray last) override;
    void cut() override { m_exchange->cut(); }
    [[nodiscard]] bool isGone() const override { return m_exchange->isGone(); }
    [[nodiscard]] bool hasBegun() const override { return m_exchange->hasBegun(); }

private:
    void look(QByteArrayView bytes);
    void lookAt(const wire::SseEvent &event);

    http::ExchangePtr m_exchange;
    Found m_found;
    QByteArray m_provider;
    wire::SseReader m_reader;
    bool m_looking = false;
};

} // namespace fairlead::gateway
