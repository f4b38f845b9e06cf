// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/PageRegistry.h"

#include "ui/pages/ComparePage.h"
#include "ui/pages/KeysPage.h"
#include "ui/pages/LogPage.h"
#include "ui/pages/ProxyPage.h"
#include "ui/pages/RoutesPage.h"
#include "ui/pages/SpendPage.h"

#include <QCoreApplication>

namespace fairlead::ui {

namespace {

template<typename T>
Page *make(const PageContext &context, QWidget *parent)
{
    return new T(context, parent);
}

} // namespace

QString PageEntry::translatedTitle() const
{
    return QCoreApplication::translate("Pages", title);
}

const std::vector<PageEntry> &pageRegistry()
{
    static const std::vector<PageEntry> pages{
        {"compare", QT_TRANSLATE_NOOP("Pages", "Compare"), "compare", &make<ComparePage>},
        {"keys", QT_TRANSLATE_NOOP("Pages", "Providers & keys"), "keys", &make<KeysPage>},
        {"proxy", QT_TRANSLATE_NOOP("Pages", "Proxy"), "proxy", &make<ProxyPage>},
        {"routes", QT_TRANSLATE_NOOP("Pages", "Routes"), "routes", &make<RoutesPage>},
        {"spend", QT_TRANSLATE_NOOP("Pages", "Spend"), "spend", &make<SpendPage>},
        {"log", QT_TRANSLATE_NOOP("Pages", "Log"), "log", &make<LogPage>},
    };
    return pages;
}

} // namespace fairlead::ui
