// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/routes/RouteDraft.h"

#include <algorithm>

namespace fairlead::ui {

namespace {

constexpr int kMostSteps = 200;

} // namespace

/// All routes before and after: routes are few and small.
class RouteDraft::Step : public QUndoCommand
{
public:
    Step(RouteDraft &draft, const QString &what, Routes after, int current, int merge)
        : QUndoCommand(what)
        , m_draft(draft)
        , m_before(draft.m_routes)
        , m_currentBefore(draft.m_current)
        , m_after(std::move(after))
        , m_currentAfter(current)
        , m_merge(merge)
    { }

    void undo() override { m_draft.set(m_before, m_currentBefore); }
    void redo() override { m_draft.set(m_after, m_currentAfter); }
    [[nodiscard]] int id() const override { return m_merge; }
    bool mergeWith(const QUndoCommand *other) override
    {
        const auto *later = static_cast<const Step *>(other);
        if (later->m_currentBefore != m_currentAfter)
            return false;
        m_after = later->m_after;
        return true;
    }

private:
    RouteDraft &m_draft;
    Routes m_before;
    int m_currentBefore;
    Routes m_after;
    int m_currentAfter;
    int m_merge;
};

RouteDraft::RouteDraft(QObject *parent)
    : QObject(parent)
{
    m_steps.setUndoLimit(kMostSteps);
}

const config::RouteConfig *RouteDraft::route() const
{
    return m_current < 0 ? nullptr : &m_routes[static_cast<std::size_t>(m_current)];
}

void RouteDraft::setSaved(const Routes &saved)
{
    const bool untouched = !isChanged();
    m_saved = saved;
    if (untouched && m_routes != saved) {
        m_steps.clear(); // its steps were over other routes
        set(saved, std::max(m_current, 0));
        return;
    }
    Q_EMIT changed();
}

void RouteDraft::set(const Routes &routes, int current)
{
    m_routes = routes;
    m_current = std::min(current, static_cast<int>(m_routes.size()) - 1);
    Q_EMIT changed();
}

void RouteDraft::setCurrent(int index)
{
    if (index == m_current || index < 0 || index >= static_cast<int>(m_routes.size()))
        return;
    m_current = index;
    Q_EMIT changed();
}

void RouteDraft::replace(const QString &what, Routes routes, int current, int merge)
{
    if (routes != m_routes)
        m_steps.push(new Step(*this, what, std::move(routes), current, merge));
}

void RouteDraft::change(
    const QString &what, const std::function<void(config::RouteConfig &)> &edit, int merge)
{
    if (m_current < 0)
        return;
    Routes routes = m_routes;
    edit(routes[static_cast<std::size_t>(m_current)]);
    replace(what, std::move(routes), m_current, merge);
}

void RouteDraft::addRoute()
{
    const auto taken = [this](const QByteArray &name) {
        return std::any_of(
            m_routes.begin(), m_routes.end(), [&](const auto &route) { return route.model == name; });
    };
    QByteArray name = "my-route";
    for (int number = 2; taken(name); ++number)
        name = "my-route-" + QByteArray::number(number);
    Routes routes = m_routes;
    config::RouteConfig route;
    route.model = name;
    routes.push_back(std::move(route));
    const int last = static_cast<int>(routes.size()) - 1;
    replace(tr("Add a route"), std::move(routes), last);
}

void RouteDraft::removeRoute()
{
    if (m_current < 0)
        return;
    Routes routes = m_routes;
    routes.erase(routes.begin() + m_current);
    replace(tr("Remove the route"), std::move(routes), m_current);
}

void RouteDraft::discard()
{
    replace(tr("Discard the changes"), m_saved, m_current);
}

} // namespace fairlead::ui
