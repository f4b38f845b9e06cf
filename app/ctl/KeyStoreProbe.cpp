// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/KeyStoreProbe.h"

#include "secrets/KeychainStore.h"
#include "secrets/MemoryStore.h"

namespace fairlead::app {

QByteArray KeyStoreState::words() const
{
    QByteArray text = info.name.toUtf8();
    if (locked)
        text += " (locked: unlock it to use the keys in it)";
    if (!info.reason.isEmpty())
        text += ": " + info.reason.toUtf8();
    return text;
}

void KeyStoreState::writeJson(json::Writer &writer) const
{
    writer.beginObject()
        .member("kind", keepsKeys() ? "keychain" : "memory")
        .member("name", info.name.toUtf8());
    writer.memberBoolean("persistent", info.persistent).memberBoolean("locked", locked);
    writer.member("reason", info.reason.toUtf8()).endObject();
}

KeyStoreState probeKeyStore()
{
    SystemClock clock;
    secrets::KeychainStore keychain(clock);
    const Result<> works = QCoro::waitFor(keychain.probe());
    KeyStoreState state;
    state.locked = !works && works.error().kind() == ErrorKind::Denied;
    if (works || state.locked)
        state.info = keychain.info();
    else
        state.info = secrets::MemoryStore(QString::fromUtf8(works.error().message())).info();
    return state;
}

} // namespace fairlead::app
