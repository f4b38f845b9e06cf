// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/Addressing.h"

#include <algorithm>

namespace fairlead::providers {

namespace {

/// A value found, or what to say of its absence.
struct Value {
    QByteArray text;
    bool known = false;
};

QByteArray listOf(const std::vector<QByteArray> &words)
{
    QByteArray list;
    for (const QByteArray &word : words)
        list += (list.isEmpty() ? "" : ", ") + word;
    return list;
}

/// Parts of an address must not break out of their place in it.
bool fitsAddress(const QByteArray &value)
{
    return std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
               || c == '.' || c == '_';
    });
}

bool fitsHeader(const QByteArray &value)
{
    return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c != 0x7f; });
}

class Filler
{
public:
    Filler(const ProviderSpec &spec, const Params &given)
        : m_spec(spec)
        , m_given(given)
    { }

    [[nodiscard]] Value value(QByteArrayView name) const
    {
        for (const auto &[key, text] : m_given) {
            if (key == name)
                return {text, true};
        }
        const Parameter *declared = parameter(name);
        if (!declared)
            return {};
        for (const QByteArray &variable : declared->environment) {
            const QByteArray text = qgetenv(variable.constData()).trimmed();
            if (!text.isEmpty())
                return {text, true};
        }
        return {declared->fallback, !declared->fallback.isEmpty()};
    }

    /// The template with its parameters in place. `optional` set = one of them has no value and need not.
    [[nodiscard]] Result<QByteArray>
    fill(const QByteArray &pattern, bool address, bool *leftOut = nullptr) const
    {
        QByteArray filled;
        qsizetype from = 0;
        for (;;) {
            const qsizetype open = pattern.indexOf('{', from);
            const qsizetype close = open < 0 ? -1 : pattern.indexOf('}', open);
            if (close < 0)
                return filled + pattern.mid(from);
            filled += pattern.mid(from, open - from);
            const QByteArray name = pattern.mid(open + 1, close - open - 1);
            from = close + 1;
            if (name == "model") { // known with each request only
                filled += "{model}";
                continue;
            }
            Value found = value(name);
            if (!found.known) {
                const Parameter *declared = parameter(name);
                if (!declared || !declared->optional || !leftOut)
                    return missing(name);
                *leftOut = true;
                return QByteArray();
            }
            // Hosts are often kept with a scheme before them.
            if (address && found.text.startsWith("https://"))
                found.text.remove(0, 8);
            while (address && found.text.endsWith('/'))
                found.text.chop(1);
            if (address ? !fitsAddress(found.text) : !fitsHeader(found.text))
                return fail(
                    ErrorKind::Invalid, "\"params\": \"" + name
                                            + "\" holds characters that do not belong into "
                                            + (address ? "an address" : "a header field"));
            filled += found.text;
        }
    }

    [[nodiscard]] tl::unexpected<Error> missing(const QByteArray &name) const
    {
        const Parameter *declared = parameter(name);
        QByteArray words = "needs \"params\": { \"" + name + "\": \"...\" }";
        if (declared && !declared->about.isEmpty())
            words += ", " + declared->about;
        if (declared && !declared->environment.empty())
            words += ", or the environment variable " + declared->environment.front();
        return fail(ErrorKind::Invalid, words);
    }

    /// Names that mean something to this provider.
    [[nodiscard]] std::vector<QByteArray> names() const
    {
        std::vector<QByteArray> names;
        for (const Parameter &declared : m_spec.params)
            names.push_back(declared.name);
        const bool regional
            = !m_spec.regions.empty() || m_spec.auth.scheme == Authentication::Scheme::AwsSigV4;
        if (regional && !parameter("region") && !parameter("location"))
            names.emplace_back("region");
        return names;
    }

private:
    [[nodiscard]] const Parameter *parameter(QByteArrayView name) const
    {
        const auto declared
            = std::find_if(m_spec.params.begin(), m_spec.params.end(), [&](const Parameter &each) {
                  return each.name == name;
              });
        return declared == m_spec.params.end() ? nullptr : &*declared;
    }

    const ProviderSpec &m_spec;
    const Params &m_given;
};

Result<> refuseUnknown(const Filler &filler, const Params &given)
{
    const std::vector<QByteArray> names = filler.names();
    for (const auto &[name, text] : given) {
        if (std::find(names.begin(), names.end(), name) != names.end())
            continue;
        return fail(
            ErrorKind::Invalid,
            "\"params\": it has no \"" + name
                + (names.empty() ? QByteArray("\"; it takes none") : "\"; it takes " + listOf(names)));
    }
    return {};
}

/// The base address of the region asked for, where the provider has several.
Result<QByteArray> chooseBase(const ProviderSpec &spec, const Filler &filler)
{
    QByteArray base = spec.baseUrlTemplate.toUtf8();
    for (const char *name : {"region", "location"}) {
        const Value where = filler.value(QByteArrayView(name));
        if (!where.known || spec.regions.empty())
            continue;
        std::vector<QByteArray> known;
        for (const auto &[region, url] : spec.regions) {
            if (region == where.text)
                return url;
            known.push_back(region);
        }
        if (base.isEmpty())
            return fail(
                ErrorKind::Invalid,
                "\"params\": there is no region \"" + where.text + "\"; there are " + listOf(known));
    }
    return base;
}

Result<> fillBase(ProviderSpec &spec, const Filler &filler)
{
    auto base = chooseBase(spec, filler);
    if (!base)
        return fail(base.error());
    if (base->isEmpty())
        return {};
    auto filled = filler.fill(*base, true);
    if (!filled)
        return fail(filled.error());
    spec.baseUrl = QUrl(QString::fromUtf8(*filled), QUrl::StrictMode);
    if (!spec.baseUrl.isValid() || spec.baseUrl.host().isEmpty())
        return fail(ErrorKind::Invalid, "\"params\" make no address: " + *filled);
    return {};
}

Result<> fillHeaders(ProviderSpec &spec, const Filler &filler)
{
    Headers headers;
    for (const auto &[name, pattern] : spec.headers) {
        bool leftOut = false;
        auto filled = filler.fill(pattern, false, &leftOut);
        if (!filled)
            return fail(filled.error());
        if (!leftOut)
            headers.add(name, std::move(*filled));
    }
    spec.headers = std::move(headers);
    return {};
}

} // namespace

Result<> fillIn(ProviderSpec &spec, const Params &given)
{
    const ProviderSpec open = spec;
    const Filler filler(open, given);
    if (auto known = refuseUnknown(filler, given); !known)
        return known;
    if (!spec.ownBaseUrl) {
        if (auto filled = fillBase(spec, filler); !filled)
            return filled;
    }
    if (auto filled = fillHeaders(spec, filler); !filled)
        return filled;
    for (PathRule &rule : spec.paths) {
        for (QByteArray *path : {&rule.to, &rule.toStream}) {
            auto filled = filler.fill(*path, true);
            if (!filled)
                return fail(filled.error());
            *path = std::move(*filled);
        }
    }
    if (!spec.modelsUrl.isEmpty() && !spec.ownBaseUrl) {
        auto filled = filler.fill(spec.modelsUrl, true);
        if (!filled)
            return fail(filled.error());
        spec.modelsUrl = std::move(*filled);
    } else {
        spec.modelsUrl.clear();
    }
    if (spec.auth.scheme == Authentication::Scheme::AwsSigV4) {
        const Value region = filler.value("region");
        if (!region.known)
            return filler.missing("region");
        spec.auth.region = region.text;
    }
    return {};
}

QByteArray addressed(const ProviderSpec &spec, const QByteArray &path, QByteArrayView model, bool stream)
{
    if (spec.paths.empty())
        return path;
    const qsizetype query = path.indexOf('?');
    const QByteArrayView bare = QByteArrayView(path).first(query < 0 ? path.size() : query);
    const auto rule = std::find_if(
        spec.paths.begin(), spec.paths.end(), [&](const PathRule &each) { return each.from == bare; });
    if (rule == spec.paths.end())
        return path;
    QByteArray to = stream && !rule->toStream.isEmpty() ? rule->toStream : rule->to;
    return to.replace("{model}", model.toByteArray().toPercentEncoding("@:"));
}

} // namespace fairlead::providers
