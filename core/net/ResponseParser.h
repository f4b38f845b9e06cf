// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Headers.h"

#include <QByteArray>
#include <QByteArrayView>

#include <memory>

namespace fairlead::net {

/// HTTP/1.x answers (RFC 9112) out of bytes as they come, however they are cut. Boost.Beast knows the
/// grammar; this adds what a client must do about it: interim 1xx answers are skipped, framing that could be
/// read in two ways is refused, a body that ends early is told from one that ends, and nothing is kept beyond
/// the head's limit.
class ResponseParser
{
public:
    enum class State { Head, Body, Complete, Truncated, Bad };

    explicit ResponseParser(qsizetype mostHeadBytes);
    ~ResponseParser();
    Q_DISABLE_COPY_MOVE(ResponseParser)

    /// Gets ready for the answer to another request; the answer to HEAD has no body whatever its head says.
    void start(bool answersHead);

    /// Takes all of `bytes`; what is body goes to the end of `body`, without its chunk framing.
    State feed(QByteArrayView bytes, QByteArray &body);
    /// The peer has closed: the proper end of an answer without a length, Truncated for the others.
    State feedEnd();

    [[nodiscard]] State state() const;
    [[nodiscard]] bool headComplete() const;
    /// Whether anything of the final answer has come (interim answers do not count).
    [[nodiscard]] bool hasBegun() const;

    [[nodiscard]] int status() const;
    [[nodiscard]] const QByteArray &reason() const;
    [[nodiscard]] Headers &headers();
    /// Complete, and the connection may serve another request: no "close", nothing behind the answer's end.
    [[nodiscard]] bool reusable() const;
    /// For State::Bad: what is wrong, half a sentence for people.
    [[nodiscard]] QByteArray problem() const;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace fairlead::net
