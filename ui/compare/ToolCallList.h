// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"

#include <QScrollArea>

#include <vector>

class QLabel;
class QVBoxLayout;

namespace fairlead::ui {

/// The tools a model wants called, as cards: name and arguments as the model wrote them.
class ToolCallList : public QScrollArea
{
    Q_OBJECT
public:
    explicit ToolCallList(QWidget *parent = nullptr);
    void show(const std::vector<chat::ToolCallPart> &calls);

private:
    struct Row {
        QWidget *card;
        QLabel *name;
        QLabel *arguments;
    };
    Row addRow();
    void fitHeight();

    QVBoxLayout *m_layout;
    std::vector<Row> m_rows;
};

} // namespace fairlead::ui
