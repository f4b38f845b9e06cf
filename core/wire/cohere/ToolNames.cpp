// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/ToolNames.h"

#include "wire/ToolMapping.h"

namespace fairlead::wire::cohere {

namespace {

constexpr ToolNameRule rule()
{
    ToolNameRule names;
    names.mayStartWithDigitOrDash = false;
    names.escape = '_';
    names.mostBytes = 256; // no limit is documented, and escapes make names longer
    return names;
}

} // namespace

Result<QByteArray> outwardName(const QByteArray &name, Losses &losses)
{
    auto outward = outwardToolName(name, rule());
    if (outward && *outward != name)
        losses.renamed("tools." + name, *outward);
    return outward;
}

QByteArray callersName(const QByteArray &name)
{
    return callersToolName(name, rule().escape);
}

} // namespace fairlead::wire::cohere
