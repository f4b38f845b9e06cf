// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/Fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace fairlead::fuzz {

void giveUp(const char *property, const char *file, int line)
{
    std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, property);
    std::abort();
}

void giveUp(const char *property, const char *file, int line, const QByteArray &got, const QByteArray &wanted)
{
    std::fprintf(
        stderr, "got:    %s\nwanted: %s\n",
        got.toPercentEncoding(" !\"#$&'()*+,/:;<=>?@[]^`{|}\n").constData(),
        wanted.toPercentEncoding(" !\"#$&'()*+,/:;<=>?@[]^`{|}\n").constData());
    giveUp(property, file, line);
}

std::vector<std::vector<char>> pieces(QByteArrayView bytes, std::uint8_t seed)
{
    std::vector<std::vector<char>> cut;
    const std::uint32_t most = 1U << (seed & 7U); // from single bytes to 128 at once
    std::uint32_t random = seed + 1U;
    while (!bytes.isEmpty()) {
        random = random * 1664525U + 1013904223U; // Numerical Recipes' linear congruence: any will do
        const qsizetype size = std::min<qsizetype>(1 + (random >> 16U) % most, bytes.size());
        cut.emplace_back(bytes.begin(), bytes.begin() + size);
        bytes = bytes.sliced(size);
    }
    return cut;
}

} // namespace fairlead::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    fairlead::fuzz::checkInput({data, static_cast<qsizetype>(size)});
    return 0;
}
