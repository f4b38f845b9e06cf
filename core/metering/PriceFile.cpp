// SPDX-License-Identifier: GPL-3.0-or-later
#include "metering/PriceFile.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace fairlead::metering {

using json::View;

namespace {

// Stands for every model of a provider that sells none, such as a server on this machine.
constexpr std::string_view kAnyModel = "*";

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

// "gpt-5.6-sol-2026-07-09", "claude-sonnet-4-6-20260301" and "claude-sonnet-4-6@20260301" are snapshots of
// the name before the date.
QByteArrayView withoutDate(QByteArrayView model)
{
    const auto endsLike = [&](std::string_view pattern) {
        const auto size = static_cast<qsizetype>(pattern.size());
        if (model.size() <= size)
            return false;
        const QByteArrayView tail = model.last(size);
        for (qsizetype i = 0; i < size; ++i) {
            const char want = pattern[static_cast<std::size_t>(i)];
            if (want == '0' ? !isDigit(tail[i]) : tail[i] != want)
                return false;
        }
        return true;
    };
    for (const std::string_view pattern : {"-0000-00-00", "-00000000", "@00000000"}) {
        if (endsLike(pattern))
            return model.chopped(static_cast<qsizetype>(pattern.size()));
    }
    return model;
}

constexpr std::array<std::string_view, 8> kModelKeys{"name",       "kind", "status", "context",
                                                     "max_output", "caps", "refuses", "prices"};
constexpr std::array<std::string_view, 3> kFileKeys{"$schema", "provider", "models"};

template<typename Keys>
Result<void> knowsOnly(View object, const Keys &keys)
{
    for (const auto &member : object.members()) {
        const auto same = [&](std::string_view key) { return member.key == QByteArrayView(key); };
        if (std::none_of(keys.begin(), keys.end(), same))
            return fail(ErrorKind::Invalid, "unknown key \"" + member.key + '"');
    }
    return {};
}

} // namespace

Result<PriceFile> PriceFile::open(QByteArray json)
{
    auto document = json::Document::parse(std::move(json));
    if (!document)
        return fail(document.error());
    PriceFile file(std::move(*document));
    file.m_provider = file.m_document["provider"].stringOr("");
    if (file.m_provider.isEmpty())
        return fail(ErrorKind::Invalid, "a price file must name its \"provider\"");
    for (const auto &member : file.m_document["models"].members())
        file.m_entries.push_back(Entry{member.key, member.value});
    std::sort(file.m_entries.begin(), file.m_entries.end(), [](const Entry &a, const Entry &b) {
        return a.model < b.model;
    });
    return file;
}

Result<void> PriceFile::check() const
{
    if (auto known = knowsOnly(m_document.root(), kFileKeys); !known)
        return known;
    for (const Entry &entry : m_entries) {
        const QByteArray where = m_provider + '/' + entry.model;
        if (auto known = knowsOnly(entry.facts, kModelKeys); !known)
            return fail(known.error().in(where));
        for (const View list : entry.facts["prices"].elements()) {
            if (auto checked = checkPriceList(list); !checked)
                return fail(checked.error().in(where));
        }
    }
    return {};
}

const PriceFile::Entry *PriceFile::entry(QByteArrayView model) const
{
    const auto it = std::lower_bound(
        m_entries.begin(), m_entries.end(), model,
        [](const Entry &e, QByteArrayView name) { return e.model < name; });
    return it != m_entries.end() && it->model == model ? &*it : nullptr;
}

const PriceFile::Entry *PriceFile::entryByAnyName(QByteArrayView model) const
{
    constexpr std::string_view kGeminiPrefix = "models/";
    const QByteArrayView bare = model.startsWith(QByteArrayView(kGeminiPrefix))
                                    ? model.sliced(static_cast<qsizetype>(kGeminiPrefix.size()))
                                    : model;
    for (const QByteArrayView name : {model, bare, withoutDate(bare), QByteArrayView(kAnyModel)}) {
        if (const Entry *found = entry(name))
            return found;
    }
    return nullptr;
}

std::optional<PriceRow> PriceFile::find(QByteArrayView model, const PriceQuestion &question) const
{
    const Entry *found = entryByAnyName(model);
    if (found == nullptr)
        return std::nullopt;
    for (const View list : found->facts["prices"].elements()) {
        if (!priceListCovers(list, question.when))
            continue;
        auto row = readPriceList(list, question);
        if (row) {
            row->id.prepend(m_provider + '/' + found->model);
            row->provider = m_provider;
            row->model = found->model;
        }
        return row;
    }
    return std::nullopt;
}

std::vector<PriceBook::ModelFacts> PriceFile::facts() const
{
    std::vector<PriceBook::ModelFacts> all;
    all.reserve(m_entries.size());
    for (const Entry &entry : m_entries) {
        if (entry.model == QByteArrayView(kAnyModel))
            continue;
        PriceBook::ModelFacts facts;
        facts.provider = m_provider;
        facts.model = entry.model;
        facts.name = entry.facts["name"].stringOr(entry.model);
        facts.status = entry.facts["status"].stringOr("");
        facts.contextTokens = entry.facts["context"].integerOr(0);
        facts.mostOutputTokens = entry.facts["max_output"].integerOr(0);
        facts.kind = entry.facts["kind"].stringOr("chat");
        for (const View field : entry.facts["refuses"].elements())
            facts.refuses.push_back(field.stringOr({}));
        for (const View cap : entry.facts["caps"].elements()) {
            facts.reasoning = facts.reasoning || cap.equals("reasoning");
            facts.tools = facts.tools || cap.equals("tools");
            facts.vision = facts.vision || cap.equals("vision");
            facts.prefill = facts.prefill || cap.equals("prefill");
        }
        all.push_back(std::move(facts));
    }
    return all;
}

} // namespace fairlead::metering
