// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metering/PriceBook.h"
#include "metering/PriceList.h"
#include "json/View.h"

#include <optional>
#include <vector>

namespace fairlead::metering {

/// One file of resources/models: the models of one provider and their price lists. Opening it makes an index
/// of model names over the text; rows are read when asked for, so a provider nobody uses costs nothing and
/// one in use little.
class PriceFile
{
public:
    [[nodiscard]] static Result<PriceFile> open(QByteArray json);
    /// Reads everything: for files from outside and for the tests of ours.
    [[nodiscard]] Result<void> check() const;

    [[nodiscard]] const QByteArray &provider() const { return m_provider; }
    [[nodiscard]] std::optional<PriceRow> find(QByteArrayView model, const PriceQuestion &question) const;
    [[nodiscard]] std::vector<PriceBook::ModelFacts> facts() const;

private:
    struct Entry {
        QByteArray model;
        json::View facts;
    };
    explicit PriceFile(json::Document document)
        : m_document(std::move(document))
    { }
    [[nodiscard]] const Entry *entry(QByteArrayView model) const;
    [[nodiscard]] const Entry *entryByAnyName(QByteArrayView model) const;

    json::Document m_document;
    QByteArray m_provider;
    std::vector<Entry> m_entries; ///< by model name
};

} // namespace fairlead::metering
