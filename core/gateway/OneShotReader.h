// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::gateway {

/// Reads a whole answer that is no chat, in the place where chat answers are decoded: an answer that cannot
/// be read is a failed attempt like any other, and another target may be tried.
class OneShotReader : public wire::StreamDecoder
{
public:
    void feed(QByteArrayView bytes, std::vector<chat::ChatEvent> &events) final;
    void finish(std::vector<chat::ChatEvent> &) final { }
    [[nodiscard]] bool isComplete() const final { return m_read; }
    [[nodiscard]] bool isOver() const final { return m_read; }

private:
    /// Called once, with the whole body.
    [[nodiscard]] virtual tl::expected<chat::Usage, chat::Failure> read(QByteArrayView body) = 0;

    bool m_read = false;
};

} // namespace fairlead::gateway
