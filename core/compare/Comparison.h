// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "chat/ChatAnswer.h"
#include "gateway/Gateway.h"

#include <QObject>
#include <QString>

#include <memory>
#include <optional>
#include <vector>

namespace fairlead::compare {

/// One model asked beside others: its conversation, its running answer and its figures. Text arrives as
/// signals, so that a view can append instead of re-laying what stands.
class Column : public QObject
{
    Q_OBJECT
public:
    enum class State { Idle, Waiting, Thinking, Streaming, Done, Failed, Stopped };

    /// Figures of the last answer; nullopt = not known (yet).
    struct Figures {
        std::optional<std::chrono::microseconds> firstText; ///< first visible token
        std::optional<std::chrono::microseconds> total;
        std::optional<std::chrono::microseconds>
            thinking; ///< from the first reasoning to the first visible token
        std::optional<double> tokensPerSecond;
        std::optional<std::int64_t> inputTokens, outputTokens, reasoningTokens;
        std::optional<NanoUsd> cost;
        QByteArray finishReason;
        QByteArray provider, model; ///< who served
        QByteArray requestId;
        bool estimated = false;
    };

    /// More answer text than this is not an answer any more: it is stopped and told.
    static constexpr qsizetype kMostTextBytes = 8 * 1024 * 1024;

    Column(gateway::Gateway &gateway, QByteArray modelName, const Clock &clock, QObject *parent = nullptr);
    ~Column() override;

    [[nodiscard]] QByteArray modelName() const;
    void setModelName(const QByteArray &name);
    [[nodiscard]] State state() const;
    [[nodiscard]] bool isRunning() const; ///< waiting, thinking or streaming
    /// How long it has been thinking, or thought; nullopt if it did not.
    [[nodiscard]] std::optional<std::chrono::microseconds> thinkingTime() const;
    [[nodiscard]] const Figures &figures() const;
    [[nodiscard]] QByteArray text() const; ///< UTF-8 Markdown of the last answer so far
    [[nodiscard]] QByteArray reasoningText() const;
    [[nodiscard]] std::vector<chat::ToolCallPart> toolCalls() const;
    [[nodiscard]] QString errorText() const; ///< for Failed: what happened and what to do

    void ask(const chat::ChatRequest &request); ///< model is filled in; a running answer is stopped first
    void stop();
    void clear();

Q_SIGNALS:
    void stateChanged();
    void textAppended(const QByteArray &utf8);
    void reasoningAppended(const QByteArray &utf8);
    void toolCallsChanged();
    void figuresChanged();
    void cleared();
    void modelNameChanged();

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// A comparison: one prompt (and system prompt), 2 to 6 columns.
class Comparison : public QObject
{
    Q_OBJECT
public:
    static constexpr int kMostColumns = 6;

    explicit Comparison(gateway::Gateway &gateway, QObject *parent = nullptr);
    Comparison(gateway::Gateway &gateway, const Clock &clock, QObject *parent = nullptr);
    ~Comparison() override;

    [[nodiscard]] int columnCount() const;
    [[nodiscard]] Column *column(int index) const;
    [[nodiscard]] int indexOf(const Column *column) const; ///< -1 if it is not one of ours
    /// nullptr when full.
    Column *addColumn(const QByteArray &modelName);
    void removeColumn(int index);
    void moveColumn(int from, int to);

    /// Asks every column at once.
    void send(const QString &prompt, const QString &systemPrompt);
    /// Asks one column, or only those that failed, again with the last prompt.
    void rerun(int index);
    void rerunAll();
    void rerunFailed();
    void stopAll();
    [[nodiscard]] bool isRunning() const;
    [[nodiscard]] int failedCount() const;
    [[nodiscard]] bool hasPrompt() const; ///< something was sent already

Q_SIGNALS:
    void columnAdded(int index);
    /// The column is still alive, but not in the list any more.
    void columnRemoved(int index);
    void columnMoved(int from, int to);
    void runningChanged();

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace fairlead::compare
