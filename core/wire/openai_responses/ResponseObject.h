// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/Usage.h"
#include "wire/Codec.h"
#include "json/View.h"

namespace fairlead::wire::openai_responses {

/// The Response object of one answer: the request's own settings, or the defaults of those it leaves out,
/// around what is known of the answer.
class ResponseObject
{
public:
    struct State {
        QByteArrayView status = "in_progress";
        QByteArray output; ///< the items as JSON with commas
        QByteArray error; ///< JSON; empty for null
        QByteArrayView incompleteReason;
        chat::Usage usage;
    };

    explicit ResponseObject(const AnswerContext &context);

    void setCreated(qint64 created) { m_created = created; }
    /// Only an id of this dialect is taken over.
    void setId(const QByteArray &id);
    /// "msg_..." and kin, of this response.
    [[nodiscard]] QByteArray itemId(QByteArrayView prefix, int place) const;

    [[nodiscard]] QByteArray write(const State &state) const;

private:
    json::View m_request; ///< missing where there is none
    QByteArray m_model;
    QByteArray m_id;
    QByteArray m_suffix; ///< of every id made here
    qint64 m_created;
};

} // namespace fairlead::wire::openai_responses
