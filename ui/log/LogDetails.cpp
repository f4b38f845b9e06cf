// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/log/LogDetails.h"

#include "ui/Format.h"
#include "ui/Theme.h"
#include "ui/log/Receipt.h"
#include "ui/models/LogModel.h"
#include "ui/widgets/Chip.h"
#include "ui/widgets/CopyField.h"
#include "ui/widgets/ElidedLabel.h"
#include "ui/widgets/InlineMessage.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace fairlead::ui {

using metering::AttemptRecord;
using Status = metering::LedgerRecord::Status;

LogDetails::LogDetails(QWidget *parent)
    : QWidget(parent)
    , m_status(new Chip(this))
    , m_model(new ElidedLabel(this))
    , m_when(new ElidedLabel(this))
    , m_message(new InlineMessage(this))
    , m_body(new QVBoxLayout)
    , m_id(new CopyField(tr("the request's id"), this))
{
    setAccessibleName(tr("Details of the request"));
    m_message->setObjectName(QStringLiteral("log.message"));
    m_id->setObjectName(QStringLiteral("log.id"));
    Theme::setType(m_model, Theme::Type::Section);
    auto *layout = new QVBoxLayout(this);
    const int margin = Theme::space(this, 16);
    layout->setContentsMargins(margin, margin, margin, margin);
    layout->setSpacing(Theme::space(this, 8));
    auto *head = new QHBoxLayout;
    head->setSpacing(Theme::space(this, 8));
    head->addWidget(m_model, 1);
    head->addWidget(m_status);
    layout->addLayout(head);
    layout->addWidget(m_when);
    layout->addWidget(m_id);
    layout->addWidget(m_message);
    layout->addLayout(m_body);
    layout->addStretch(1);
}

LogDetails::~LogDetails() = default;

void LogDetails::setRecord(const metering::LedgerRecord &record)
{
    m_record = record;
    fill();
}

void LogDetails::fill()
{
    const QByteArray served
        = m_record.provider.isEmpty() ? m_record.modelAsked : m_record.provider + '/' + m_record.model;
    m_model->setText(QString::fromUtf8(served));
    m_status->setText(statusWords(m_record));
    m_status->setTone(
        m_record.status == Status::Ok           ? Chip::Tone::Good
        : m_record.status == Status::Failed     ? Chip::Tone::Bad
        : m_record.status == Status::Incomplete ? Chip::Tone::Warn
                                                : Chip::Tone::Neutral);
    m_when->setText(
        tr("%1, %2", "who asked, when")
            .arg(appWords(m_record.app, m_record.origin), format::absoluteTime(m_record.startedMs)));
    Theme::setMuted(m_when);
    m_id->setText(QString::fromUtf8(m_record.id));
    if (m_record.message.isEmpty())
        m_message->hide();
    else
        m_message->say(
            m_record.status == Status::Failed ? InlineMessage::Kind::Error : InlineMessage::Kind::Info,
            QString::fromUtf8(m_record.message));

    delete m_sections;
    m_sections = new QWidget(this);
    auto *column = new QVBoxLayout(m_sections);
    column->setContentsMargins(0, Theme::space(this, 8), 0, 0);
    column->setSpacing(Theme::space(this, 8));
    m_body->addWidget(m_sections);
    fillReceipt();
    fillTimes();
    fillAttempts();
}

QGridLayout *LogDetails::section(const QString &title)
{
    auto *column = static_cast<QVBoxLayout *>(m_sections->layout());
    auto *head = new QLabel(title, m_sections);
    Theme::setType(head, Theme::Type::Strong);
    if (column->count() > 0)
        column->addSpacing(Theme::space(this, 12));
    column->addWidget(head);
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(Theme::space(this, 16));
    grid->setVerticalSpacing(Theme::space(this, 4));
    column->addLayout(grid);
    return grid;
}

QLabel *
LogDetails::put(QGridLayout *grid, int row, int column, const QString &text, bool muted, Qt::Alignment align)
{
    auto *label = new QLabel(text, m_sections);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setAlignment(align | Qt::AlignTop);
    if (muted)
        Theme::setMuted(label);
    grid->addWidget(label, row, column);
    return label;
}

void LogDetails::fillReceipt()
{
    if (!m_prices)
        m_prices = metering::PriceBook::builtIn();
    const Receipt receipt = receiptOf(m_record, *m_prices);
    QGridLayout *grid = section(tr("Receipt"));
    grid->setColumnStretch(0, 1);
    int row = 0;
    for (const ReceiptLine &line : receipt.lines) {
        put(grid, row, 0, line.what);
        put(grid, row, 1, line.tokens, false, Qt::AlignRight);
        put(grid, row, 2, line.price, true, Qt::AlignRight);
        put(grid, row, 3, line.amount, false, Qt::AlignRight);
        ++row;
    }
    Theme::setType(put(grid, row, 0, tr("Total")), Theme::Type::Strong);
    QLabel *total = put(grid, row, 3, receipt.total, false, Qt::AlignRight);
    total->setObjectName(QStringLiteral("log.total"));
    Theme::setType(total, Theme::Type::Strong);
    if (!receipt.note.isEmpty()) {
        auto *note = new QLabel(receipt.note, m_sections);
        note->setWordWrap(true);
        Theme::setType(note, Theme::Type::Caption);
        Theme::setMuted(note);
        m_sections->layout()->addWidget(note);
    }
}

void LogDetails::fillTimes()
{
    const std::pair<QString, std::optional<metering::Micros>> times[]{
        {tr("Until the first attempt"), m_record.queue}, {tr("Connecting"), m_record.connect},
        {tr("First byte"), m_record.firstByte},          {tr("First thought"), m_record.firstReasoning},
        {tr("First token"), m_record.firstText},         {tr("Total"), m_record.total}};
    QGridLayout *grid = section(tr("Times"));
    grid->setColumnStretch(0, 1);
    int row = 0;
    for (const auto &time : times) {
        if (!time.second)
            continue;
        put(grid, row, 0, time.first);
        put(grid, row, 1, format::duration(time.second), false, Qt::AlignRight);
        ++row;
    }
    if (const auto rate = m_record.tokensPerSecond()) {
        put(grid, row, 0, tr("Speed"));
        put(grid, row, 1, format::tokenRate(rate), false, Qt::AlignRight);
    }
}

void LogDetails::fillAttempts()
{
    if (m_record.attempts.empty())
        return;
    QGridLayout *grid = section(tr("Attempts"));
    grid->setColumnStretch(1, 1);
    int row = 0;
    int number = 0;
    for (const AttemptRecord &attempt : m_record.attempts) {
        const QString target = QString::fromUtf8(attempt.provider + '/' + attempt.model);
        put(grid, row, 0, format::count(++number), true);
        auto *name = new ElidedLabel(target, m_sections);
        grid->addWidget(name, row, 1);
        put(grid, row, 2, format::duration(attempt.total), false, Qt::AlignRight);
        ++row;
        QString outcome = attempt.failureClass.isEmpty() ? tr("served") : failureWords(attempt.failureClass);
        if (attempt.httpStatus > 0)
            outcome = tr("%1, status %2", "outcome, HTTP status").arg(outcome).arg(attempt.httpStatus);
        if (attempt.startedAfter)
            outcome = tr("%1, began after %2", "outcome, time")
                          .arg(outcome, format::duration(attempt.startedAfter));
        if (!attempt.message.isEmpty())
            outcome += QLatin1Char('\n') + QString::fromUtf8(attempt.message);
        QLabel *words = put(grid, row, 1, outcome, true);
        words->setWordWrap(true);
        Theme::setType(words, Theme::Type::Caption);
        ++row;
    }
}

void LogDetails::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_record.id.isEmpty())
        fill();
}

} // namespace fairlead::ui
