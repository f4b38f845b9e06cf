// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProcess>
#include <QTemporaryDir>

namespace fairlead::test {

/// A Secret Service of this test's own: a private D-Bus with gnome-keyring on it, everything in a temporary
/// directory, no display. The environment of this process is pointed at it, so make it before the first use
/// of D-Bus, and at most one. Both end with this object and, by the kernel's word, with this process.
class SecretService
{
public:
    SecretService();
    ~SecretService();
    Q_DISABLE_COPY_MOVE(SecretService)

    /// Empty if it runs, or what went wrong.
    [[nodiscard]] QString problem() const { return m_problem; }
    /// The directory where all of it keeps its files.
    [[nodiscard]] QString directory() const { return m_directory.path(); }

    /// How many entries the keyring holds.
    [[nodiscard]] qsizetype entryCount() const;
    /// Locks and unlocks the keyring, as a screen lock and a login do.
    [[nodiscard]] bool lock();
    [[nodiscard]] bool unlock();
    /// Holds the keyring as if it waited for somebody at a prompt, and lets it go on.
    void pause();
    void resume();
    /// Ends the keyring: the bus stays, nobody answers.
    void stop();

private:
    [[nodiscard]] bool startBus();
    [[nodiscard]] bool startKeyring();

    QTemporaryDir m_directory;
    QProcess m_bus;
    QProcess m_keyring;
    QString m_problem;
};

} // namespace fairlead::test
