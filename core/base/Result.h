// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <tl/expected.hpp>

#include <QByteArray>

#include <utility>

namespace fairlead {

/// What kind of thing went wrong, for code that must decide; the message is for people.
enum class ErrorKind {
    Invalid, ///< the input is not what it must be
    NotFound,
    Denied, ///< refused by the owner of the thing (keychain locked, file not readable)
    Unavailable, ///< cannot be reached now
    TimedOut,
    Cancelled,
    TooLarge, ///< over a cap of ours
    Protocol, ///< the other side broke its own rules
    Internal, ///< a bug of ours; say so
};

/// An error as a value. `message` is one UTF-8 sentence that says what happened and, where we know it, what
/// to do next. It never holds a secret.
class Error
{
public:
    Error(ErrorKind kind, QByteArray message)
        : m_kind(kind)
        , m_message(std::move(message))
    { }

    [[nodiscard]] ErrorKind kind() const { return m_kind; }
    [[nodiscard]] const QByteArray &message() const { return m_message; }

    /// The same error with `prefix: ` before its message, for callers that know more of the circumstances.
    [[nodiscard]] Error in(QByteArrayView prefix) const
    {
        QByteArray text(prefix.data(), prefix.size());
        text += ": ";
        text += m_message;
        return Error(m_kind, std::move(text));
    }

private:
    ErrorKind m_kind;
    QByteArray m_message;
};

/// std::expected's API (C++23) from Debian's tl::expected; the alias is the place to change when the standard
/// type comes.
template<typename T = void>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, QByteArray message)
{
    return tl::unexpected<Error>(Error(kind, std::move(message)));
}

[[nodiscard]] inline tl::unexpected<Error> fail(Error error)
{
    return tl::unexpected<Error>(std::move(error));
}

/// `std::visit(overloaded {...}, variant)`, deliberately without a catch-all: a new alternative breaks the
/// build where it must be thought of.
template<typename... Ts>
struct overloaded : Ts... {
    using Ts::operator()...;
};
template<typename... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

} // namespace fairlead
