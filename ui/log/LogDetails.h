// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metering/LedgerRecord.h"

#include <QWidget>

#include <memory>

class QGridLayout;
class QLabel;
class QVBoxLayout;

namespace fairlead::metering {
class PriceBook;
}

namespace fairlead::ui {

class Chip;
class CopyField;
class ElidedLabel;
class InlineMessage;

/// One request of the log: what became of it, its receipt, its times, its attempts.
class LogDetails : public QWidget
{
    Q_OBJECT
public:
    explicit LogDetails(QWidget *parent = nullptr);
    ~LogDetails() override;

    void setRecord(const metering::LedgerRecord &record);
    [[nodiscard]] QByteArray requestId() const { return m_record.id; }
    [[nodiscard]] CopyField *idField() const { return m_id; }

protected:
    void changeEvent(QEvent *event) override;

private:
    void fill();
    void fillReceipt();
    void fillTimes();
    void fillAttempts();
    [[nodiscard]] QGridLayout *section(const QString &title);
    QLabel *
    put(QGridLayout *grid, int row, int column, const QString &text, bool muted = false,
        Qt::Alignment align = Qt::AlignLeft);

    metering::LedgerRecord m_record;
    std::shared_ptr<const metering::PriceBook> m_prices;
    Chip *m_status;
    ElidedLabel *m_model;
    ElidedLabel *m_when;
    InlineMessage *m_message;
    QVBoxLayout *m_body;
    QWidget *m_sections = nullptr;
    CopyField *m_id;
};

} // namespace fairlead::ui
