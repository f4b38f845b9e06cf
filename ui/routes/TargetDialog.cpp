// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/routes/TargetDialog.h"

#include "config/ConfigKeys.h"
#include "ui/Theme.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>

namespace fairlead::ui {

using config::Condition;
using config::RouteTarget;

namespace {

enum Part { Ordinary, Canary, Shadow };

std::vector<QByteArray> names(const QLineEdit *field)
{
    std::vector<QByteArray> all;
    for (const QString &name : field->text().split(QLatin1Char(','), Qt::SkipEmptyParts)) {
        if (!name.trimmed().isEmpty())
            all.push_back(name.trimmed().toUtf8());
    }
    return all;
}

QString joined(const std::vector<QByteArray> &names)
{
    return QString::fromUtf8(QByteArrayList(names.begin(), names.end()).join(", "));
}

QLineEdit *field(const QString &id, const QString &hint)
{
    auto *edit = new QLineEdit;
    edit->setObjectName(QStringLiteral("target.") + id);
    edit->setPlaceholderText(hint);
    return edit;
}

QComboBox *threeWays(const QString &id, const QString &any, const QString &with, const QString &without)
{
    auto *box = new QComboBox;
    box->setObjectName(QStringLiteral("target.") + id);
    box->addItem(any);
    box->addItem(with, true);
    box->addItem(without, false);
    return box;
}

std::optional<bool> choiceOf(const QComboBox *box)
{
    return box->currentData().isValid() ? std::optional(box->currentData().toBool()) : std::nullopt;
}

void choose(QComboBox *box, std::optional<bool> choice)
{
    box->setCurrentIndex(!choice ? 0 : *choice ? 1 : 2);
}

Result<std::optional<qint64>> tokensIn(const QLineEdit *edit, const QString &what)
{
    const QString text = edit->text().remove(QLatin1Char(',')).trimmed();
    if (text.isEmpty())
        return std::optional<qint64>();
    bool valid = false;
    const qint64 tokens = text.toLongLong(&valid);
    if (!valid || tokens < 1)
        return fail(ErrorKind::Invalid, what.toUtf8());
    return std::optional(tokens);
}

Result<std::optional<NanoUsd>> moneyIn(const QLineEdit *edit, const QString &what)
{
    const QString text = edit->text().trimmed();
    if (text.isEmpty())
        return std::optional<NanoUsd>();
    const auto amount = NanoUsd::fromDecimal(text.toUtf8());
    if (!amount || amount->nano() <= 0)
        return fail(ErrorKind::Invalid, what.toUtf8());
    return std::optional(*amount);
}

Result<std::vector<int>> daysIn(const QLineEdit *edit, const QString &what)
{
    std::vector<int> days;
    const auto known = config::dayNames();
    for (const QByteArray &name : names(edit)) {
        const auto at = std::find(known.begin(), known.end(), QByteArrayView(name.left(3).toLower()));
        if (at == known.end())
            return fail(ErrorKind::Invalid, what.toUtf8());
        days.push_back(static_cast<int>(at - known.begin()) + 1);
    }
    std::sort(days.begin(), days.end());
    return days;
}

} // namespace

TargetDialog::TargetDialog(
    const RouteTarget &target, const QByteArray &strategy, const QStringList &choices, QWidget *parent)
    : QDialog(parent)
    , m_weighted(strategy == "weighted")
    , m_name(new QComboBox(this))
    , m_error(new QLabel(this))
{
    setWindowTitle(target.name.isEmpty() ? tr("Add a target") : tr("Change the target"));
    m_name->setObjectName(QStringLiteral("target.name"));
    m_name->setEditable(true);
    m_name->addItems(choices);
    m_name->lineEdit()->setPlaceholderText(tr("provider/model, or a route"));
    m_error->setObjectName(QStringLiteral("target.error"));
    m_error->setWordWrap(true);
    m_error->hide();

    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    buttons->button(QDialogButtonBox::Ok)->setText(target.name.isEmpty() ? tr("Add") : tr("Change"));
    auto *form = new QFormLayout;
    form->addRow(tr("Target"), m_name);
    auto *layout = new QVBoxLayout(this);
    layout->setSpacing(Theme::space(this, 12));
    layout->addLayout(form);
    layout->addWidget(buildShare());
    layout->addWidget(buildConditions());
    layout->addWidget(m_error);
    layout->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &TargetDialog::tryToAccept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_part, &QComboBox::currentIndexChanged, this, &TargetDialog::follow);
    fill(target);
    follow();
    resize(fontMetrics().averageCharWidth() * 72, sizeHint().height());
}

QWidget *TargetDialog::buildShare()
{
    auto *part = new QWidget(this);
    m_part = new QComboBox(part);
    m_part->setObjectName(QStringLiteral("target.part"));
    m_part->addItems(
        {tr("Answers requests"), tr("Canary: answers a small share"), tr("Shadow: copies only")});
    m_weight = new QSpinBox(part);
    m_weight->setObjectName(QStringLiteral("target.weight"));
    m_weight->setRange(1, 1'000'000);
    m_weightLabel = new QLabel(tr("Weight"), part);
    m_share = field(QStringLiteral("share"), QStringLiteral("5%"));
    m_shareLabel = new QLabel(tr("Share"), part);
    auto *form = new QFormLayout(part);
    form->setContentsMargins({});
    form->addRow(tr("Part"), m_part);
    form->addRow(m_weightLabel, m_weight);
    form->addRow(m_shareLabel, m_share);
    return part;
}

QWidget *TargetDialog::buildConditions()
{
    auto *box = new QWidget(this);
    auto *title = new QLabel(tr("Only if (all that is said must hold)"), box);
    Theme::setType(title, Theme::Type::Strong);
    m_apps = field(QStringLiteral("apps"), tr("any; my-editor, batch-*"));
    m_models = field(QStringLiteral("models"), tr("any; claude-*"));
    m_leastTokens = field(QStringLiteral("leastTokens"), tr("any"));
    m_mostTokens = field(QStringLiteral("mostTokens"), tr("any; 20000"));
    m_tools = threeWays(QStringLiteral("tools"), tr("With or without"), tr("With"), tr("Without"));
    m_images = threeWays(QStringLiteral("images"), tr("With or without"), tr("With"), tr("Without"));
    m_hours = field(QStringLiteral("hours"), tr("any; 22:00-06:00"));
    m_days = field(QStringLiteral("days"), tr("any; sat, sun"));
    m_headers = field(QStringLiteral("headers"), tr("any; x-team: search*"));
    m_leastBudget = field(QStringLiteral("leastBudget"), tr("any"));
    m_mostBudget = field(QStringLiteral("mostBudget"), tr("any; 1.00"));
    auto *form = new QFormLayout(box);
    form->setContentsMargins({});
    form->addRow(title);
    form->addRow(tr("App"), m_apps);
    form->addRow(tr("Asked for as"), m_models);
    form->addRow(tr("Tokens, at least"), m_leastTokens);
    form->addRow(tr("Tokens, at most"), m_mostTokens);
    form->addRow(tr("Tools"), m_tools);
    form->addRow(tr("Images"), m_images);
    form->addRow(tr("Time of day"), m_hours);
    form->addRow(tr("Days"), m_days);
    form->addRow(tr("Header"), m_headers);
    form->addRow(tr("Budget left, at least $"), m_leastBudget);
    form->addRow(tr("Budget left, at most $"), m_mostBudget);
    return box;
}

void TargetDialog::fill(const RouteTarget &target)
{
    m_name->setEditText(QString::fromUtf8(target.name));
    m_part->setCurrentIndex(target.shadow ? Shadow : target.isCanary() ? Canary : Ordinary);
    m_weight->setValue(target.weight);
    if (target.sharePermille)
        m_share->setText(QString::fromUtf8(config::permilleText(*target.sharePermille)));
    const Condition when = target.when.value_or(Condition());
    m_apps->setText(joined(when.apps));
    m_models->setText(joined(when.models));
    if (when.leastTokens)
        m_leastTokens->setText(QString::number(*when.leastTokens));
    if (when.mostTokens)
        m_mostTokens->setText(QString::number(*when.mostTokens));
    choose(m_tools, when.tools);
    choose(m_images, when.images);
    if (when.hours)
        m_hours->setText(QString::fromUtf8(config::hoursText(*when.hours)));
    std::vector<QByteArray> days;
    for (const int day : when.days)
        days.push_back(config::dayNames()[static_cast<std::size_t>(day - 1)].toByteArray());
    m_days->setText(joined(days));
    std::vector<QByteArray> headers;
    for (const Condition::Header &header : when.headers)
        headers.push_back(header.name + ": " + header.value);
    m_headers->setText(joined(headers));
    if (when.leastBudget)
        m_leastBudget->setText(QString::fromUtf8(when.leastBudget->toDecimal()));
    if (when.mostBudget)
        m_mostBudget->setText(QString::fromUtf8(when.mostBudget->toDecimal()));
}

void TargetDialog::follow()
{
    const int part = m_part->currentIndex();
    m_weight->setVisible(m_weighted && part == Ordinary);
    m_weightLabel->setVisible(m_weighted && part == Ordinary);
    m_share->setVisible(part != Ordinary);
    m_shareLabel->setVisible(part != Ordinary);
    m_share->setPlaceholderText(part == Shadow ? tr("all; 5%") : QStringLiteral("5%"));
}

Result<Condition> TargetDialog::condition() const
{
    Condition when;
    when.apps = names(m_apps);
    when.models = names(m_models);
    const auto leastTokens = tokensIn(m_leastTokens, tr("“Tokens, at least” is a number above zero."));
    const auto mostTokens = tokensIn(m_mostTokens, tr("“Tokens, at most” is a number above zero."));
    const auto days = daysIn(m_days, tr("“Days” are mon, tue, wed, thu, fri, sat, sun."));
    const QString dollars = tr("“Budget left” is an amount in dollars, 1.00.");
    const auto leastBudget = moneyIn(m_leastBudget, dollars);
    const auto mostBudget = moneyIn(m_mostBudget, dollars);
    for (const Error *error :
         {leastTokens ? nullptr : &leastTokens.error(), mostTokens ? nullptr : &mostTokens.error(),
          days ? nullptr : &days.error(), leastBudget ? nullptr : &leastBudget.error(),
          mostBudget ? nullptr : &mostBudget.error()}) {
        if (error)
            return fail(*error);
    }
    when.leastTokens = *leastTokens;
    when.mostTokens = *mostTokens;
    when.days = *days;
    when.leastBudget = *leastBudget;
    when.mostBudget = *mostBudget;
    when.tools = choiceOf(m_tools);
    when.images = choiceOf(m_images);
    if (const QString hours = m_hours->text().trimmed(); !hours.isEmpty()) {
        when.hours = config::hoursFrom(hours.toUtf8());
        if (!when.hours)
            return fail(ErrorKind::Invalid, tr("“Time of day” is a span, 22:00-06:00.").toUtf8());
    }
    for (const QByteArray &line : names(m_headers)) {
        const qsizetype colon = line.indexOf(':');
        if (colon < 1)
            return fail(ErrorKind::Invalid, tr("“Header” is a name and a value, x-team: search*.").toUtf8());
        when.headers.push_back({line.left(colon).trimmed().toLower(), line.mid(colon + 1).trimmed()});
    }
    return when;
}

Result<RouteTarget> TargetDialog::target() const
{
    RouteTarget target(m_name->currentText().trimmed().toUtf8());
    if (target.name.isEmpty())
        return fail(ErrorKind::Invalid, tr("Name a target: a provider and its model, or a route.").toUtf8());
    const int part = m_part->currentIndex();
    target.weight = m_weight->value();
    target.shadow = part == Shadow;
    const QByteArray share = m_share->text().trimmed().toUtf8();
    if (part == Canary || (part == Shadow && !share.isEmpty())) {
        target.sharePermille = config::permilleFrom(share);
        if (!target.sharePermille)
            return fail(
                ErrorKind::Invalid, tr("“Share” is above 0% and below 100%, like 5% or 0.5%.").toUtf8());
    }
    const auto when = condition();
    if (!when)
        return fail(when.error());
    if (*when != Condition())
        target.when = *when;
    return target;
}

void TargetDialog::tryToAccept()
{
    const auto said = target();
    if (said) {
        Q_EMIT targetAccepted(*said);
        accept();
        return;
    }
    m_error->setText(QString::fromUtf8(said.error().message()));
    QPalette palette = m_error->palette();
    palette.setColor(QPalette::WindowText, Theme::of(this).bad());
    m_error->setPalette(palette);
    m_error->show();
}

} // namespace fairlead::ui
