// SPDX-License-Identifier: GPL-3.0-or-later
#include "metering/PriceBook.h"

#include "base/Logging.h"
#include "metering/PriceFile.h"

#include <QDir>
#include <QFile>

#include <map>
#include <mutex>

namespace fairlead::metering {

using chat::TokenKind;

namespace {

// The bytes of an uncompressed resource are the program's own read-only pages: nothing is copied.
QByteArray resourceBytes(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    if (const uchar *mapped = file.map(0, file.size())) {
        // Memory of a built-in resource outlives every QFile on it.
        return QByteArray::fromRawData(
            reinterpret_cast<const char *>(mapped), static_cast<qsizetype>(file.size()));
    }
    return file.readAll();
}

} // namespace

class PriceBook::Private
{
public:
    explicit Private(QString folder)
        : m_folder(std::move(folder))
    { }
    explicit Private(PriceFile file)
    {
        QByteArray provider = file.provider();
        m_files.emplace(std::move(provider), Slot{std::move(file), std::nullopt});
    }

    // The slot stays where it is for the life of the book; only its facts are still to be filled in, under
    // the lock.
    const PriceFile *file(const QByteArray &provider) const
    {
        const std::scoped_lock lock(m_mutex);
        const Slot &slot = slotOf(provider);
        return slot.file ? &*slot.file : nullptr;
    }

    const std::vector<ModelFacts> &facts(const QByteArray &provider) const
    {
        const std::scoped_lock lock(m_mutex);
        return factsLocked(provider);
    }

    const std::vector<ModelFacts> &allFacts() const
    {
        const std::scoped_lock lock(m_mutex);
        if (!m_all) {
            std::vector<ModelFacts> all;
            for (const QByteArray &provider : providers()) {
                const auto &some = factsLocked(provider);
                all.insert(all.end(), some.begin(), some.end());
            }
            m_all = std::move(all);
        }
        return *m_all;
    }

private:
    struct Slot {
        std::optional<PriceFile> file;
        std::optional<std::vector<ModelFacts>> facts;
    };

    Slot &slotOf(const QByteArray &provider) const
    {
        const auto known = m_files.find(provider);
        if (known != m_files.end())
            return known->second;
        return m_files.emplace(provider, Slot{load(provider), std::nullopt}).first->second;
    }

    std::optional<PriceFile> load(const QByteArray &provider) const
    {
        const bool plainName = !provider.isEmpty() && !provider.contains('/') && !provider.startsWith('.');
        if (m_folder.isEmpty() || !plainName)
            return std::nullopt;
        const QByteArray text
            = resourceBytes(m_folder + QLatin1Char('/') + QString::fromUtf8(provider) + kSuffix);
        if (text.isEmpty())
            return std::nullopt;
        auto file = PriceFile::open(text);
        if (!file) {
            qCWarning(lcMeter) << "prices of" << provider
                               << "are unreadable:" << file.error().message().constData();
            return std::nullopt;
        }
        return std::move(*file);
    }

    const std::vector<ModelFacts> &factsLocked(const QByteArray &provider) const
    {
        Slot &slot = slotOf(provider);
        if (!slot.facts)
            slot.facts = slot.file ? slot.file->facts() : std::vector<ModelFacts>();
        return *slot.facts;
    }

    std::vector<QByteArray> providers() const
    {
        std::vector<QByteArray> names;
        if (m_folder.isEmpty()) {
            for (const auto &[name, slot] : m_files)
                names.push_back(name);
            return names;
        }
        for (const QString &entry :
             QDir(m_folder).entryList({QLatin1Char('*') + kSuffix}, QDir::Files, QDir::Name)) {
            if (entry != QLatin1String("schema.json"))
                names.push_back(entry.chopped(kSuffix.size()).toUtf8());
        }
        return names;
    }

    inline static const QString kSuffix = QStringLiteral(".json");
    QString m_folder;
    mutable std::mutex m_mutex;
    mutable std::map<QByteArray, Slot> m_files;
    mutable std::optional<std::vector<ModelFacts>> m_all;
};

std::shared_ptr<const PriceBook> PriceBook::builtIn()
{
    static const std::shared_ptr<const PriceBook> book = [] {
        auto fresh = std::make_shared<PriceBook>();
        fresh->d = std::make_shared<const Private>(QStringLiteral(":/fairlead/models"));
        return fresh;
    }();
    return book;
}

Result<std::shared_ptr<const PriceBook>> PriceBook::parse(const QByteArray &json)
{
    auto file = PriceFile::open(json);
    if (!file)
        return fail(file.error());
    if (auto checked = file->check(); !checked)
        return fail(checked.error());
    auto book = std::make_shared<PriceBook>();
    book->d = std::make_shared<const Private>(std::move(*file));
    return book;
}

std::optional<PriceRow> PriceBook::find(
    QByteArrayView provider, QByteArrayView model, WallTime when, std::int64_t inputTokens,
    QByteArrayView serviceTier) const
{
    if (!d)
        return std::nullopt;
    const PriceFile *file = d->file(provider.toByteArray());
    if (file == nullptr)
        return std::nullopt;
    const QByteArray tier = serviceTier.toByteArray().toLower();
    return file->find(model, PriceQuestion{when, inputTokens, tier});
}

Cost PriceBook::cost(
    const chat::Usage &usage, const std::optional<PriceRow> &row, const std::vector<UnitCount> &units)
{
    Cost cost;
    if (row) {
        cost.priceRow = row->id;
        cost.source = row->source;
        cost.perRequest = row->perRequest;
    }
    CostSum sum;
    bool known = row && (!usage.isEmpty() || !units.empty());
    for (int i = 0; i < chat::kTokenKinds; ++i) {
        CostLine line;
        line.kind = static_cast<TokenKind>(i);
        line.tokens = usage.valueOrZero(line.kind);
        if (line.tokens == 0)
            continue;
        if (row)
            line.price = row->prices[static_cast<std::size_t>(i)];
        if (line.price)
            sum.add(line.tokens, *line.price);
        else
            known = false;
        cost.lines.push_back(line);
    }
    for (const UnitCount &unit : units) {
        FeeLine line;
        line.unit = unit.unit;
        line.count = unit.count;
        for (const UnitFee &fee : row ? row->fees : std::vector<UnitFee>()) {
            if (fee.unit == unit.unit)
                line.price = fee.perMillion;
        }
        if (line.price)
            sum.add(unit.count, *line.price);
        else
            known = false;
        cost.fees.push_back(std::move(line));
    }
    if (cost.perRequest)
        sum.add(*cost.perRequest);
    if (known)
        cost.total = sum.rounded();
    return cost;
}

const std::vector<PriceBook::ModelFacts> &PriceBook::models() const
{
    static const std::vector<ModelFacts> none;
    return d ? d->allFacts() : none;
}

const std::vector<PriceBook::ModelFacts> &PriceBook::modelsOf(QByteArrayView provider) const
{
    static const std::vector<ModelFacts> none;
    return d ? d->facts(provider.toByteArray()) : none;
}

const PriceBook::ModelFacts *PriceBook::facts(QByteArrayView provider, QByteArrayView model) const
{
    for (const ModelFacts &facts : modelsOf(provider)) {
        if (facts.model == model)
            return &facts;
    }
    return nullptr;
}

} // namespace fairlead::metering
