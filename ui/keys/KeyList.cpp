// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/keys/KeyList.h"

#include "ui/Format.h"
#include "ui/Icons.h"
#include "ui/Theme.h"
#include "ui/models/ProviderListModel.h"
#include "ui/widgets/ElidedLabel.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QToolButton>

namespace fairlead::ui {

using secrets::KeyRef;
using secrets::KeyStatus;

KeyList::KeyList(QWidget *parent)
    : QWidget(parent)
    , m_rows(new QVBoxLayout(this))
{
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setSpacing(Theme::space(this, 8));
    setAccessibleName(tr("Stored keys"));
}

void KeyList::setKeys(const gateway::ProviderInfo &provider, const secrets::StoreInfo &store)
{
    while (QLayoutItem *item = m_rows->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    m_places.clear();
    for (const KeyStatus &key : provider.keys)
        addRow(key, store);
    setVisible(!provider.keys.empty());
}

void KeyList::addRow(const KeyStatus &key, const secrets::StoreInfo &store)
{
    const bool stored = key.state != KeyStatus::State::Missing;
    const bool fromEnvironment = key.ref.source == KeyRef::Source::Environment;
    auto *row = new QWidget(this);
    auto *layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::space(this, 12));

    auto *hint = new ElidedLabel(key.hint.isEmpty() ? format::unknown() : key.hint, row);
    hint->setFont(Theme::fixedFont(this));
    hint->setTip(key.hint.isEmpty() ? key.detail : QString());
    const QString place = fromEnvironment ? tr("from the variable %1").arg(key.ref.name)
                          : !stored       ? tr("looked for in %1 as “%2”").arg(store.name, key.ref.name)
                          : !store.persistent ? tr("not kept anywhere")
                                              : tr("in %1").arg(store.name);
    auto *where = new ElidedLabel(place, row);
    Theme::setMuted(where);
    m_places.push_back(where);
    const StateWords words = stateOf(key, store);
    auto *state = new Chip(words.words, words.tone, row);
    state->setToolTip(words.tip);
    layout->addWidget(hint);
    layout->addWidget(where, 1);
    layout->addWidget(state);

    auto *remove = new QToolButton(row);
    remove->setObjectName(QStringLiteral("keys.remove"));
    remove->setIcon(icons::icon(QStringLiteral("trash")));
    remove->setAutoRaise(true);
    remove->setAccessibleName(tr("Remove key %1").arg(key.hint));
    remove->setEnabled(stored && !fromEnvironment);
    remove->setToolTip(
        fromEnvironment ? tr("It comes from the environment: unset %1 there").arg(key.ref.name)
                        : tr("Remove this key"));
    const KeyRef ref = key.ref;
    const QString shown = key.hint;
    connect(remove, &QToolButton::clicked, this, [this, ref, shown] { Q_EMIT removalWanted(ref, shown); });
    layout->addWidget(remove);
    m_rows->addWidget(row);
}

void KeyList::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        for (QWidget *place : m_places)
            Theme::setMuted(place);
    }
}

} // namespace fairlead::ui
