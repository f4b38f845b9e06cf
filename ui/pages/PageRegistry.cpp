// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/PageRegistry.h"

#include <QCoreApplication>

namespace fairlead::ui
{

namespace
{

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
    static const std::vector<PageEntry> pages{};
    return pages;
}

} // namespace fairlead::ui
