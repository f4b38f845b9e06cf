// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/Exchange.h"

#include <QByteArrayView>

#include <memory>
#include <span>

namespace fairlead::http {

/// Reads one request after the other from bytes as they come (RFC 9112). Boost.Beast reads the grammar; what
/// it lets pass and an honest client never sends is refused here: two ways to say where a message ends is how
/// requests are smuggled.
class RequestParser
{
public:
    enum class Step { NeedsMore, Complete, Failed };

    RequestParser(qsizetype mostHeadBytes, qsizetype mostBodyBytes);
    ~RequestParser();
    Q_DISABLE_COPY_MOVE(RequestParser)

    /// Takes what it can use from the front and says how much that was. What is left (the piece of a header
    /// line, the next request) must be given again, with more behind it. Nothing is taken once a request is
    /// complete or has failed.
    [[nodiscard]] qsizetype feed(QByteArrayView input);
    [[nodiscard]] Step step() const;

    /// Room for body bytes of a known length, to be read into without a copy; empty unless such a body is
    /// awaited.
    [[nodiscard]] std::span<char> bodySpace();
    void bodyArrived(qsizetype count);

    /// Anything of the current request has come.
    [[nodiscard]] bool hasStarted() const;
    [[nodiscard]] bool isHeadDone() const;
    /// True once: the client waits for "100 Continue" before it sends the body.
    [[nodiscard]] bool takeContinue();

    /// After Complete: the request, and the parser is ready for the next.
    [[nodiscard]] Request takeRequest();
    /// After Failed.
    [[nodiscard]] int refusalStatus() const;
    [[nodiscard]] const QByteArray &refusalMessage() const;
    /// As far as it has been read; for the answer to a refused one.
    [[nodiscard]] const Request &request() const;
    [[nodiscard]] bool isHead() const; ///< the method is HEAD
    [[nodiscard]] bool isHttp11() const; ///< else 1.0

private:
    class Message;
    std::unique_ptr<Message> m_message;
};

} // namespace fairlead::http
