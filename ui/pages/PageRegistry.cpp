// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/PageRegistry.h"

#include "ui/pages/ComparePage.h"

#include <QCoreApplication>

namespace fairlead::ui {

namespace {

template <typename T> Page *make(const PageContext &context, QWidget *parent)
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
    };
    return pages;
}

} // namespace fairlead::ui
