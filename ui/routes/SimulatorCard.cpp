// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/routes/SimulatorCard.h"

#include "ui/Format.h"
#include "ui/Theme.h"
#include "ui/routes/MoveModel.h"
#include "ui/widgets/DataTable.h"
#include "ui/widgets/StatTile.h"

#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPointer>
#include <QVBoxLayout>

namespace fairlead::ui {

using routing::Simulation;

namespace {

constexpr std::chrono::milliseconds kPause{250}; // while somebody types, nothing is asked

} // namespace

SimulatorCard::SimulatorCard(gateway::Gateway &gateway, QWidget *parent)
    : Card(parent)
    , m_gateway(gateway)
    , m_days(new QComboBox(this))
    , m_requests(new StatTile(tr("Requests"), this))
    , m_moved(new StatTile(tr("Would go elsewhere"), this))
    , m_cost(new StatTile(tr("Would cost"), this))
    , m_first(new StatTile(tr("First token"), this))
    , m_notes(new QLabel(this))
    , m_moves(new MoveModel(this))
    , m_table(new DataTable(tr("Requests that would go elsewhere"), this))
{
    auto *title = new QLabel(tr("What if"), this);
    Theme::setType(title, Theme::Type::Section);
    m_days->setObjectName(QStringLiteral("simulator.days"));
    m_days->setAccessibleName(tr("Which requests to try it on"));
    for (const int days : {1, 7, 30})
        m_days->addItem(tr("Last %n day(s)", nullptr, days), days);
    m_days->setCurrentIndex(1);
    auto *head = new QHBoxLayout;
    head->addWidget(title, 1);
    head->addWidget(m_days);

    auto *tiles = new QGridLayout;
    tiles->setSpacing(Theme::space(this, 8));
    tiles->addWidget(m_requests, 0, 0);
    tiles->addWidget(m_moved, 0, 1);
    tiles->addWidget(m_cost, 1, 0);
    tiles->addWidget(m_first, 1, 1);
    m_requests->setObjectName(QStringLiteral("simulator.requests"));
    m_moved->setObjectName(QStringLiteral("simulator.moved"));
    m_cost->setObjectName(QStringLiteral("simulator.cost"));
    m_first->setObjectName(QStringLiteral("simulator.first"));
    m_notes->setObjectName(QStringLiteral("simulator.notes"));
    m_notes->setWordWrap(true);

    m_table->setModel(m_moves);
    m_table->setColumns(
        {{QString(), true},
         {QString(), true},
         {QStringLiteral("Requests")},
         {QStringLiteral("$0.00000")},
         {QStringLiteral("$0.00000")}});
    m_table->setNothing(tr("Every request would go where it went."));
    content()->setSpacing(Theme::space(this, 12));
    content()->addLayout(head);
    content()->addLayout(tiles);
    content()->addWidget(m_notes);
    content()->addWidget(m_table, 1);

    m_pause.setSingleShot(true);
    m_pause.setInterval(kPause);
    connect(&m_pause, &QTimer::timeout, this, &SimulatorCard::ask);
    connect(m_days, &QComboBox::currentIndexChanged, this, &SimulatorCard::ask);
    applyTheme();
}

int SimulatorCard::days() const
{
    return m_days->currentData().toInt();
}

void SimulatorCard::setRoute(const config::RouteConfig *route)
{
    const auto next = route ? std::optional(*route) : std::nullopt;
    if (next == m_route)
        return;
    m_route = next;
    m_pause.start();
}

void SimulatorCard::ask()
{
    m_pause.stop();
    const quint64 question = ++m_asked;
    if (!m_route || m_route->targets.empty()) {
        display(Simulation());
        return;
    }
    ++m_waiting;
    m_gateway.simulateRoute(*m_route, days(), this, [this, question](const Result<Simulation> &result) {
        --m_waiting;
        if (question == m_asked)
            say(result);
    });
}

void SimulatorCard::say(const Result<Simulation> &result)
{
    if (result) {
        display(*result);
        return;
    }
    display(Simulation());
    m_notes->setText(QString::fromUtf8(result.error().message()));
    m_notes->show();
}

void SimulatorCard::display(const Simulation &result)
{
    m_moves->apply(result);
    m_table->setNothing(
        result.requests == 0 ? tr("Nobody asked for this route in that time.")
                             : tr("Every request would go where it went."));
    m_requests->setValue(format::count(result.requests));
    m_requests->setRemark(tr("asked for this route"));
    m_moved->setValue(result.requests ? format::count(result.moved) : format::unknown());
    m_moved->setRemark(
        result.requests ? tr("%1 % of them").arg(100 * result.moved / result.requests) : QString());
    const bool priced = result.requests > result.unpriced;
    m_cost->setValue(
        priced ? format::money(result.would) : format::unknown(),
        priced ? tr("An estimate: other models write other answers.") : tr("No price is known."));
    m_cost->setRemark(priced ? tr("was %1").arg(format::money(result.was)) : QString());
    const bool timed = result.firstTokenWas && result.firstTokenWould;
    m_first->setValue(
        timed ? format::duration(std::chrono::microseconds(*result.firstTokenWould)) : format::unknown(),
        timed ? tr("Half of the answers would have begun by then, as measured of their targets.")
              : tr("Not measured yet of these targets."));
    m_first->setRemark(
        timed ? tr("was %1").arg(format::duration(std::chrono::microseconds(*result.firstTokenWas)))
              : QString());

    QStringList notes;
    if (result.refused > 0)
        notes += tr("%n request(s) would fit no target.", nullptr, result.refused);
    if (result.undecided > 0)
        notes += tr("Headers, tools and images are not kept, so conditions on them count as not met.");
    if (result.cacheLost > 0)
        notes += tr("%1 tokens came from a warm cache and would not.").arg(format::tokens(result.cacheLost));
    if (result.unpriced > 0 && priced)
        notes += tr("%n request(s) without a known price are left out.", nullptr, result.unpriced);
    m_notes->setText(notes.join(QLatin1Char(' ')));
    m_notes->setVisible(!notes.isEmpty());
}

void SimulatorCard::applyTheme()
{
    Theme::setMuted(m_notes);
}

void SimulatorCard::changeEvent(QEvent *event)
{
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyTheme();
}

} // namespace fairlead::ui
