// SPDX-License-Identifier: GPL-3.0-or-later
#include "secrets/SecretService.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusMetaType>
#include <QDBusObjectPath>
#include <QDBusPendingCallWatcher>
#include <QDBusReply>

#include <memory>

namespace fairlead::secrets {

namespace {

using Attributes = QMap<QString, QString>;

QDBusMessage call(const QString &path, const QString &interface, const QString &method)
{
    return QDBusMessage::createMethodCall(QStringLiteral("org.freedesktop.secrets"), path, interface, method);
}

Task<QDBusMessage> send(QDBusMessage message)
{
    const auto answer = std::make_shared<Promise<QDBusMessage>>();
    const QDBusPendingCall pending = QDBusConnection::sessionBus().asyncCall(message);
    auto *watcher = new QDBusPendingCallWatcher(pending);
    QObject::connect(
        watcher, &QDBusPendingCallWatcher::finished, watcher, [answer](QDBusPendingCallWatcher *self) {
            self->deleteLater();
            answer->resolve(self->reply());
        });
    const QDBusMessage reply = co_await answer->wait();
    co_return reply;
}

Task<bool> isDefaultCollectionLocked()
{
    QDBusMessage ask = call(
        QStringLiteral("/org/freedesktop/secrets/aliases/default"),
        QStringLiteral("org.freedesktop.DBus.Properties"), QStringLiteral("Get"));
    ask << QStringLiteral("org.freedesktop.Secret.Collection") << QStringLiteral("Locked");
    const QDBusMessage answer = co_await send(ask);
    const QDBusReply<QVariant> locked(answer);
    co_return locked.isValid() && locked.value().toBool();
}

} // namespace

Task<bool> isLockedAway(QString service, QString name)
{
    if (!QDBusConnection::sessionBus().isConnected())
        co_return false;
    qDBusRegisterMetaType<Attributes>();
    Attributes attributes;
    attributes.insert(QStringLiteral("server"), service);
    attributes.insert(QStringLiteral("user"), name);
    QDBusMessage search = call(
        QStringLiteral("/org/freedesktop/secrets"), QStringLiteral("org.freedesktop.Secret.Service"),
        QStringLiteral("SearchItems"));
    search << QVariant::fromValue(attributes);
    const QDBusMessage found = co_await send(search);
    const QList<QVariant> lists = found.arguments();
    if (found.type() != QDBusMessage::ReplyMessage || lists.size() != 2)
        co_return false;
    const auto open = qdbus_cast<QList<QDBusObjectPath>>(lists.at(0));
    const auto locked = qdbus_cast<QList<QDBusObjectPath>>(lists.at(1));
    if (!open.isEmpty())
        co_return false;
    if (!locked.isEmpty())
        co_return true;
    // Some services cannot search what is locked.
    const bool unknown = co_await isDefaultCollectionLocked();
    co_return unknown;
}

} // namespace fairlead::secrets
