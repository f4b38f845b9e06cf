// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/TokenCountCodec.h"

#include "wire/RenamedModel.h"

namespace fairlead::wire {

Result<UpstreamCall>
TokenCountCodec::passThrough(const InboundCall &call, const QByteArray &model, const Quirks &quirks) const
{
    return withModelRenamed(*this, call, model, quirks);
}

} // namespace fairlead::wire
