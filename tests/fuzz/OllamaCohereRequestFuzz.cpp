// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/Fuzz.h"
#include "fuzz/RequestChecks.h"

#include <array>

void fairlead::fuzz::checkInput(QByteArrayView input)
{
    static constexpr std::array<QByteArrayView, 3> kWires{"ollama", "ollama-generate", "cohere"};
    checkTool(input, kWires);
}
