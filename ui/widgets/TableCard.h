// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/Card.h"

class QHBoxLayout;
class QLabel;

namespace fairlead::ui {

class DataTable;

/// A card around a table, with a title and the table's buttons above it.
class TableCard : public Card
{
    Q_OBJECT
public:
    TableCard(const QString &title, DataTable *table, QWidget *parent = nullptr);

    [[nodiscard]] QLabel *title() const { return m_title; }
    void addTool(QWidget *tool);

private:
    QLabel *m_title;
    QHBoxLayout *m_head;
};

} // namespace fairlead::ui
