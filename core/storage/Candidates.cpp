// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/Candidates.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace fairlead::storage {

using metering::Candidate;

QByteArray candidatesText(const std::vector<Candidate> &candidates)
{
    if (candidates.empty())
        return {};
    QJsonArray all;
    for (const Candidate &candidate : candidates) {
        all.append(QJsonArray{
            QString::fromUtf8(candidate.provider), QString::fromUtf8(candidate.model),
            candidate.taken ? 1 : 0, QString::fromUtf8(candidate.reason)});
    }
    return QJsonDocument(all).toJson(QJsonDocument::Compact);
}

std::vector<Candidate> candidatesFrom(const QByteArray &text)
{
    std::vector<Candidate> candidates;
    if (text.isEmpty())
        return candidates;
    const QJsonArray all = QJsonDocument::fromJson(text).array();
    for (const QJsonValue &entry : all) {
        Candidate candidate;
        candidate.provider = entry[0].toString().toUtf8();
        candidate.model = entry[1].toString().toUtf8();
        candidate.taken = entry[2].toInt() != 0;
        candidate.reason = entry[3].toString().toUtf8();
        candidates.push_back(std::move(candidate));
    }
    return candidates;
}

} // namespace fairlead::storage
