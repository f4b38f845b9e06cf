// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/Config.h"

#include "config/ConfigKeys.h"
#include "config/RouteFormat.h"

namespace fairlead::config {

namespace {

using json::Writer;

void optionalText(Writer &writer, QByteArrayView key, const std::optional<QString> &text)
{
    if (text)
        writer.member(key, text->toUtf8());
}

void texts(Writer &writer, QByteArrayView key, const std::vector<QByteArray> &list)
{
    if (list.empty())
        return;
    writer.key(key).beginArray();
    for (const QByteArray &text : list)
        writer.string(text);
    writer.endArray();
}

template<typename T, typename Write>
void objects(Writer &writer, QByteArrayView key, const std::vector<T> &list, Write write)
{
    if (list.empty())
        return;
    writer.key(key).beginArray();
    for (const T &entry : list) {
        writer.beginObject();
        write(writer, entry);
        writer.endObject();
    }
    writer.endArray();
}

void writeServer(Writer &writer, const ServerConfig &server)
{
    if (server == ServerConfig())
        return;
    writer.key("server").beginObject();
    optionalText(writer, "host", server.host);
    if (server.port)
        writer.memberInteger("port", *server.port);
    if (server.auth)
        writer.member("auth", *server.auth == ServerConfig::Auth::None ? "none" : "token");
    if (server.mostBodyBytes)
        writer.memberInteger("max_body_bytes", *server.mostBodyBytes);
    if (!server.corsOrigins.isEmpty()) {
        writer.key("cors_origins").beginArray();
        for (const QString &origin : server.corsOrigins)
            writer.string(origin.toUtf8());
        writer.endArray();
    }
    if (server.lan)
        writer.memberBoolean("lan", true);
    if (server.tls) {
        writer.key("tls").beginObject();
        writer.member("cert_file", server.tls->certFile.toUtf8());
        writer.member("key_file", server.tls->keyFile.toUtf8());
        writer.endObject();
    }
    writer.endObject();
}

void optionalInteger(Writer &writer, QByteArrayView key, const std::optional<qint64> &number)
{
    if (number)
        writer.memberInteger(key, *number);
}

void optionalMoney(Writer &writer, QByteArrayView key, const std::optional<NanoUsd> &amount)
{
    if (amount)
        writer.member(key, amount->toDecimal());
}

void writeLimits(Writer &writer, const Limits &limits)
{
    if (limits == Limits())
        return;
    writer.key("limits").beginObject();
    optionalInteger(writer, "requests_per_minute", limits.requestsPerMinute);
    optionalInteger(writer, "tokens_per_minute", limits.tokensPerMinute);
    optionalInteger(writer, "concurrent", limits.concurrent);
    optionalMoney(writer, "usd_per_day", limits.usdPerDay);
    optionalMoney(writer, "usd_per_week", limits.usdPerWeek);
    optionalMoney(writer, "usd_per_month", limits.usdPerMonth);
    if (!limits.hard)
        writer.memberBoolean("hard", false);
    writer.endObject();
}

void writeModelLimits(Writer &writer, const ModelLimits &entry)
{
    writer.member("model", entry.model);
    writeLimits(writer, entry.limits);
}

void writeRunaway(Writer &writer, const RunawayLimits &runaway)
{
    if (runaway == RunawayLimits())
        return;
    writer.key("runaway").beginObject();
    optionalInteger(writer, "same_calls", runaway.sameCalls);
    optionalMoney(writer, "usd_per_minute", runaway.usdPerMinute);
    writer.endObject();
}

void writeBudget(Writer &writer, const AppConfig::Budget &budget)
{
    writer.key("budget").beginObject();
    writer.member("usd", budget.usd.toDecimal());
    writer.member("per", budget.per);
    writer.memberBoolean("hard", budget.hard);
    writer.endObject();
}

void writeApp(Writer &writer, const AppConfig &app)
{
    writer.member("name", app.name);
    if (!app.tokenEnv.isEmpty())
        writer.member("token_env", app.tokenEnv.toUtf8());
    texts(writer, "models", app.models);
    if (app.budget)
        writeBudget(writer, *app.budget);
    writeLimits(writer, app.limits);
    writeRunaway(writer, app.runaway);
    if (app.expires)
        writer.member("expires", app.expires->toString(Qt::ISODate).toLatin1());
    if (!app.program.isEmpty())
        writer.member("program", app.program.toUtf8());
}

void writeKey(Writer &writer, const KeyEntry &key)
{
    writer.member(key.source == KeyEntry::Source::Environment ? "env" : "keychain", key.name.toUtf8());
}

void writeTimeouts(Writer &writer, const ProviderConfig::Timeouts &timeouts)
{
    if (timeouts == ProviderConfig::Timeouts())
        return;
    const auto write = [&writer](QByteArrayView key, const std::optional<std::chrono::milliseconds> &limit) {
        if (limit)
            writer.memberInteger(key, limit->count());
    };
    writer.key("timeouts").beginObject();
    write("connect_ms", timeouts.connect);
    write("first_byte_ms", timeouts.firstByte);
    write("idle_ms", timeouts.idle);
    write("total_ms", timeouts.total);
    writer.endObject();
}

void writeProvider(Writer &writer, const ProviderConfig &provider)
{
    writer.member("id", provider.id);
    optionalText(writer, "name", provider.name);
    if (provider.wire)
        writer.member("wire", *provider.wire);
    optionalText(writer, "base_url", provider.baseUrl);
    if (!provider.params.empty()) {
        writer.key("params").beginObject();
        for (const auto &[name, value] : provider.params)
            writer.member(name, value);
        writer.endObject();
    }
    if (provider.auth)
        writer.member("auth", *provider.auth);
    objects(writer, "keys", provider.keys, writeKey);
    if (provider.keyUse != ProviderConfig::KeyUse::Order)
        writer.member("key_use", keyUseNames()[static_cast<std::size_t>(provider.keyUse)]);
    texts(writer, "models", provider.models);
    if (provider.http2)
        writer.memberBoolean("http2", *provider.http2);
    optionalText(writer, "ca_file", provider.caFile);
    writeTimeouts(writer, provider.timeouts);
    writeLimits(writer, provider.limits);
    if (!provider.enabled)
        writer.memberBoolean("enabled", false);
}

/// Past the string that begins at `from`.
qsizetype afterString(const QByteArray &json, qsizetype from)
{
    qsizetype at = from + 1;
    while (json[at] != '"')
        at += json[at] == '\\' ? 2 : 1;
    return at + 1;
}

/// Past the flat list that begins at `from`; -1 if it holds objects or lists.
qsizetype afterFlatList(const QByteArray &json, qsizetype from)
{
    for (qsizetype at = from + 1; at < json.size();) {
        if (json[at] == '"')
            at = afterString(json, at);
        else if (json[at] == ']')
            return at + 1;
        else if (json[at] == '{' || json[at] == '[')
            return -1;
        else
            ++at;
    }
    return -1;
}

/// Compact JSON as people write it: one member a line, two spaces a level, lists of plain values on one line.
class Pretty
{
public:
    explicit Pretty(const QByteArray &compact)
        : m_json(compact)
    { }

    QByteArray text()
    {
        for (m_at = 0; m_at < m_json.size();)
            step();
        return m_out + '\n';
    }

private:
    void step()
    {
        const char c = m_json[m_at];
        if (c == '"') {
            copyUntil(afterString(m_json, m_at));
            return;
        }
        if (c == '[') {
            if (const qsizetype end = afterFlatList(m_json, m_at); end > 0) {
                flatList(end);
                return;
            }
        }
        ++m_at;
        if (c == '{' || c == '[') {
            m_out += c;
            newLine(++m_depth);
        } else if (c == '}' || c == ']') {
            newLine(--m_depth);
            m_out += c;
        } else {
            m_out += c;
            if (c == ',')
                newLine(m_depth);
            else if (c == ':')
                m_out += ' ';
        }
    }
    void copyUntil(qsizetype end)
    {
        m_out += QByteArrayView(m_json).sliced(m_at, end - m_at);
        m_at = end;
    }
    void flatList(qsizetype end)
    {
        while (m_at < end) {
            if (m_json[m_at] == '"') {
                copyUntil(afterString(m_json, m_at));
                continue;
            }
            m_out += m_json[m_at];
            if (m_json[m_at++] == ',')
                m_out += ' ';
        }
    }
    void newLine(int depth) { m_out += '\n' + QByteArray(2 * depth, ' '); }

    QByteArray m_json;
    QByteArray m_out;
    qsizetype m_at = 0;
    int m_depth = 0;
};

} // namespace

QByteArray formatConfig(const Config &config)
{
    Writer writer;
    writer.beginObject();
    if (!config.schema.isEmpty())
        writer.member("$schema", config.schema.toUtf8());
    writeServer(writer, config.server);
    objects(writer, "apps", config.apps, writeApp);
    objects(writer, "providers", config.providers, writeProvider);
    objects(writer, "routes", config.routes, writeRoute);
    writeLimits(writer, config.limits);
    objects(writer, "model_limits", config.modelLimits, writeModelLimits);
    writeRunaway(writer, config.runaway);
    writer.endObject();
    const QByteArray compact = writer.take();
    return compact == "{}" ? QByteArray("{}\n") : Pretty(compact).text();
}

} // namespace fairlead::config
