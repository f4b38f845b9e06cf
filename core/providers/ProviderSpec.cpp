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

using Kind = Authentication::Scheme;

struct SchemeRow {
    std::string_view name;
    Kind kind;
    std::string_view header;
    std::string_view prefix;
    std::string_view service;
};
constexpr std::array<SchemeRow, 9> kSchemes{{
    {"bearer", Kind::Header, "authorization", "Bearer ", ""},
    {"x-api-key", Kind::Header, "x-api-key", "", ""},
    {"x-goog-api-key", Kind::Header, "x-goog-api-key", "", ""},
    {"api-key", Kind::Header, "api-key", "", ""},
    {"x-portkey-api-key", Kind::Header, "x-portkey-api-key", "", ""},
    {"api-key-prefix", Kind::Header, "authorization", "Api-Key ", ""},
    {"aws-sigv4", Kind::AwsSigV4, "authorization", "", "bedrock"},
    {"google-service-account", Kind::GoogleServiceAccount, "authorization", "", ""},
    {"none", Kind::Header, "", "", ""},
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

/// An address that may leave parts open: "https://{region}.example/v1".
Result<QByteArray> templateOf(const QByteArray &key, View value)
{
    QByteArray text = value.stringOr({});
    QByteArray tried = text;
    tried.replace('{', 'x').replace('}', 'x');
    const QUrl url(QString::fromUtf8(tried), QUrl::StrictMode);
    const bool web = url.scheme() == QLatin1String("https") || url.scheme() == QLatin1String("http");
    if (!url.isValid() || !web || url.host().isEmpty() || !url.userInfo().isEmpty())
        return wrong(key, "an http or https address without a user name: " + value.rawCopy());
    return text;
}

Result<std::vector<std::pair<QByteArray, QByteArray>>> regionsOf(const QByteArray &key, View value)
{
    if (!value.isObject())
        return wrong(key, "an object of names and addresses");
    std::vector<std::pair<QByteArray, QByteArray>> regions;
    for (const auto &member : value.members()) {
        auto url = templateOf(member.key, member.value);
        if (!url)
            return fail(url.error().in(key));
        regions.emplace_back(member.key, std::move(*url));
    }
    return regions;
}

Result<QByteArray> pathOf(const QByteArray &key, View value)
{
    QByteArray path = value.stringOr({});
    if (!path.startsWith('/'))
        return wrong(key, "a path that begins with /");
    return path;
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

constexpr auto kQuirkFields = std::to_array<Field<Quirks>>({
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
    {"reasoning_request",
     [](Quirks &q, const QByteArray &key, View v) { return put(q.reasoningRequest, textOf(key, v)); }},
    {"think_tags", [](Quirks &q, const QByteArray &key, View v) { return put(q.thinkTags, flagOf(key, v)); }},
    {"seed_field", [](Quirks &q, const QByteArray &key, View v) { return put(q.seedField, textOf(key, v)); }},
    {"refused_fields",
     [](Quirks &q, const QByteArray &key, View v) { return put(q.refusedFields, textsOf(key, v)); }},
    {"short_tool_ids",
     [](Quirks &q, const QByteArray &key, View v) { return put(q.shortToolIds, flagOf(key, v)); }},
    {"bare_media", [](Quirks &q, const QByteArray &key, View v) { return put(q.bareMedia, flagOf(key, v)); }},
    {"suits_mistral_client",
     [](Quirks &q, const QByteArray &key, View v) { return put(q.suitsMistralClient, flagOf(key, v)); }},
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
    {"anthropic_version",
     [](Quirks &q, const QByteArray &key, View v) { return put(q.anthropicVersion, textOf(key, v)); }},
});

constexpr auto kParameterFields = std::to_array<Field<Parameter>>({
    {"about", [](Parameter &p, const QByteArray &key, View v) { return put(p.about, textOf(key, v)); }},
    {"env", [](Parameter &p, const QByteArray &key, View v) { return put(p.environment, textsOf(key, v)); }},
    {"default", [](Parameter &p, const QByteArray &key, View v) { return put(p.fallback, textOf(key, v)); }},
    {"optional", [](Parameter &p, const QByteArray &key, View v) { return put(p.optional, flagOf(key, v)); }},
});

constexpr auto kPathFields = std::to_array<Field<PathRule>>({
    {"to", [](PathRule &p, const QByteArray &key, View v) { return put(p.to, pathOf(key, v)); }},
    {"stream", [](PathRule &p, const QByteArray &key, View v) { return put(p.toStream, pathOf(key, v)); }},
});

Result<std::vector<Parameter>> paramsOf(const QByteArray &key, View value)
{
    if (!value.isObject())
        return wrong(key, "an object of names and what they mean");
    std::vector<Parameter> params;
    for (const auto &member : value.members()) {
        Parameter parameter;
        parameter.name = member.key;
        if (auto read = readFields(parameter, member.value, kParameterFields); !read)
            return fail(read.error().in(member.key).in(key));
        params.push_back(std::move(parameter));
    }
    return params;
}

Result<std::vector<PathRule>> pathsOf(const QByteArray &key, View value)
{
    if (!value.isObject())
        return wrong(key, "an object of paths");
    std::vector<PathRule> rules;
    for (const auto &member : value.members()) {
        PathRule rule;
        rule.from = member.key;
        auto read = member.value.isString() ? put(rule.to, pathOf(member.key, member.value))
                                            : readFields(rule, member.value, kPathFields);
        if (!read)
            return fail(read.error().in(key));
        if (rule.to.isEmpty())
            return wrong(member.key, "a path, or an object with \"to\"");
        rules.push_back(std::move(rule));
    }
    return rules;
}

Result<UsageFields> usageFieldsOf(const QByteArray &key, View value)
{
    if (!value.isObject())
        return wrong(key, "an object of kinds and fields");
    UsageFields usage;
    for (const auto &member : value.members()) {
        if (member.key == "root") {
            usage.root = member.value.stringOr({});
            continue;
        }
        auto fields = textsOf(member.key, member.value);
        if (!fields)
            return fail(fields.error().in(key));
        usage.sums.emplace_back(member.key, std::move(*fields));
    }
    if (usage.root.isEmpty() || usage.sums.empty())
        return wrong(key, "an object with \"root\" and kinds of tokens");
    return usage;
}

using Spec = ProviderSpec;

constexpr auto kSpecFields = std::to_array<Field<Spec>>({
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
    {"models_url",
     [](Spec &s, const QByteArray &key, View v) { return put(s.modelsUrl, templateOf(key, v)); }},
    {"params", [](Spec &s, const QByteArray &key, View v) { return put(s.params, paramsOf(key, v)); }},
    {"paths", [](Spec &s, const QByteArray &key, View v) { return put(s.paths, pathsOf(key, v)); }},
    {"usage_fields",
     [](Spec &s, const QByteArray &key, View v) { return put(s.usageFields, usageFieldsOf(key, v)); }},
    {"rate_limit_headers",
     [](Spec &s, const QByteArray &key, View v) { return put(s.rateLimitHeaders, textsOf(key, v)); }},
    {"serves", [](Spec &s, const QByteArray &key, View v) { return put(s.serves, textsOf(key, v)); }},
});

} // namespace

std::optional<QByteArray> ProviderSpec::pathOf(QByteArrayView service) const
{
    if (!serves)
        return wire.startsWith("openai-") ? std::optional('/' + service.toByteArray()) : std::nullopt;
    for (const QByteArray &path : *serves) {
        const bool below = path.endsWith(service) && path.chopped(service.size()).endsWith('/');
        if (path == service || below)
            return '/' + path;
    }
    return std::nullopt;
}

Result<Authentication> Authentication::byName(QByteArrayView name)
{
    QByteArray known;
    for (const SchemeRow &scheme : kSchemes) {
        if (name == QByteArrayView(scheme.name)) {
            Authentication auth;
            auth.scheme = scheme.kind;
            auth.header = bytes(scheme.header);
            auth.prefix = bytes(scheme.prefix);
            auth.service = bytes(scheme.service);
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
