// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/AnswerChecks.h"
#include "fuzz/Fuzz.h"

#include <array>

void fairlead::fuzz::checkInput(QByteArrayView input)
{
    static constexpr std::array<QByteArrayView, 2> kWires{"openai-chat", "openai-responses"};
    checkProvider(input, kWires);
}
