// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/spend/SpendChart.h"

#include "ui/Format.h"
#include "ui/Theme.h"
#include "ui/models/SummaryModel.h"
#include "ui/spend/SeriesLegend.h"
#include "ui/widgets/TableDelegate.h"

#include <QBarSet>
#include <QCategoryAxis>
#include <QChart>
#include <QChartView>
#include <QCursor>
#include <QEvent>
#include <QGraphicsLayout>
#include <QHBoxLayout>
#include <QHash>
#include <QLabel>
#include <QLocale>
#include <QStackedBarSeries>
#include <QToolTip>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace fairlead::ui {

namespace {

constexpr std::size_t kMostLayers = 7; // and one for the rest: as many as there are series colours
constexpr int kLines = 4;

qint64 tokensOf(const storage::SummaryRow &row)
{
    return row.inputTokens + row.outputTokens;
}

/// The next number of the row 1, 2, 2.5, 5, 10 ...: axis steps people read easily.
double niceStep(double wanted)
{
    if (wanted <= 0)
        return 1;
    const double power = std::pow(10.0, std::floor(std::log10(wanted)));
    for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
        if (factor * power >= wanted)
            return factor * power;
    }
    return 10 * power;
}

/// As few decimals as tell the lines apart, but cents whole: "$20", "$0.50", "$0.0025".
QString moneyLabel(double dollars, double step)
{
    int decimals = 0;
    for (double rest = step; decimals < 9 && std::abs(rest - std::round(rest)) > 1e-6 * rest; rest *= 10)
        ++decimals;
    return QLatin1Char('$') + QLocale().toString(dollars, 'f', decimals == 1 ? 2 : decimals);
}

/// Labels stand apart: every one of a week, every fifth of a month, every fourth hour.
int labelStep(std::size_t buckets)
{
    return buckets <= 10 ? 1 : buckets <= 26 ? 4 : 5;
}

} // namespace

SpendChart::SpendChart(QWidget *parent)
    : QWidget(parent)
    , m_title(new QLabel(this))
    , m_legend(new SeriesLegend(this))
    , m_chart(new QChart)
    , m_view(new QChartView(m_chart, this))
{
    Theme::setType(m_title, Theme::Type::Section);
    m_chart->legend()->hide();
    m_chart->setBackgroundVisible(false);
    m_chart->layout()->setContentsMargins(0, 0, 0, 0);
    m_chart->setAnimationOptions(QChart::NoAnimation);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setRenderHint(QPainter::Antialiasing);
    m_view->setBackgroundBrush(Qt::NoBrush);
    m_view->viewport()->setAutoFillBackground(false);
    m_view->setFocusPolicy(Qt::NoFocus);
    m_view->viewport()->setFocusPolicy(Qt::NoFocus);
    m_view->setMinimumHeight(Theme::space(this, 160));

    auto *head = new QHBoxLayout;
    head->setSpacing(Theme::space(this, 24));
    head->addWidget(m_title);
    head->addWidget(m_legend, 1);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::space(this, 12));
    layout->addLayout(head);
    layout->addWidget(m_view, 1);
}

SpendChart::~SpendChart() = default;

void SpendChart::setData(const SpendData &spend)
{
    gather(spend);
    m_title->setText(m_money ? tr("Cost by model") : tr("Tokens by model"));
    std::vector<SeriesLegend::Entry> entries;
    for (const Layer &layer : m_layers)
        entries.push_back({layer.name, layer.series, layer.shade});
    m_legend->setEntries(std::move(entries));
    setAccessibleName(m_title->text());
    setAccessibleDescription(
        m_buckets.empty() ? QString()
                          : tr("From %1 to %2: %3. The table by model has the figures.")
                                .arg(
                                    m_buckets.front().label, m_buckets.back().label,
                                    costWords(spend.total.cost, spend.total.unpriced)));
    draw();
}

void SpendChart::gather(const SpendData &spend)
{
    m_money = spend.total.cost > NanoUsd() || spend.total.requests == 0;
    m_buckets = spend.buckets;
    m_layers.clear();
    QHash<QByteArray, int> seen;
    QHash<QByteArray, std::size_t> layerOf;
    const auto amountOf
        = [this](const storage::SummaryRow &row) { return m_money ? row.cost.nano() : tokensOf(row); };
    Layer rest;
    rest.name = tr("Other models");
    rest.series = Theme::kSeries - 1;
    rest.values.resize(m_buckets.size());
    for (const storage::SummaryRow &row : spend.byModel) {
        const qsizetype slash = row.key.indexOf('/');
        const QByteArray provider = slash > 0 ? row.key.first(slash) : QByteArray();
        const int shade = seen[provider]++;
        if (amountOf(row) == 0 || m_layers.size() == kMostLayers)
            continue;
        layerOf.insert(row.key, m_layers.size());
        m_layers.push_back(
            {row.key, QString::fromUtf8(row.key.sliced(slash + 1)), Theme::seriesOf(provider), shade, {}});
        m_layers.back().values.resize(m_buckets.size());
    }
    for (std::size_t i = 0; i < spend.bars.size(); ++i) {
        for (const storage::SummaryRow &row : spend.bars[i]) {
            const auto known = layerOf.constFind(row.key);
            (known == layerOf.cend() ? rest : m_layers[known.value()]).values[i] += amountOf(row);
        }
    }
    if (std::any_of(rest.values.begin(), rest.values.end(), [](qint64 value) { return value > 0; }))
        m_layers.push_back(std::move(rest));
}

qint64 SpendChart::most() const
{
    qint64 most = 0;
    for (std::size_t i = 0; i < m_buckets.size(); ++i) {
        qint64 sum = 0;
        for (const Layer &layer : m_layers)
            sum += layer.values[i];
        most = std::max(most, sum);
    }
    return most;
}

double SpendChart::scaled(qint64 value) const
{
    return m_money ? static_cast<double>(value) / 1e9 : static_cast<double>(value);
}

double SpendChart::valueOf(int layer, int bucket) const
{
    return scaled(m_layers.at(static_cast<std::size_t>(layer)).values.at(static_cast<std::size_t>(bucket)));
}

void SpendChart::draw()
{
    m_chart->removeAllSeries();
    for (QAbstractAxis *axis : m_chart->axes()) {
        m_chart->removeAxis(axis);
        delete axis;
    }
    auto *bars = new QStackedBarSeries;
    bars->setBarWidth(0.66);
    int place = 0;
    for (const Layer &layer : m_layers) {
        auto *set = new QBarSet(layer.name);
        for (const qint64 value : layer.values)
            set->append(scaled(value));
        const int index = place++;
        connect(set, &QBarSet::hovered, this, [this, index](bool inside, int bucket) {
            hovered(inside, index, bucket);
        });
        bars->append(set);
    }
    m_chart->addSeries(bars);
    addAxes();
    applyTheme();
}

void SpendChart::addAxes()
{
    // Category axes on both sides, because they take labels of ours: money by locale, days apart from each
    // other.
    auto *across = new QCategoryAxis;
    across->setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
    across->setRange(-0.5, static_cast<double>(m_buckets.size()) - 0.5);
    across->setStartValue(-0.5);
    across->setGridLineVisible(false);
    const int step = labelStep(m_buckets.size());
    for (int i = static_cast<int>(m_buckets.size() - 1) % step; i < static_cast<int>(m_buckets.size());
         i += step)
        across->append(m_buckets[static_cast<std::size_t>(i)].label, i);

    auto *up = new QCategoryAxis;
    up->setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
    const double line = niceStep(scaled(most()) / kLines);
    up->setRange(0, line * kLines);
    up->setStartValue(0);
    for (int i = 0; i <= kLines; ++i) {
        const double value = line * i;
        const QString label = m_money ? moneyLabel(value, line)
                                      : format::tokens(static_cast<std::int64_t>(std::llround(value)));
        up->append(label, value);
    }
    up->setLineVisible(false);
    m_chart->addAxis(across, Qt::AlignBottom);
    m_chart->addAxis(up, Qt::AlignLeft);
    for (QAbstractSeries *series : m_chart->series()) {
        series->attachAxis(across);
        series->attachAxis(up);
    }
}

void SpendChart::applyTheme()
{
    const Theme theme = Theme::of(this);
    const QFont caption = Theme::font(this, Theme::Type::Caption);
    // The uppermost label stands half above its line.
    m_chart->setMargins(QMargins(0, QFontMetrics(caption).height() / 2 + 1, 0, 0));
    for (QAbstractAxis *axis : m_chart->axes()) {
        axis->setLabelsColor(theme.muted());
        axis->setLabelsFont(caption);
        axis->setGridLineColor(theme.hairline());
        axis->setLinePenColor(theme.hairline());
    }
    for (QAbstractSeries *series : m_chart->series()) {
        const auto sets = static_cast<QStackedBarSeries *>(series)->barSets();
        for (int i = 0; i < sets.size(); ++i) {
            const Layer &layer = m_layers[static_cast<std::size_t>(i)];
            sets[i]->setColor(TableDelegate::shade(theme, layer.series, layer.shade));
            sets[i]->setBorderColor(theme.surface());
        }
    }
}

QString SpendChart::tipOf(int layer, int bucket) const
{
    if (layer < 0 || layer >= layerCount() || bucket < 0 || bucket >= static_cast<int>(m_buckets.size()))
        return QString();
    const Layer &shown = m_layers[static_cast<std::size_t>(layer)];
    const qint64 value = shown.values[static_cast<std::size_t>(bucket)];
    qint64 sum = 0;
    for (const Layer &each : m_layers)
        sum += each.values[static_cast<std::size_t>(bucket)];
    const auto words = [this](qint64 amount) {
        return m_money ? format::money(NanoUsd(amount)) : format::exactTokens(amount);
    };
    return tr("%1: %2\n%3, all models: %4")
        .arg(shown.name, words(value), m_buckets[static_cast<std::size_t>(bucket)].label, words(sum));
}

void SpendChart::hovered(bool inside, int layer, int bucket)
{
    if (inside)
        QToolTip::showText(QCursor::pos(), tipOf(layer, bucket), m_view);
    else
        QToolTip::hideText();
}

void SpendChart::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyTheme();
}

} // namespace fairlead::ui
