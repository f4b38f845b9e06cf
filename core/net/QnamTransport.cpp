// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/QnamTransport.h"

#include "net/OneShotBody.h"
#include "net/StockRequest.h"
#include "net/TransportExchange.h"

namespace fairlead::net {

namespace {

using Answer = TransportResult<std::unique_ptr<TransportResponse>>;

class QnamResponse final : public TransportResponse
{
public:
    explicit QnamResponse(std::shared_ptr<TransportExchange> exchange)
        : m_exchange(std::move(exchange))
    { }
    ~QnamResponse() override { m_exchange->drop(); }
    Q_DISABLE_COPY_MOVE(QnamResponse)

    [[nodiscard]] int status() const override { return m_exchange->status(); }
    [[nodiscard]] const Headers &headers() const override { return m_exchange->headers(); }
    [[nodiscard]] const TransportTimes &times() const override { return m_exchange->times(); }
    [[nodiscard]] Task<TransportResult<QByteArray>> read() override { return readFrom(m_exchange); }
    [[nodiscard]] std::optional<TransportResult<QByteArray>> tryRead() override { return m_exchange->take(); }

private:
    // Holds the exchange, not the response: that may be destroyed meanwhile.
    static Task<TransportResult<QByteArray>> readFrom(std::shared_ptr<TransportExchange> exchange)
    {
        while (true) {
            auto taken = exchange->take();
            if (taken) {
                exchange->endWaiting();
                co_return std::move(*taken);
            }
            exchange->beginWaiting();
            co_await exchange->changed().wait();
        }
    }

    std::shared_ptr<TransportExchange> m_exchange;
};

} // namespace

QnamTransport::QnamTransport(QNetworkAccessManager &manager, Clock &clock)
    : m_manager(manager)
    , m_upstream(qobject_cast<UpstreamManager *>(&manager))
    , m_clock(clock)
    , m_deadlines(std::make_shared<Deadlines>(clock))
{ }

QnamTransport::~QnamTransport() = default;

QNetworkReply *QnamTransport::start(const TransportRequest &request)
{
    if (m_latest.url() != request.url) // mostly the very same object, which compares at once
        m_latest = QNetworkRequest(request.url);
    QNetworkRequest wire = m_latest;
    const RequestFields fields{request.headers, request.secretHeaders};
    if (request.tls)
        wire.setSslConfiguration(*request.tls);
    if (request.http2 || !m_upstream)
        wire.setAttribute(QNetworkRequest::Http2AllowedAttribute, request.http2);
    if (m_upstream)
        return m_upstream->send(wire, fields, request.method, request.body);

    const QNetworkRequest own = forStockBackend(wire, fields, request.body.size());
    if (request.method == "HEAD") // Qt must know that its answer has no body
        return m_manager.head(own);
    auto *device = request.body.isEmpty() ? nullptr : new OneShotBody(request.body);
    QNetworkReply *reply = m_manager.sendCustomRequest(own, request.method, device);
    if (device)
        device->setParent(reply);
    return reply;
}

Task<Answer> QnamTransport::send(TransportRequest request)
{
    // After the first wait this transport may be gone: the exchange has all it needs.
    const auto exchange = std::make_shared<TransportExchange>(m_clock, m_deadlines, request);
    if (!exchange->failure())
        exchange->follow(start(request));
    while (!exchange->hasHead() && !exchange->failure())
        co_await exchange->changed().wait();
    if (!exchange->hasHead())
        co_return tl::unexpected(*exchange->failure());
    std::unique_ptr<TransportResponse> response = std::make_unique<QnamResponse>(exchange);
    co_return response;
}

} // namespace fairlead::net
