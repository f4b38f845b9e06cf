// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QIODevice>

namespace fairlead::net {

/// A request body that can be read once. Qt 6.4's own back end sends a request again, unseen, when the
/// connection drops before an answer; a body that neither seeks nor resets makes it give up instead
/// (ContentReSendError), which is what a request that costs money needs. Goes with
/// DoNotBufferUploadDataAttribute and a Content-Length.
class OneShotBody final : public QIODevice
{
    Q_OBJECT
public:
    explicit OneShotBody(QByteArray bytes, QObject *parent = nullptr);

    [[nodiscard]] bool isSequential() const override { return true; }
    [[nodiscard]] qint64 bytesAvailable() const override;
    [[nodiscard]] bool atEnd() const override { return bytesAvailable() == 0; }
    [[nodiscard]] bool seek(qint64) override { return false; }
    [[nodiscard]] bool reset() override { return false; }

protected:
    qint64 readData(char *data, qint64 most) override;
    qint64 writeData(const char *, qint64) override { return -1; }

private:
    QByteArray m_bytes;
    qsizetype m_offset = 0;
};

} // namespace fairlead::net
