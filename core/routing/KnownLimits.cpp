// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/KnownLimits.h"

#include "base/Logging.h"

#include <algorithm>
#include <array>

namespace fairlead::routing {

namespace {

constexpr qsizetype kMostModels = 4096;

// What a request can do without (or, with the two caps on the output, say in other words). Never the
// messages, the tools or the format of the answer.
constexpr std::array kOptional{
    QByteArrayView("temperature"),
    QByteArrayView("top_p"),
    QByteArrayView("top_k"),
    QByteArrayView("presence_penalty"),
    QByteArrayView("frequency_penalty"),
    QByteArrayView("logprobs"),
    QByteArrayView("top_logprobs"),
    QByteArrayView("logit_bias"),
    QByteArrayView("seed"),
    QByteArrayView("stop"),
    QByteArrayView("parallel_tool_calls"),
    QByteArrayView("reasoning_effort"),
    QByteArrayView("verbosity"),
    QByteArrayView("service_tier"),
    QByteArrayView("metadata"),
    QByteArrayView("store"),
    QByteArrayView("max_tokens"),
    QByteArrayView("max_completion_tokens"),
};

QByteArray keyOf(const Target &target)
{
    return target.provider->id + '/' + target.model;
}

/// OpenAI's codes, or (code null, as seen for temperature) the words that go with them.
bool saysUnsupported(const chat::Failure &failure)
{
    if (failure.code == "unsupported_parameter" || failure.code == "unsupported_value")
        return true;
    const QByteArray words = failure.message.toLower();
    return words.contains("unsupported") || words.contains("not support");
}

bool isRole(const QByteArray &param)
{
    return param.startsWith("messages[") && param.endsWith("].role");
}

bool add(ModelLimits &limits, const QByteArray &param)
{
    if (std::find(kOptional.begin(), kOptional.end(), QByteArrayView(param)) == kOptional.end())
        return false;
    const bool known = std::any_of(
        limits.refused.begin(), limits.refused.end(), [&](const auto &field) { return field.name == param; });
    if (known)
        return false;
    ModelLimits::Field field;
    field.name = param;
    field.learnt = true;
    limits.refused.push_back(std::move(field));
    return true;
}

bool addRole(ModelLimits &limits, const QByteArray &message)
{
    // A model that has neither role cannot be helped.
    if (limits.noSystemRole || limits.noDeveloperRole)
        return false;
    limits.noSystemRole = message.contains("'system'");
    limits.noDeveloperRole = !limits.noSystemRole && message.contains("'developer'");
    return limits.noSystemRole || limits.noDeveloperRole;
}

} // namespace

std::shared_ptr<const ModelLimits> KnownLimits::fromCatalogue(const Target &target) const
{
    const auto *facts = m_prices ? m_prices->facts(target.provider->priceProvider, target.model) : nullptr;
    if (!facts || facts->refuses.empty())
        return nullptr;
    auto limits = std::make_shared<ModelLimits>();
    for (const QByteArray &name : facts->refuses) {
        ModelLimits::Field field;
        field.name = name;
        limits->refused.push_back(std::move(field));
    }
    return limits;
}

std::shared_ptr<const ModelLimits> KnownLimits::of(const Target &target)
{
    if (m_latest.provider == target.provider && m_latest.model == target.model) // mostly
        return m_latest.limits;
    auto limits = lookUp(target);
    m_latest = Latest{target.provider, target.model, limits};
    return limits;
}

std::shared_ptr<const ModelLimits> KnownLimits::lookUp(const Target &target)
{
    const QByteArray key = keyOf(target);
    const auto known = m_known.constFind(key);
    if (known != m_known.cend())
        return *known;
    if (m_known.size() >= kMostModels)
        m_known.clear();
    return *m_known.insert(key, fromCatalogue(target));
}

bool KnownLimits::learn(const Target &target, const chat::Failure &failure)
{
    if (failure.failureClass != chat::FailureClass::CallerFault || failure.status != 400
        || failure.param.isEmpty() || !saysUnsupported(failure))
        return false;
    const auto before = of(target);
    auto limits = before ? std::make_shared<ModelLimits>(*before) : std::make_shared<ModelLimits>();
    const bool isNew
        = isRole(failure.param) ? addRole(*limits, failure.message) : add(*limits, failure.param);
    if (!isNew)
        return false;
    qCInfo(lcRoute).noquote() << "learnt:" << keyOf(target) << "refuses" << failure.param;
    m_known.insert(keyOf(target), std::move(limits));
    m_latest = Latest();
    return true;
}

} // namespace fairlead::routing
