// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

namespace fairlead::test {

/// A connection of somebody else to the same file.
class Stranger
{
public:
    explicit Stranger(const QString &file)
    {
        m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("stranger"));
        m_database.setDatabaseName(file);
        if (!m_database.open())
            qFatal("cannot open the test's own connection");
    }
    ~Stranger()
    {
        m_database.close();
        m_database = QSqlDatabase();
        QSqlDatabase::removeDatabase(QStringLiteral("stranger"));
    }
    Q_DISABLE_COPY_MOVE(Stranger)
    QVariant exec(const QString &sql)
    {
        QSqlQuery query(m_database);
        if (!query.exec(sql))
            qFatal("the test's own statement failed");
        return query.next() ? query.value(0) : QVariant();
    }

private:
    QSqlDatabase m_database;
};

} // namespace fairlead::test
