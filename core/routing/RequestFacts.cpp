// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/RequestFacts.h"

#include "metering/TokenEstimate.h"

#include <QCryptographicHash>

#include <algorithm>

namespace fairlead::routing {

namespace {

using chat::MediaPart;
using chat::Part;

bool isImage(const MediaPart &media)
{
    return media.kind == MediaPart::Kind::Image;
}

bool hasImage(const Part &part)
{
    if (const auto *media = std::get_if<MediaPart>(&part))
        return isImage(*media);
    const auto *result = std::get_if<chat::ToolResultPart>(&part);
    return result && std::any_of(result->content.begin(), result->content.end(), [](const auto &inner) {
               const auto *media = std::get_if<MediaPart>(&inner);
               return media && isImage(*media);
           });
}

/// The instructions and the first thing said: every later turn repeats them, no other conversation does.
QByteArray openingOf(const chat::ChatRequest &request)
{
    QCryptographicHash hash(QCryptographicHash::Sha1);
    for (const chat::Message &message : request.messages) {
        for (const Part &part : message.parts) {
            if (const auto *text = std::get_if<chat::TextPart>(&part))
                hash.addData(text->text);
            else if (const auto *media = std::get_if<MediaPart>(&part))
                hash.addData(media->base64 + media->url + media->fileId);
        }
        hash.addData(QByteArrayView("\n"));
        if (message.role != chat::Role::System && message.role != chat::Role::Developer)
            return hash.result();
    }
    return {};
}

} // namespace

RequestContent contentOf(const chat::ChatRequest &request)
{
    RequestContent content;
    content.inputTokens = metering::estimateInputTokens(request);
    content.mostOutputTokens = request.maxOutputTokens;
    content.tools = !request.tools.empty();
    content.images
        = std::any_of(request.messages.begin(), request.messages.end(), [](const chat::Message &message) {
              return std::any_of(message.parts.begin(), message.parts.end(), hasImage);
          });
    content.opening = openingOf(request);
    return content;
}

const RequestContent &RequestFacts::content() const
{
    if (!m_content)
        m_content = look ? look() : RequestContent();
    return *m_content;
}

} // namespace fairlead::routing
