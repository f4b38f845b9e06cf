// SPDX-License-Identifier: GPL-3.0-or-later
// Loads one port with chat requests and prints what it found as one line of JSON:
//   bench.load --port N --mode closed|open|streams|drop --connections N --requests N | --seconds T
//     --body BYTES --model NAME --stream 0|1 --rate R --ramp-ms T --path /v1/chat/completions --header 'name:
//     value'
#include "Load.h"

#include <cstdio>

int main(int argc, char **argv)
{
    bench::Options options;
    if (!options.read(argc, argv))
        return 2;
    bench::Load load(options);
    if (!load.run()) {
        std::perror("bench.load: connect");
        return 1;
    }
    std::printf("%s\n", load.report().c_str());
}
