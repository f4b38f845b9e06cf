// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "json/View.h"

#include <QByteArray>

#include <vector>

namespace fairlead::providers {

/// How one demo model behaves: a row of a table.
struct DemoModel {
    enum class Failure { Never, EverySecond, Always };
    QByteArray name;
    QByteArray manner; ///< which of the prepared texts it gives
    milliseconds firstToken{0};
    milliseconds perToken{0};
    bool thinks = false;
    bool callsTools = false;
    Failure failure = Failure::Never;
};

[[nodiscard]] const std::vector<DemoModel> &demoModels();
[[nodiscard]] const DemoModel *findDemoModel(QByteArrayView name);
/// What the models that fail on purpose say, and those that are there to help out.
[[nodiscard]] QByteArray demoSixtyWords();

/// What a demo model answers to one request, in OpenAI's chat dialect
/// (https://platform.openai.com/docs/api-reference/chat). A pure function of model and request.
class DemoScript
{
public:
    DemoScript(const DemoModel &model, json::View request);

    [[nodiscard]] bool wantsStream() const { return m_stream; }
    [[nodiscard]] QByteArray wholeAnswer() const;
    /// The server-sent events of the streamed answer, [DONE] included; one per pause.
    [[nodiscard]] std::vector<QByteArray> chunks() const;

private:
    [[nodiscard]] QByteArray chunk(const QByteArray &deltaJson, QByteArrayView finishReason) const;
    [[nodiscard]] QByteArray usageJson() const;
    void callTool(json::View tool);

    QByteArray m_model;
    QByteArray m_id;
    QByteArray m_text;
    QByteArray m_reasoning;
    QByteArray m_toolName;
    QByteArray m_toolArguments;
    qint64 m_promptTokens = 0;
    bool m_stream = false;
    bool m_includeUsage = false;
};

} // namespace fairlead::providers
