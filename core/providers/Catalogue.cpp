// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Logging.h"
#include "providers/ProviderSpec.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

namespace fairlead::providers {

namespace {

const QString kFolder = QStringLiteral(":/fairlead/providers/");
const QString kSuffix = QStringLiteral(".json");

std::optional<ProviderSpec> load(const QString &id)
{
    QFile file(kFolder + id + kSuffix);
    if (!file.open(QIODevice::ReadOnly))
        return std::nullopt;
    auto spec = Catalogue::parse(file.readAll());
    if (!spec) {
        qCWarning(lcRoute) << "provider" << id << "is unreadable:" << spec.error().message().constData();
        return std::nullopt;
    }
    return std::move(*spec);
}

bool matches(const QString &pattern, const QString &key)
{
    return QRegularExpression(pattern).match(key).hasMatch();
}

// How much a match says: the length of the fixed text the pattern begins with ("sk-ant-" of
// "^sk-ant-(api03|..."), and a little more if it goes on after that. Alternatives at the top level begin with
// no one text.
qsizetype tellingOf(const QString &pattern)
{
    qsizetype length = 0;
    if (!pattern.startsWith(QLatin1Char('^')) || pattern.contains(QLatin1String("$|")))
        return 0;
    for (qsizetype i = 1; i < pattern.size(); ++i) {
        const QChar c = pattern[i];
        if (!c.isLetterOrNumber() && c != QLatin1Char('-') && c != QLatin1Char('_') && c != QLatin1Char(':'))
            break;
        ++length;
    }
    return length == 0 ? 0 : 2 * length + (pattern.size() > length + 1 ? 1 : 0);
}

// "sk-" is anybody's; "gsk_" and longer are names.
constexpr qsizetype kPlainlyTelling = 2 * 4;

} // namespace

class Catalogue::Private
{
public:
    std::mutex mutex;
    std::map<QByteArray, std::optional<ProviderSpec>> known;
    std::optional<std::vector<ProviderSpec>> all;
};

Catalogue::Catalogue()
    : d(std::make_unique<Private>())
{ }

Catalogue::~Catalogue() = default;

const Catalogue &Catalogue::builtIn()
{
    static const Catalogue catalogue;
    return catalogue;
}

const ProviderSpec *Catalogue::find(QByteArrayView id) const
{
    const QByteArray name = id.toByteArray();
    if (name.isEmpty() || name == "schema" || name.contains('/'))
        return nullptr;
    const std::scoped_lock lock(d->mutex);
    auto it = d->known.find(name);
    if (it == d->known.end())
        it = d->known.emplace(name, load(QString::fromUtf8(name))).first;
    return it->second ? &*it->second : nullptr;
}

const std::vector<ProviderSpec> &Catalogue::all() const
{
    const std::scoped_lock lock(d->mutex);
    if (!d->all) {
        std::vector<ProviderSpec> specs;
        for (const QString &file : QDir(kFolder).entryList({QLatin1Char('*') + kSuffix}, QDir::Files)) {
            if (file == QLatin1String("schema.json"))
                continue;
            if (auto spec = load(file.chopped(kSuffix.size())))
                specs.push_back(std::move(*spec));
        }
        std::sort(specs.begin(), specs.end(), [](const ProviderSpec &a, const ProviderSpec &b) {
            return a.id < b.id;
        });
        d->all = std::move(specs);
    }
    return *d->all;
}

std::vector<QByteArray> Catalogue::ownersOfForeignKey(const ProviderSpec &spec, QByteArrayView key) const
{
    if (spec.keyPattern.isEmpty() || spec.local || spec.ownBaseUrl)
        return {};
    QString text = QString::fromUtf8(key);
    const bool fits = matches(spec.keyPattern, text);
    text.fill(QChar());
    // Nobody's pattern says more than a name of four letters and up.
    if (fits && tellingOf(spec.keyPattern) >= kPlainlyTelling)
        return {};
    std::vector<QByteArray> owners = providersMatchingKey(key);
    if (owners.empty() || std::find(owners.begin(), owners.end(), spec.id) != owners.end())
        return {};
    const ProviderSpec *owner = find(owners.front());
    if (!owner || tellingOf(owner->keyPattern) < kPlainlyTelling)
        return {};
    return owners;
}

std::vector<QByteArray> Catalogue::providersMatchingKey(QByteArrayView key) const
{
    QString text = QString::fromUtf8(key);
    std::vector<QByteArray> best;
    qsizetype bestTelling = 1;
    for (const ProviderSpec &spec : all()) {
        const qsizetype telling = tellingOf(spec.keyPattern);
        if (telling < bestTelling || !matches(spec.keyPattern, text))
            continue;
        if (telling > bestTelling)
            best.clear();
        bestTelling = telling;
        best.push_back(spec.id);
    }
    text.fill(QChar()); // ours alone by now: the key leaves no copy behind
    return best;
}

} // namespace fairlead::providers
