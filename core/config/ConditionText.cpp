// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/ConditionText.h"

#include "config/ConfigKeys.h"

#include <QByteArrayList>

namespace fairlead::config {

namespace {

/// "the app a" or "the apps a, b"
QByteArray listed(const char *noun, const std::vector<QByteArray> &names)
{
    return QByteArray("the ") + noun + (names.size() > 1 ? "s " : " ")
           + QByteArrayList(names.begin(), names.end()).join(", ");
}

} // namespace

QByteArray grouped(qint64 number)
{
    QByteArray text = QByteArray::number(number);
    for (qsizetype at = text.size() - 3; at > 0; at -= 3)
        text.insert(at, ',');
    return text;
}

QByteArray appsText(const Condition &condition)
{
    return "for " + listed("app", condition.apps);
}

QByteArray modelsText(const Condition &condition)
{
    return "asked for as " + listed("model", condition.models);
}

QByteArray headerText(const Condition::Header &header)
{
    return "with the header " + header.name + ": " + header.value;
}

QByteArray tokensText(const Condition &condition)
{
    QByteArray text;
    if (condition.leastTokens)
        text = "from " + grouped(*condition.leastTokens);
    if (condition.mostTokens)
        text += (text.isEmpty() ? "up to " : " up to ") + grouped(*condition.mostTokens);
    return text + " tokens of prompt";
}

QByteArray timeText(const Condition &condition)
{
    QByteArray text;
    if (condition.hours)
        text = "from " + hoursText(*condition.hours).replace("-", " to ");
    QByteArrayList days;
    for (const int day : condition.days)
        days.append(dayNames()[static_cast<std::size_t>(day - 1)].toByteArray());
    if (!days.isEmpty())
        text += (text.isEmpty() ? "on " : " on ") + days.join(", ");
    return text;
}

QByteArray budgetText(const Condition &condition)
{
    QByteArray text;
    if (condition.leastBudget)
        text = "at least $" + condition.leastBudget->toDecimal();
    if (condition.mostBudget)
        text += (text.isEmpty() ? "at most $" : " and at most $") + condition.mostBudget->toDecimal();
    return "with " + text + " left of the budget";
}

QByteArray conditionText(const Condition &condition)
{
    QByteArrayList parts;
    if (!condition.apps.empty())
        parts.append(appsText(condition));
    if (!condition.models.empty())
        parts.append(modelsText(condition));
    for (const Condition::Header &header : condition.headers)
        parts.append(headerText(header));
    if (condition.leastTokens || condition.mostTokens)
        parts.append(tokensText(condition));
    if (condition.tools)
        parts.append(*condition.tools ? "with tools" : "without tools");
    if (condition.images)
        parts.append(*condition.images ? "with images" : "without images");
    if (condition.hours || !condition.days.empty())
        parts.append(timeText(condition));
    if (condition.leastBudget || condition.mostBudget)
        parts.append(budgetText(condition));
    return parts.join(", ");
}

} // namespace fairlead::config
