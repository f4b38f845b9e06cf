// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <memory>

class QSocketNotifier;

namespace fairlead::app {

/// SIGTERM, SIGINT and SIGHUP, told in the event loop. The first SIGTERM or SIGINT asks to end; the second
/// ends the process at once, whatever it is doing. One at a time; with it goes what it changed.
class UnixSignals : public QObject
{
    Q_OBJECT
public:
    explicit UnixSignals(QObject *parent = nullptr);
    ~UnixSignals() override;

Q_SIGNALS:
    void endAsked();
    void reloadAsked();

private:
    void read();
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace fairlead::app
