// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/EventWriter.h"

namespace fairlead::wire::openai_responses {

json::Writer &EventWriter::begin(QByteArrayView type)
{
    m_type = type;
    return m_writer.beginObject().member("type", type).memberInteger("sequence_number", m_sequence++);
}

void EventWriter::send()
{
    m_out.append("event: ").append(m_type.data(), m_type.size()).append("\ndata: ");
    m_out.append(json::oneLine(m_writer.endObject().take())).append("\n\n");
}

} // namespace fairlead::wire::openai_responses
