// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "config/RouteConfig.h"

#include <QDialog>

class QComboBox;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace fairlead::ui {

/// All that can be said of a target: how much of the traffic it gets, and when.
class TargetDialog : public QDialog
{
    Q_OBJECT
public:
    /// `choices`: names to offer, "provider/model" or a route's.
    TargetDialog(
        const config::RouteTarget &target, const QByteArray &strategy, const QStringList &choices,
        QWidget *parent = nullptr);

    /// What is said now; an error names the field and what it should be.
    [[nodiscard]] Result<config::RouteTarget> target() const;

Q_SIGNALS:
    void targetAccepted(const fairlead::config::RouteTarget &target);

private:
    QWidget *buildShare();
    QWidget *buildConditions();
    void fill(const config::RouteTarget &target);
    void follow();
    void tryToAccept();
    [[nodiscard]] Result<config::Condition> condition() const;

    bool m_weighted;
    QComboBox *m_name;
    QComboBox *m_part;
    QSpinBox *m_weight;
    QLabel *m_weightLabel;
    QLineEdit *m_share;
    QLabel *m_shareLabel;
    QLineEdit *m_apps;
    QLineEdit *m_leastTokens;
    QLineEdit *m_mostTokens;
    QComboBox *m_tools;
    QComboBox *m_images;
    QLineEdit *m_hours;
    QLineEdit *m_days;
    QLineEdit *m_headers;
    QLineEdit *m_models;
    QLineEdit *m_leastBudget;
    QLineEdit *m_mostBudget;
    QLabel *m_error;
};

} // namespace fairlead::ui
