// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/ColumnFooter.h"

#include "ui/Format.h"
#include "ui/Theme.h"
#include "ui/widgets/ElidedLabel.h"

#include <QCoreApplication>
#include <QEvent>
#include <QHBoxLayout>

namespace fairlead::ui {

using compare::Column;

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(ColumnFooter)
};

/// Why a figure is not there.
QString reason(const Column &column, const QString &whenDone)
{
    switch (column.state()) {
    case Column::State::Idle:
        return Text::tr("Nothing was asked yet.");
    case Column::State::Waiting:
    case Column::State::Thinking:
    case Column::State::Streaming:
        return Text::tr("Known when the answer is complete.");
    case Column::State::Failed:
        return Text::tr("The answer failed before this was known.");
    case Column::State::Stopped:
        return Text::tr("The answer was stopped before this was known.");
    case Column::State::Done:
        break;
    }
    return whenDone;
}

QString finishWords(const QByteArray &reason)
{
    if (reason == "stop")
        return Text::tr("complete", "finish reason: stop");
    if (reason == "length")
        return Text::tr("cut at limit", "finish reason: length");
    if (reason == "tool_calls")
        return Text::tr("calls a tool", "finish reason: tool_calls");
    if (reason == "content_filter")
        return Text::tr("filtered", "finish reason: content_filter");
    return QString::fromUtf8(reason);
}

QString finishOf(const Column &column)
{
    switch (column.state()) {
    case Column::State::Failed:
        return Text::tr("failed");
    case Column::State::Stopped:
        return Text::tr("stopped");
    case Column::State::Done:
        return finishWords(column.figures().finishReason);
    case Column::State::Idle:
    case Column::State::Waiting:
    case Column::State::Thinking:
    case Column::State::Streaming:
        break;
    }
    return QString();
}

QString tokensText(const Column::Figures &figures)
{
    if (!figures.inputTokens && !figures.outputTokens)
        return Text::tr("%1 tok", "tokens").arg(format::unknown());
    return Text::tr("%1 → %2 tok", "tokens in, tokens out")
        .arg(format::tokens(figures.inputTokens), format::tokens(figures.outputTokens));
}

QString tokensTip(const Column &column)
{
    const Column::Figures &figures = column.figures();
    if (!figures.inputTokens && !figures.outputTokens)
        return reason(column, Text::tr("The provider did not report its usage."));
    QStringList lines;
    if (figures.inputTokens)
        lines += Text::tr("In: %1").arg(format::exactTokens(*figures.inputTokens));
    if (figures.outputTokens)
        lines += Text::tr("Out: %1").arg(format::exactTokens(*figures.outputTokens));
    if (figures.reasoningTokens)
        lines += Text::tr("Of these thinking: %1").arg(format::exactTokens(*figures.reasoningTokens));
    if (figures.estimated)
        lines += Text::tr("Estimated: the answer ended before the provider reported its usage.");
    return lines.join(QLatin1Char('\n'));
}

} // namespace

ColumnFooter::ColumnFooter(QWidget *parent)
    : QWidget(parent)
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(
        Theme::space(this, 12), Theme::space(this, 8), Theme::space(this, 12), Theme::space(this, 8));
    layout->setSpacing(Theme::space(this, 12));
    m_first = add(tr("First token"));
    m_rate = add(tr("Speed"));
    layout->addStretch(1);
    m_tokens = add(tr("Tokens"));
    m_cost = add(tr("Cost"));
    m_finish = add(tr("How it ended"));
    applyTheme();
}

ElidedLabel *ColumnFooter::add(const QString &name)
{
    auto *label = new ElidedLabel(this);
    Theme::setType(label, Theme::Type::Caption);
    label->setAccessibleName(name);
    label->setProperty("name", name);
    layout()->addWidget(label);
    m_labels.append(label);
    return label;
}

void ColumnFooter::set(ElidedLabel *label, const QString &text, const QString &tip)
{
    label->setText(text);
    label->setTip(tip);
    label->setAccessibleName(QStringLiteral("%1: %2").arg(label->property("name").toString(), text));
    label->setAccessibleDescription(tip);
}

void ColumnFooter::show(const Column &column)
{
    const Column::Figures &figures = column.figures();
    set(m_first, tr("First %1").arg(format::duration(figures.firstText)),
        figures.firstText ? tr("Time to the first visible token (TTFT)")
                          : reason(column, tr("No visible text came.")));
    set(m_rate,
        figures.tokensPerSecond ? format::tokenRate(figures.tokensPerSecond)
                                : tr("%1 tok/s").arg(format::unknown()),
        figures.tokensPerSecond
            ? tr("Output tokens per second, thinking included, from the first token to the end")
            : reason(column, tr("Too short to measure, or the provider did not report its usage.")));
    set(m_tokens, tokensText(figures), tokensTip(column));
    set(m_cost, format::money(figures.cost),
        figures.cost
            ? format::exactMoney(*figures.cost)
            : reason(column, tr("No price is known for this model, or its usage was not reported.")));
    QStringList served;
    if (!figures.provider.isEmpty())
        served += tr("Served by %1/%2")
                      .arg(QString::fromUtf8(figures.provider), QString::fromUtf8(figures.model));
    if (figures.total)
        served += tr("Took %1").arg(format::duration(figures.total));
    if (!figures.requestId.isEmpty())
        served += QString::fromLatin1(figures.requestId);
    set(m_finish, finishOf(column), served.join(QLatin1Char('\n')));
    m_finish->setVisible(!m_finish->text().isEmpty());
}

void ColumnFooter::setBest(Figures best)
{
    m_best = best;
    const std::pair<ElidedLabel *, Figure> rows[]{{m_first, FirstText}, {m_rate, Rate}, {m_cost, Cost}};
    for (const auto &row : rows) {
        QFont font = Theme::font(row.first, Theme::Type::Caption);
        if (best.testFlag(row.second))
            font.setWeight(QFont::Bold);
        row.first->setFont(font);
    }
    applyTheme();
}

void ColumnFooter::applyTheme()
{
    for (ElidedLabel *label : std::as_const(m_labels)) {
        const bool best = label->font().weight() >= QFont::Bold;
        best ? label->setPalette(QPalette()) : Theme::setMuted(label);
    }
}

void ColumnFooter::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
}

} // namespace fairlead::ui
