// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/ProviderSpec.h"

#include "json/View.h"

#include <QRegularExpression>

#include <array>
#include <functional>
#include <string_view>

namespace fairlead::providers {

using json::View;

namespace {

struct Scheme {
    std::string_view name;
    std::string_view header;
    std::string_view prefix;
};
constexpr std::array<Scheme, 7> kSchemes{{
    {"bearer", "authorization", "Bearer "},
    {"x-api-key", "x-api-key", ""},
    {"x-goog-api-key", "x-goog-api-key", ""},
    {"api-key", "api-key", ""},
    {"x-portkey-api-key", "x-portkey-api-key", ""},
    {"api-key-prefix", "authorization", "Api-Key "},
    {"none", "", ""},
}};

QByteArray bytes(std::string_view text)
{
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

tl::unexpected<Error> wrong(const QByteArray &key, const QByteArray &must)
{
    return fail(ErrorKind::Invalid, '"' + key + "\" must be " + must);
}

Result<QByteArray> textOf(const QByteArray &key, View value)
{
    const auto text = value.string();
    if (!text || text->isEmpty())
        return wrong(key, "a text that is not empty");
    return *text;
}

Result<bool> flagOf(const QByteArray &key, View value)
{
    const auto flag = value.boolean();
    if (!flag)
        return wrong(key, "true or false");
    return *flag;
}

Result<QUrl> urlOf(const QByteArray &key, View value)
{
    const QUrl url(QString::fromUtf8(value.stringOr("")), QUrl::StrictMode);
    const bool web = url.scheme() == QLatin1String("https") || url.scheme() == QLatin1String("http");
    if (!url.isValid() || !web || url.host().isEmpty() || !url.userInfo().isEmpty())
        return wrong(key, "an http or https address without a user name: " + value.rawCopy());
    return url;
}

Result<std::vector<QByteArray>> textsOf(const QByteArray &key, View value)
{
    if (!value.isArray())
        return wrong(key, "an array of texts");
    std::vector<QByteArray> texts;
    for (const View element : value.elements()) {
        auto text = textOf(key, element);
        if (!text)
            return fail(text.error());
        texts.push_back(std::move(*text));
    }
    return texts;
}

Result<QString> patternOf(const QByteArray &key, View value)
{
    const QString pattern = QString::fromUtf8(value.stringOr(""));
    const QRegularExpression expression(pattern);
    if (pattern.isEmpty() || !expression.isValid())
        return wrong(key, "a regular expression (" + expression.errorString().toUtf8() + ')');
    return pattern;
}

Result<Headers> headersOf(const QByteArray &key, View value)
{
    if (!value.isObject())
        return wrong(key, "an object of names and texts");
    Headers headers;
    for (const auto &member : value.members()) {
        auto text = textOf(member.key, member.value);
        if (!text)
            return fail(text.error().in(key));
        headers.add(member.key, std::move(*text));
    }
    return headers;
}

Result<std::vector<std::pair<QByteArray, QUrl>>> regionsOf(const QByteArray &key, View value)
{
    if (!value.isObject())
        return wrong(key, "an object of names and addresses");
    std::vector<std::pair<QByteArray, QUrl>> regions;
    for (const auto &member : value.members()) {
        auto url = urlOf(member.key, member.value);
        if (!url)
            return fail(url.error().in(key));
        regions.emplace_back(member.key, std::move(*url));
    }
    return regions;
}

/// What may stand in an object: a name, and what reads it into the target.
template<typename Target>
struct Field {
    std::string_view name;
    Result<void> (*read)(Target &target, const QByteArray &key, View value);
};

// Puts a reader's result where it belongs.
template<typename T, typename U>
Result<void> put(U &into, Result<T> value)
{
    if (!value)
        return fail(value.error());
    into = std::move(*value);
    return {};
}

template<typename Target, std::size_t N>
Result<void> readFields(Target &target, View object, const std::array<Field<Target>, N> &fields)
{
    if (!object.isObject())
        return fail(ErrorKind::Invalid, "must be an object");
    for (const auto &member : object.members()) {
        const Field<Target> *known = nullptr;
        for (const Field<Target> &field : fields) {
            if (member.key == QByteArrayView(field.name))
                known = &field;
        }
        if (known == nullptr)
            return fail(ErrorKind::Invalid, "unknown key \"" + member.key + '"');
        if (auto read = known->read(target, member.key, member.value); !read)
            return read;
    }
    return {};
}

using wire::Quirks;

constexpr std::array<Field<Quirks>, 10> kQuirkFields{{
    {"max_tokens_field",
     [](Quirks &q, const QByteArray &key, View v) { return put(q.maxTokensField, textOf(key, v)); }},
    {"no_developer_role",
     [](Quirks &q, const QByteArray &key, View v) { return put(q.noDeveloperRole, flagOf(key, v)); }},
    {"no_stream_options",
     [](Quirks &q, const QByteArray &key, View v) { return put(q.noStreamOptions, flagOf(key, v)); }},
    {"reasoning_outside_completion",
     [](Quirks &q, const QByteArray &key, View v) {
         return put(q.reasoningOutsideCompletion, flagOf(key, v));
     }},
    {"reasoning_field",
     [](Quirks &q, const QByteArray &key, View v) { return put(q.reasoningField, textOf(key, v)); }},
    {"cache_control",
     [](Quirks &q, const QByteArray &key, View v) { return put(q.cacheControl, flagOf(key, v)); }},
    {"default_max_tokens",
     [](Quirks &q, const QByteArray &key, View v) -> Result<void> {
         if (v.integerOr(0) <= 0)
             return wrong(key, "a number of tokens");
         q.defaultMaxTokens = v.integer();
         return {};
     }},
    {"json_schema",
     [](Quirks &q, const QByteArray &key, View v) { return put(q.jsonSchema, flagOf(key, v)); }},
    {"structured_output",
     [](Quirks &q, const QByteArray &key, View v) { return put(q.structuredOutput, flagOf(key, v)); }},
    {"thinking_style",
     [](Quirks &q, const QByteArray &key, View v) { return put(q.thinkingStyle, textOf(key, v)); }},
}};

using Spec = ProviderSpec;

constexpr std::array<Field<Spec>, 19> kSpecFields{{
    {"$schema", [](Spec &, const QByteArray &, View) { return Result<void>(); }},
    {"id", [](Spec &s, const QByteArray &key, View v) { return put(s.id, textOf(key, v)); }},
    {"name",
     [](Spec &s, const QByteArray &key, View v) {
         return put(
             s.name, textOf(key, v).map([](const QByteArray &name) { return QString::fromUtf8(name); }));
     }},
    {"kind", [](Spec &s, const QByteArray &key, View v) { return put(s.kind, textOf(key, v)); }},
    {"wire", [](Spec &s, const QByteArray &key, View v) { return put(s.wire, textOf(key, v)); }},
    {"base_url", [](Spec &s, const QByteArray &key, View v) { return put(s.baseUrl, urlOf(key, v)); }},
    {"base_url_template",
     [](Spec &s, const QByteArray &key, View v) {
         return put(s.baseUrlTemplate, textOf(key, v).map([](const QByteArray &url) {
             return QString::fromUtf8(url);
         }));
     }},
    {"regions", [](Spec &s, const QByteArray &key, View v) { return put(s.regions, regionsOf(key, v)); }},
    {"auth",
     [](Spec &s, const QByteArray &, View v) { return put(s.auth, Authentication::byName(v.stringOr(""))); }},
    {"env", [](Spec &s, const QByteArray &key, View v) { return put(s.environment, textsOf(key, v)); }},
    {"key_pattern",
     [](Spec &s, const QByteArray &key, View v) { return put(s.keyPattern, patternOf(key, v)); }},
    {"keys_page", [](Spec &s, const QByteArray &key, View v) { return put(s.keysPage, urlOf(key, v)); }},
    {"docs_page", [](Spec &s, const QByteArray &key, View v) { return put(s.docsPage, urlOf(key, v)); }},
    {"local", [](Spec &s, const QByteArray &key, View v) { return put(s.local, flagOf(key, v)); }},
    {"http2", [](Spec &s, const QByteArray &key, View v) { return put(s.http2, flagOf(key, v)); }},
    {"headers", [](Spec &s, const QByteArray &key, View v) { return put(s.headers, headersOf(key, v)); }},
    {"quirks",
     [](Spec &s, const QByteArray &key, View v) -> Result<void> {
         auto read = readFields(s.quirks, v, kQuirkFields);
         if (!read)
             return fail(read.error().in(key));
         return {};
     }},
    {"price_provider",
     [](Spec &s, const QByteArray &key, View v) { return put(s.priceProvider, textOf(key, v)); }},
    {"models", [](Spec &s, const QByteArray &key, View v) { return put(s.models, textsOf(key, v)); }},
}};

} // namespace

Result<Authentication> Authentication::byName(QByteArrayView name)
{
    QByteArray known;
    for (const Scheme &scheme : kSchemes) {
        if (name == QByteArrayView(scheme.name)) {
            Authentication auth;
            auth.header = bytes(scheme.header);
            auth.prefix = bytes(scheme.prefix);
            return auth;
        }
        known += (known.isEmpty() ? "" : ", ") + bytes(scheme.name);
    }
    return fail(
        ErrorKind::Invalid, "unknown way to authenticate \"" + name.toByteArray() + "\"; there are " + known);
}

Result<ProviderSpec> Catalogue::parse(const QByteArray &json)
{
    const auto document = json::Document::parse(json);
    if (!document)
        return fail(document.error());
    ProviderSpec spec;
    if (auto read = readFields(spec, document->root(), kSpecFields); !read)
        return fail(read.error());
    for (const char *key : {"id", "name", "kind", "wire", "auth"}) {
        if (!(*document)[QByteArrayView(key)])
            return fail(ErrorKind::Invalid, "\"" + QByteArray(key) + "\" is missing");
    }
    if (spec.baseUrl.isEmpty() == spec.baseUrlTemplate.isEmpty())
        return fail(ErrorKind::Invalid, "there must be either \"base_url\" or \"base_url_template\"");
    if (spec.priceProvider.isEmpty())
        spec.priceProvider = spec.id;
    return spec;
}

} // namespace fairlead::providers
