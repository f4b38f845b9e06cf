// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/Translations.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>

namespace fairlead::app {

void installPlurals(QCoreApplication &application)
{
    auto *plurals = new QTranslator(&application);
    if (plurals->load(QStringLiteral(":/i18n/fairlead_en.qm")))
        QCoreApplication::installTranslator(plurals);
    else
        delete plurals;
}

void installTranslations(QCoreApplication &application)
{
    installPlurals(application); // first, so that every other language comes before it
    const struct {
        QString name;
        QString folder;
    } sources[]{
        {QStringLiteral("qtbase"), QLibraryInfo::path(QLibraryInfo::TranslationsPath)},
        {QStringLiteral("fairlead"), QStringLiteral(":/i18n")},
        {QStringLiteral("fairlead"),
         QCoreApplication::applicationDirPath() + QStringLiteral("/../share/fairlead/translations")},
    };
    for (const auto &source : sources) {
        auto *translator = new QTranslator(&application);
        if (translator->load(QLocale(), source.name, QStringLiteral("_"), source.folder))
            QCoreApplication::installTranslator(translator);
        else
            delete translator;
    }
}

} // namespace fairlead::app
