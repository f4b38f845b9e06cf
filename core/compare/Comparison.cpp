// SPDX-License-Identifier: GPL-3.0-or-later
#include "compare/Comparison.h"

#include <algorithm>

namespace fairlead::compare {

namespace {

const Clock &systemClock()
{
    static const SystemClock clock;
    return clock;
}

chat::Message textMessage(chat::Role role, const QString &text)
{
    chat::TextPart part;
    part.text = text.toUtf8();
    chat::Message message;
    message.role = role;
    message.parts.emplace_back(std::move(part));
    return message;
}

} // namespace

class Comparison::Private
{
public:
    Private(Comparison &owner, gateway::Gateway &gateway, const Clock &clock)
        : q(owner)
        , m_gateway(gateway)
        , m_clock(clock)
    { }

    void noteRunning()
    {
        const bool running
            = std::any_of(m_columns.begin(), m_columns.end(), [](const Column *c) { return c->isRunning(); });
        if (std::exchange(m_running, running) != running)
            Q_EMIT q.runningChanged();
    }

    Comparison &q;
    gateway::Gateway &m_gateway;
    const Clock &m_clock;
    std::vector<Column *> m_columns; // our QObject children, in order
    std::optional<chat::ChatRequest> m_request;
    bool m_running = false;
};

Comparison::Comparison(gateway::Gateway &gateway, QObject *parent)
    : Comparison(gateway, systemClock(), parent)
{ }

Comparison::Comparison(gateway::Gateway &gateway, const Clock &clock, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(*this, gateway, clock))
{ }

Comparison::~Comparison() = default;

int Comparison::columnCount() const
{
    return static_cast<int>(d->m_columns.size());
}

Column *Comparison::column(int index) const
{
    return index >= 0 && index < columnCount() ? d->m_columns[static_cast<std::size_t>(index)] : nullptr;
}

int Comparison::indexOf(const Column *column) const
{
    const auto it = std::find(d->m_columns.begin(), d->m_columns.end(), column);
    return it == d->m_columns.end() ? -1 : static_cast<int>(it - d->m_columns.begin());
}

Column *Comparison::addColumn(const QByteArray &modelName)
{
    if (columnCount() >= kMostColumns)
        return nullptr;
    auto *column = new Column(d->m_gateway, modelName, d->m_clock, this);
    connect(column, &Column::stateChanged, this, [this] { d->noteRunning(); });
    d->m_columns.push_back(column);
    Q_EMIT columnAdded(columnCount() - 1);
    return column;
}

void Comparison::removeColumn(int index)
{
    Column *column = this->column(index);
    if (!column)
        return;
    d->m_columns.erase(d->m_columns.begin() + index);
    Q_EMIT columnRemoved(index);
    column->disconnect(this);
    column->clear(); // stops it now; the object itself may be on the call stack
    column->deleteLater();
    d->noteRunning();
}

void Comparison::moveColumn(int from, int to)
{
    if (!column(from) || !column(to) || from == to)
        return;
    Column *moved = column(from);
    d->m_columns.erase(d->m_columns.begin() + from);
    d->m_columns.insert(d->m_columns.begin() + to, moved);
    Q_EMIT columnMoved(from, to);
}

void Comparison::send(const QString &prompt, const QString &systemPrompt)
{
    chat::ChatRequest request;
    if (!systemPrompt.trimmed().isEmpty())
        request.messages.push_back(textMessage(chat::Role::System, systemPrompt));
    request.messages.push_back(textMessage(chat::Role::User, prompt));
    request.stream = true;
    request.includeUsage = true;
    d->m_request = std::move(request);
    rerunAll();
}

void Comparison::rerun(int index)
{
    if (Column *column = this->column(index); column && d->m_request)
        column->ask(*d->m_request);
}

void Comparison::rerunAll()
{
    for (int i = 0; i < columnCount(); ++i)
        rerun(i);
}

void Comparison::rerunFailed()
{
    for (int i = 0; i < columnCount(); ++i) {
        if (column(i)->state() == Column::State::Failed)
            rerun(i);
    }
}

void Comparison::stopAll()
{
    for (int i = 0; i < columnCount(); ++i)
        column(i)->stop();
}

bool Comparison::isRunning() const
{
    return d->m_running;
}

int Comparison::failedCount() const
{
    return static_cast<int>(std::count_if(d->m_columns.begin(), d->m_columns.end(), [](const Column *c) {
        return c->state() == Column::State::Failed;
    }));
}

bool Comparison::hasPrompt() const
{
    return d->m_request.has_value();
}

} // namespace fairlead::compare
