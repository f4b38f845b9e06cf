// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

namespace fairlead::test {

/// What one run of a command left behind.
struct Outcome {
    int exitCode = -1;
    QByteArray out;
    QByteArray err;
    /// The output as JSON; an empty object if it is none.
    [[nodiscard]] QJsonObject json() const;
};

/// A user's home of its own: config, data and nothing else; no keychain.
class Home
{
public:
    Home();

    [[nodiscard]] QString path(const QString &name) const { return m_dir.filePath(name); }
    [[nodiscard]] QString configPath() const;
    void writeConfig(const QByteArray &json) const;
    [[nodiscard]] QProcessEnvironment environment() const { return m_environment; }
    void setVariable(const QString &name, const QString &value) { m_environment.insert(name, value); }

    /// Runs fairleadctl to its end.
    [[nodiscard]] Outcome run(const QStringList &arguments, const QByteArray &input = QByteArray()) const;
    /// True if any file below holds these bytes.
    [[nodiscard]] bool holds(const QByteArray &bytes) const;

private:
    QTemporaryDir m_dir;
    QProcessEnvironment m_environment;
};

/// A running `fairleadctl serve` on a free port.
class ServerProcess
{
public:
    explicit ServerProcess(const Home &home, const QStringList &arguments = {});
    ~ServerProcess();
    Q_DISABLE_COPY_MOVE(ServerProcess)

    /// What it said on standard output until it listened.
    [[nodiscard]] QByteArray announcement() const { return m_announcement; }
    [[nodiscard]] QString url() const;
    /// The token of the first start.
    [[nodiscard]] QByteArray token();
    [[nodiscard]] QByteArray log();

    void send(int signal) const;
    /// -1 if it does not end in time or crashes.
    [[nodiscard]] int waitForExit();
    [[nodiscard]] QByteArray lastOutput() { return m_process.readAllStandardOutput(); }

    struct Answer {
        int status = 0;
        QByteArray body;
        QByteArray requestId;
    };
    [[nodiscard]] Answer get(const QString &path, const QByteArray &token) const;
    [[nodiscard]] Answer chat(const QByteArray &model, const QByteArray &token) const;

private:
    QProcess m_process;
    QByteArray m_announcement;
    QByteArray m_log;
};

} // namespace fairlead::test
