// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/RouteConfig.h"

#include <QObject>
#include <QUndoStack>

#include <functional>

namespace fairlead::ui {

/// The routes as somebody is changing them, with every step back. Nothing is in force before it is saved.
class RouteDraft : public QObject
{
    Q_OBJECT
public:
    using Routes = std::vector<config::RouteConfig>;

    explicit RouteDraft(QObject *parent = nullptr);

    /// What is in force. Taken over where nothing was changed here; changes of one's own stay.
    void setSaved(const Routes &saved);

    [[nodiscard]] const Routes &routes() const { return m_routes; }
    [[nodiscard]] int current() const { return m_current; }
    /// Null if there is no route.
    [[nodiscard]] const config::RouteConfig *route() const;
    [[nodiscard]] bool isChanged() const { return m_routes != m_saved; }
    void setCurrent(int index);

    /// Changes the current route; `what` names the step for the undo button. The same `merge` (>= 0) again
    /// and again makes one step: typing, say.
    void change(const QString &what, const std::function<void(config::RouteConfig &)> &edit, int merge = -1);
    void addRoute();
    void removeRoute();
    /// Back to what is in force.
    void discard();
    [[nodiscard]] QUndoStack *steps() { return &m_steps; }

Q_SIGNALS:
    void changed();

private:
    class Step;
    void replace(const QString &what, Routes routes, int current, int merge = -1);
    void set(const Routes &routes, int current);

    Routes m_saved;
    Routes m_routes;
    int m_current = -1;
    QUndoStack m_steps;
};

} // namespace fairlead::ui
