// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/bedrock/ModelFamily.h"

#include <algorithm>
#include <array>

namespace fairlead::wire::bedrock {

namespace {

using enum ReasoningField;

// First match counts. https://docs.aws.amazon.com/bedrock/latest/userguide/ :
// conversation-inference-supported- models-features, prompt-caching, structured-output, and the model
// parameter pages.
constexpr std::array<ModelFamily, 16> kFamilies{{
    {"claude-3", "top_k", Claude, true, true, true, false},
    {"claude-v2", "top_k", None, false, false, false, false},
    {"claude-instant", "top_k", None, false, false, false, false},
    {"claude-sonnet-4-2025", "top_k", Claude, true, true, true, false},
    {"claude-opus-4-2025", "top_k", Claude, true, true, true, false},
    {"claude-opus-4-1", "top_k", Claude, true, true, true, false},
    {"claude", "top_k", Claude, true, true, true, true},
    {"amazon.nova", "inferenceConfig.topK", None, true, false, true, false},
    {"amazon.titan", "", None, false, false, false, false},
    {"openai.", "", Effort, false, false, true, false},
    {"mistral.mistral-7b", "top_k", None, false, false, false, false},
    {"mistral.mixtral", "top_k", None, false, false, false, false},
    {"mistral.", "top_k", None, false, false, true, false},
    {"cohere.command-r", "k", None, false, false, true, false},
    {"cohere.command", "k", None, false, false, false, false},
    {"meta.llama3-8b", "", None, false, false, false, false},
}};

// Everybody else, and what an application's own inference profile hides.
constexpr ModelFamily kOther{"", "", None, false, false, true, false};

constexpr std::array<QByteArrayView, 8> kProfiles{"us.", "eu.", "apac.",   "jp.",
                                                  "au.", "ca.", "global.", "us-gov."};

} // namespace

const ModelFamily &familyOf(QByteArrayView model)
{
    const QByteArray name = model.toByteArray().toLower();
    const auto row = std::find_if(kFamilies.begin(), kFamilies.end(), [&](const ModelFamily &family) {
        return name.contains(family.part);
    });
    return row == kFamilies.end() ? kOther : *row;
}

QByteArray encodedModel(QByteArrayView model)
{
    return model.toByteArray().toPercentEncoding();
}

QByteArray withoutProfile(QByteArrayView model)
{
    for (const QByteArrayView profile : kProfiles) {
        if (model.startsWith(profile))
            return model.sliced(profile.size()).toByteArray();
    }
    return model.toByteArray();
}

} // namespace fairlead::wire::bedrock
