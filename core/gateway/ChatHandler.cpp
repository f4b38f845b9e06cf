// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ChatHandler.h"

#include "gateway/AnswerWriter.h"
#include "gateway/Replies.h"
#include "gateway/RunawayGuard.h"

namespace fairlead::gateway {

namespace {

using chat::Failure;

// Larger requests hold images or files: their bytes say nothing about tokens.
constexpr qsizetype kMostTextRequestBytes = 512 * 1024;

Failure cannotGoOn()
{
    return Failure(
        chat::FailureClass::Protocol, 0,
        "The answer broke off, and what was told of it cannot be gone on with.");
}

} // namespace

ChatHandler::ChatHandler(Services &services, const std::shared_ptr<const LocalAccess> &access)
    : m_services(services)
    , m_access(access)
    , m_keepAlive(services.clock)
{ }

Task<> ChatHandler::serve(
    http::ExchangePtr exchange, const wire::Wire &dialect, QByteArray app, const Continuation *continuation)
{
    const http::Request &request = exchange->request();
    Conversation::Start start = startOf(*exchange, dialect.name, app, metering::LedgerRecord::Kind::Chat);
    if (request.body.size() <= kMostTextRequestBytes)
        start.promptBytes = request.body.size();

    auto call = wire::InboundCall::parse(request.path, request.query, request.headers, request.body);
    Result<wire::RequestHead> head
        = call ? dialect.inbound->peek(*call) : Result<wire::RequestHead>(fail(call.error()));
    if (head) {
        start.modelAsked = head->model;
        start.streamed = head->stream;
    }

    if (call)
        start.call = &*call;
    Conversation conversation(m_services, std::move(start));
    if (!head) {
        refuse(*exchange, dialect, conversation, callerFault(head.error()));
        co_return;
    }
    if (!m_access->mayUse(app, head->model)) {
        refuse(*exchange, dialect, conversation, modelNotAllowed(app, head->model));
        co_return;
    }

    if (auto circling = whyPausedNow(m_services, app, *call)) {
        refuse(*exchange, dialect, conversation, *circling);
        co_return;
    }

    InboundCalls calls(dialect, *call, *head);
    routing::CallSource *source = &calls;
    std::unique_ptr<ContinuedCalls> continued; // on the heap: rare, and every frame would hold it
    if (continuation) {
        continued = std::make_unique<ContinuedCalls>(dialect, *call, *head, *continuation);
        source = continued.get();
    }
    auto opened = co_await conversation.open(*source);
    if (!opened) {
        refuse(*exchange, dialect, conversation, opened.error());
        co_return;
    }

    wire::AnswerContext context;
    context.call = &*call;
    context.model = conversation.serving().target.model;
    context.fallbackId = conversation.id();
    context.created = toUnixMs(m_services.clock.wall()) / 1000;
    context.includeUsage = head->includeUsage;
    if (head->stream)
        co_await stream(exchange, dialect, conversation, std::move(context));
    else
        co_await whole(exchange, dialect, conversation, std::move(context));
}

Task<> ChatHandler::stream(
    http::ExchangePtr exchange, const wire::Wire &dialect, Conversation &conversation,
    wire::AnswerContext context)
{
    const QByteArray contentType = dialect.inbound->streamContentType(context);
    auto encoder = dialect.inbound->makeStreamEncoder(context);
    const auto begin = [&] {
        Headers headers = answerHeaders(conversation);
        headers.add(QByteArrayLiteral("content-type"), contentType);
        headers.add(QByteArrayLiteral("cache-control"), QByteArrayLiteral("no-cache"));
        headers.add(QByteArrayLiteral("x-accel-buffering"), "no");
        exchange->begin(200, std::move(headers));
    };
    if (conversation.wantsToHold()) {
        co_await held(exchange, conversation, encoder->keepAlive(), begin);
        if (conversation.failure() && !exchange->hasBegun()) {
            refuse(*exchange, dialect, conversation, Failure(*conversation.failure()));
            co_return;
        }
    }

    const bool cutsBroken = encoder->cutsBrokenStream();
    const bool passesThrough = conversation.serving().prepared.passThrough;
    // The elements of an array end nowhere: nothing could be told of it piece by piece.
    if (passesThrough && contentType.startsWith("application/json"))
        conversation.mustNotGoOn();
    std::unique_ptr<AnswerWriter> writer;
    if (passesThrough)
        writer = makePassThroughWriter(
            std::move(encoder), conversation.serving().prepared.usageForced, conversation.mayGoOn());
    else
        writer = makeTranslatingWriter(std::move(encoder), dialect.answers, conversation.losses());
    if (!exchange->hasBegun())
        begin();

    KeepAlive::Stream alive(m_keepAlive, *exchange, *writer);
    QByteArray ending;
    for (;;) {
        // What has come already needs no frame of its own.
        auto ready = conversation.tryNext();
        if (!ready)
            ready = co_await conversation.next();
        providers::Piece piece = std::move(*ready);
        if (piece.goesOn && !goOn(*writer, dialect, conversation, context))
            piece = conversation.giveUp(cannotGoOn());
        const bool last = piece.last;
        const bool over = piece.over;
        QByteArray bytes = writer->take(std::move(piece));
        if (last) {
            ending = std::move(bytes);
            break;
        }
        if (bytes.isEmpty())
            continue;
        alive.wrote();
        bool more = exchange->tryWrite(std::move(bytes));
        if (!more)
            more = co_await exchange->drained(); // a slow client slows the upstream, memory stays bounded
        if (!more) {
            conversation.end(kClientClosedRequest);
            co_return;
        }
        if (over && !conversation.failure())
            conversation.answerDelivered();
    }
    if (!passesThrough)
        conversation.noteLosses(conversation.losses());
    // Booked first: who has the whole answer finds its row.
    conversation.end(200);
    if (cutsBroken && conversation.failure())
        exchange->cut();
    else
        exchange->end(std::move(ending));
}

/// The writer takes up an answer from elsewhere, under the name the caller has been told.
bool ChatHandler::goOn(
    AnswerWriter &writer, const wire::Wire &dialect, const Conversation &conversation,
    wire::AnswerContext context)
{
    const routing::Target &target = conversation.serving().target;
    const QByteArray note = "fairlead: broke off, goes on at " + target.provider->id + '/' + target.model
                            + " (" + conversation.rescue() + ')';
    if (!conversation.told().model().isEmpty())
        context.model = conversation.told().model();
    return writer.goOn(dialect.inbound->makeStreamEncoder(context), conversation.told(), note);
}

/// Waits until the answer is whole, with signs of life for the caller where its dialect has any.
Task<> ChatHandler::held(
    http::ExchangePtr exchange, Conversation &conversation, QByteArray comment, std::function<void()> begin)
{
    TimerHandle timer;
    std::function<void()> speak = [&] {
        if (!exchange->hasBegun())
            begin();
        (void)exchange->tryWrite(comment);
        timer = m_services.clock.after(KeepAlive::kSilence, speak);
    };
    if (!comment.isEmpty())
        timer = m_services.clock.after(KeepAlive::kSilence, speak);
    co_await conversation.hold();
}

Task<> ChatHandler::whole(
    http::ExchangePtr exchange, const wire::Wire &dialect, Conversation &conversation,
    wire::AnswerContext context)
{
    const bool passThrough = conversation.serving().prepared.passThrough;
    chat::Accumulator accumulator;
    QByteArray body;
    for (bool last = false; !last;) {
        auto ready = conversation.tryNext();
        if (!ready)
            ready = co_await conversation.next();
        const providers::Piece piece = std::move(*ready);
        last = piece.last;
        if (passThrough) {
            body += piece.bytes;
            continue;
        }
        for (const chat::ChatEvent &event : piece.events) {
            accumulator.add(event);
            wire::reportLeftOut(event, dialect.answers, conversation.losses());
        }
    }
    if (conversation.failure()) {
        refuse(*exchange, dialect, conversation, Failure(*conversation.failure()));
        co_return;
    }

    if (!passThrough) {
        conversation.noteLosses(conversation.losses());
        body = dialect.inbound->encodeAnswer(accumulator.answer(), context);
    }
    http::Response response = wholeResponse(conversation, std::move(body));
    conversation.end(exchange->isGone() ? kClientClosedRequest : response.status);
    exchange->reply(std::move(response));
}

} // namespace fairlead::gateway
