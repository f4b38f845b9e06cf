// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ErrorBody.h"

#include <QDateTime>
#include <QString>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>

namespace fairlead::wire {

using chat::Failure;
using chat::FailureClass;
using json::View;
using std::chrono::milliseconds;

namespace {

constexpr qsizetype kMostMessageBytes = 4096;
constexpr milliseconds kLongestWait = std::chrono::hours(24);
constexpr int kDeepestWords = 8;

/// What an error body says, before it is judged.
struct Words {
    QByteArray message;
    QByteArray type;
    QByteArray code;
    QByteArray param;
    QByteArray requestId;
    QByteArray hints; ///< further words that name the kind of error
    int status = 0; ///< a status hidden in the body
    std::optional<milliseconds> retryAfter;
};

QByteArray joined(View list, int depth);

/// The sentence for people in a value of whatever shape: string, list of errors, object that wraps another.
QByteArray sentence(View value, int depth = 0)
{
    if (depth > kDeepestWords)
        return {};
    if (value.isString())
        return value.stringOr({});
    if (value.isArray())
        return joined(value, depth);
    if (!value.isObject())
        return {};
    // FastAPI's validation errors: where and what.
    if (const View what = value["msg"]) {
        const View where = value["loc"];
        return where ? where.rawCopy() + ": " + sentence(what, depth + 1) : sentence(what, depth + 1);
    }
    for (const char *name : {"message", "Message", "error", "detail", "errors", "error_message"}) {
        QByteArray found = sentence(value[QByteArrayView(name)], depth + 1);
        if (!found.isEmpty())
            return found;
    }
    return {};
}

QByteArray joined(View list, int depth)
{
    constexpr int most = 5;
    QByteArray text;
    int taken = 0;
    for (const View element : list.elements()) {
        const QByteArray part = sentence(element, depth + 1);
        if (part.isEmpty())
            continue;
        if (!text.isEmpty())
            text += "; ";
        text += part;
        if (++taken == most)
            break;
    }
    return text;
}

/// A word that may be written as string or number.
QByteArray word(View value)
{
    if (value.isString())
        return value.stringOr({});
    return value.isNumber() ? value.rawCopy() : QByteArray();
}

int statusIn(View value)
{
    const std::int64_t status = value.isString() ? value.stringOr({}).toLongLong() : value.integerOr(0);
    return status >= 400 && status <= 599 ? static_cast<int>(status) : 0;
}

/// Gemini and Vertex say more in details[]: ErrorInfo.reason and RetryInfo.retryDelay.
void readGoogleDetails(View details, Words &words)
{
    for (const View detail : details.elements()) {
        words.hints += ' ' + detail["reason"].stringOr({});
        if (const auto delay = detail["retryDelay"].string())
            words.retryAfter = parseDuration(*delay);
    }
}

/// OpenRouter wraps the provider's own answer, often JSON again, in metadata.raw.
void readRouterMetadata(View metadata, Words &words)
{
    words.hints += ' ' + metadata["error_type"].stringOr({});
    if (metadata["reasons"].isArray())
        words.hints += " content_policy_violation";
    const QByteArray raw = metadata["raw"].stringOr({});
    if (raw.isEmpty() || (!words.message.isEmpty() && words.message != "Provider returned error"))
        return;
    const auto inner = json::Document::parse(raw);
    const QByteArray said = inner ? sentence(inner->root()) : QByteArray();
    words.message = said.isEmpty() ? raw : said;
}

Words readWords(View root)
{
    if (root.isArray())
        root = root.at(0);
    const View error = root["error"];
    const View body = error.isObject() ? error : root;
    Words words;
    words.message = sentence(error.isObject() ? error : root);
    words.type = word(body["type"]);
    words.code = word(body["code"]);
    words.param = word(body["param"]);
    words.requestId = word(root["request_id"]);
    for (const char *name : {"status_code", "code", "status", "http_status"}) {
        if (words.status == 0)
            words.status = statusIn(body[QByteArrayView(name)]);
    }
    // Google's own word for the kind is `status`, AWS's is `__type`.
    if (words.type.isEmpty() && body["status"].isString())
        words.type = body["status"].stringOr({});
    words.hints = body["innererror"]["code"].stringOr({}) + ' ' + root["__type"].stringOr({});
    readGoogleDetails(body["details"], words);
    readRouterMetadata(body["metadata"], words);
    return words;
}

/// Everything said, in lower case, to look for what providers agree on only in words.
class Haystack
{
public:
    explicit Haystack(const Words &words)
        : m_names((words.type + ' ' + words.code + ' ' + words.hints).toLower())
        , m_message(words.message.toLower())
    { }

    [[nodiscard]] bool named(std::initializer_list<QByteArrayView> needles) const
    {
        return has(m_names, needles);
    }
    [[nodiscard]] bool says(std::initializer_list<QByteArrayView> needles) const
    {
        return has(m_message, needles);
    }

private:
    static bool has(const QByteArray &text, std::initializer_list<QByteArrayView> needles)
    {
        return std::any_of(
            needles.begin(), needles.end(), [&](QByteArrayView needle) { return text.contains(needle); });
    }

    QByteArray m_names;
    QByteArray m_message;
};

bool isQuota(const Haystack &hay, int status)
{
    // Google calls its per-minute limits "quota" too; RESOURCE_EXHAUSTED is about speed.
    return status == 402
           || hay.named({"insufficient_quota", "billing_error", "billing_hard_limit", "arrearage"})
           || hay.says(
               {"insufficient balance", "insufficient credits", "credit balance is too low",
                "run out of credits", "used all available credits"});
}

bool isContextLength(const Haystack &hay, int status)
{
    if (status == 413)
        return true;
    if (status != 0 && status != 400 && status != 422)
        return false;
    return hay.named({"context_length_exceeded", "too_many_prompt_tokens", "too_many_tokens"})
           || hay.says(
               {"context window", "context length", "prompt is too long", "prompt too long",
                "input tokens exceeded", "too many tokens", "range of input length"})
           || (hay.says({"input token count"}) && hay.says({"exceeds"}));
}

bool isContentPolicy(const Haystack &hay)
{
    return hay.named(
               {"content_filter", "responsibleaipolicyviolation", "data_inspection_failed",
                "datainspectionfailed", "content_policy"})
           || hay.says({"content management policy"});
}

bool isCredential(const Haystack &hay, int status)
{
    return status == 401
           || hay.named(
               {"invalid_api_key", "invalidapikey", "api_key_invalid", "authentication_error",
                "unrecognizedclientexception"})
           || hay.says({"incorrect api key", "invalid api key", "invalid api-key", "api key not valid"});
}

bool isModelMissing(const Haystack &hay, int status)
{
    return status == 404 || hay.named({"model_not_found", "deploymentnotfound", "not_found_error"})
           || (status == 400
               && hay.says({"model identifier is invalid", "model not exist", "is not a valid model"}))
           || (status == 400 && hay.says({"supported models are"}));
}

std::optional<FailureClass> classByName(const Haystack &hay)
{
    if (hay.named({"overloaded", "capacity_exceeded", "unavailable"})
        || hay.says({"capacity exceeded", "overloaded"}))
        return FailureClass::Overloaded;
    if (hay.named({"rate_limit", "ratelimit", "throttling", "resource_exhausted"}))
        return FailureClass::RateLimit;
    if (hay.named({"permission", "accessdenied"}))
        return FailureClass::Permission;
    return std::nullopt;
}

FailureClass classByStatus(int status)
{
    switch (status) {
    case 0:
        return FailureClass::Transient;
    case 403:
        return FailureClass::Permission;
    case 408:
    case 409:
    case 424:
    case 425:
        return FailureClass::Transient;
    case 429:
        return FailureClass::RateLimit;
    case 498: // Groq's flex tier is full
    case 503:
    case 529:
        return FailureClass::Overloaded;
    default:
        break;
    }
    if (status >= 500)
        return FailureClass::Transient;
    return status >= 400 ? FailureClass::CallerFault : FailureClass::Protocol;
}

FailureClass classify(int status, const Words &words)
{
    const Haystack hay(words);
    if (isQuota(hay, status))
        return FailureClass::Quota;
    if (isContentPolicy(hay))
        return FailureClass::ContentPolicy;
    if (const auto named = classByName(hay)) {
        // A 400 that merely mentions the word is still the caller's.
        if (status == 0 || status == 403 || status == 413 || status == 429 || status >= 498)
            return *named;
    }
    if (isContextLength(hay, status))
        return FailureClass::ContextLength;
    if (isCredential(hay, status))
        return FailureClass::Credential;
    if (isModelMissing(hay, status))
        return FailureClass::ModelMissing;
    if (status == 0 && hay.named({"invalid_request", "invalid_argument"}))
        return FailureClass::CallerFault;
    return classByStatus(status);
}

/// "Please try again in 494ms." (OpenAI, Groq)
std::optional<milliseconds> waitInWords(const QByteArray &message)
{
    const QByteArray marker = QByteArrayLiteral("try again in ");
    const qsizetype at = message.indexOf(marker);
    if (at < 0)
        return std::nullopt;
    qsizetype from = at + marker.size();
    qsizetype to = from;
    while (to < message.size() && message[to] != ' ')
        ++to;
    while (to > from && (message[to - 1] == '.' || message[to - 1] == ','))
        --to;
    return parseDuration(QByteArrayView(message).sliced(from, to - from));
}

/// RFC 9110 section 5.6.7, the preferred form; seconds since 1970.
std::optional<qint64> httpDate(const QByteArray &text)
{
    QString date = QString::fromLatin1(text.trimmed());
    if (!date.endsWith(QStringLiteral(" GMT")))
        return std::nullopt;
    date.replace(date.size() - 3, 3, QStringLiteral("+0000"));
    const QDateTime time = QDateTime::fromString(date, Qt::RFC2822Date);
    if (!time.isValid())
        return std::nullopt;
    return time.toSecsSinceEpoch();
}

std::optional<milliseconds> capped(double ms)
{
    if (!std::isfinite(ms) || ms < 0)
        return std::nullopt;
    const double most = static_cast<double>(kLongestWait.count());
    return milliseconds(static_cast<qint64>(std::min(std::round(ms), most)));
}

/// A page of a proxy in between says what it is in its title.
QByteArray pageTitle(QByteArrayView body)
{
    const QByteArray page = QString::fromUtf8(body.first(std::min<qsizetype>(body.size(), 16384))).toUtf8();
    const QByteArray lower = page.toLower();
    const qsizetype open = lower.indexOf("<title");
    const qsizetype from = open < 0 ? -1 : lower.indexOf('>', open);
    const qsizetype to = from < 0 ? -1 : lower.indexOf("</title", from);
    return to < 0 ? QByteArray() : page.mid(from + 1, to - from - 1).simplified();
}

bool looksLikePage(QByteArrayView body)
{
    const QByteArray start
        = body.first(std::min<qsizetype>(body.size(), 256)).toByteArray().trimmed().toLower();
    return start.startsWith("<!doctype") || start.startsWith("<html") || start.startsWith("<head");
}

QByteArray shortened(QByteArray text)
{
    text = text.trimmed();
    if (text.size() <= kMostMessageBytes)
        return text;
    qsizetype end = kMostMessageBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end; // not within a character
    return text.left(end) + "...";
}

/// The answer was no JSON: nothing, a web page, or a line of plain text.
QByteArray messageWithoutJson(int status, QByteArrayView body)
{
    const QByteArray number = QByteArray::number(status);
    // Whatever character set it is in, and wherever it is cut, the message is UTF-8.
    const QByteArray text = QString::fromUtf8(body.first(std::min<qsizetype>(body.size(), kMostMessageBytes)))
                                .trimmed()
                                .toUtf8();
    if (text.isEmpty())
        return "The provider answered HTTP " + number + " with an empty body.";
    if (!looksLikePage(body))
        return "The provider answered HTTP " + number + ": " + text;
    const QByteArray title = pageTitle(body);
    return "The provider answered HTTP " + number + " with a web page instead of JSON"
           + (title.isEmpty() ? QByteArrayLiteral(". Check its base URL.") : ": " + title);
}

Failure judged(int status, Words words)
{
    const FailureClass failureClass = classify(status, words);
    Failure failure(failureClass, status, shortened(std::move(words.message)));
    failure.type = std::move(words.type);
    failure.code = std::move(words.code);
    failure.param = std::move(words.param);
    failure.requestId = std::move(words.requestId);
    failure.retryAfter = words.retryAfter ? words.retryAfter : waitInWords(failure.message);
    return failure;
}

} // namespace

Failure failureFromResponse(int status, const Headers &headers, QByteArrayView body)
{
    Words words;
    bool page = false;
    if (const auto document = json::Document::parse(body.toByteArray())) {
        words = readWords(document->root());
        if (words.message.isEmpty())
            words.message
                = "The provider answered HTTP " + QByteArray::number(status) + " and gave no reason.";
    } else {
        page = looksLikePage(body);
        words.message = messageWithoutJson(status, body);
    }
    Failure failure = judged(status, std::move(words));
    // No API refuses a request with a web page: something else stands at that address.
    if (page
        && (failure.failureClass == FailureClass::CallerFault
            || failure.failureClass == FailureClass::ModelMissing))
        failure.failureClass = FailureClass::Protocol;
    if (const auto wait = retryAfter(headers))
        failure.retryAfter = wait;
    for (const QByteArrayView name : {"request-id", "x-request-id"}) {
        if (failure.requestId.isEmpty())
            failure.requestId = headers.value(name);
    }
    const QByteArray shouldRetry = headers.value("x-should-retry").toLower();
    if (shouldRetry == "true" || shouldRetry == "false")
        failure.shouldRetry = shouldRetry == "true";
    return failure;
}

Failure failureFromJson(View root)
{
    Words words = readWords(root);
    if (words.message.isEmpty())
        words.message = QByteArrayLiteral("The provider reported an error and gave no reason.");
    const int status = words.status;
    return judged(status, std::move(words));
}

bool holdsError(View root)
{
    if (root.isArray())
        return root.count() == 1 && root.at(0)["error"].isObject();
    if (!root.isObject())
        return false;
    const auto [error, object, type] = root.pick("error", "object", "type");
    return holdsError(error, object, type);
}

bool holdsError(View error, View object, View type)
{
    if (error.isObject())
        return error.count() > 0;
    if (error.isString())
        return !error.equals("");
    return object.equals("error") || type.equals("error");
}

std::optional<milliseconds> retryAfter(const Headers &headers)
{
    bool isNumber = false;
    const double ms = headers.value("retry-after-ms").trimmed().toDouble(&isNumber);
    if (isNumber)
        return capped(ms);
    const QByteArray text = headers.value("retry-after").trimmed();
    if (text.isEmpty())
        return std::nullopt;
    const double seconds = text.toDouble(&isNumber);
    if (isNumber)
        return capped(seconds * 1000);
    const auto until = httpDate(text);
    const auto now = httpDate(headers.value("date"));
    if (!until || !now)
        return std::nullopt;
    return capped(static_cast<double>(std::max<qint64>(*until - *now, 0)) * 1000);
}

std::optional<milliseconds> parseDuration(QByteArrayView text)
{
    struct Unit {
        QByteArrayView name;
        double ms;
    };
    static constexpr std::array<Unit, 5> units{
        Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60e3}, Unit{"h", 3600e3}, Unit{"d", 86400e3}};
    text = text.trimmed();
    if (text.isEmpty())
        return std::nullopt;
    double total = 0;
    while (!text.isEmpty()) {
        qsizetype digits = 0;
        while (digits < text.size() && ((text[digits] >= '0' && text[digits] <= '9') || text[digits] == '.'))
            ++digits;
        bool isNumber = false;
        const double number = text.first(digits).toByteArray().toDouble(&isNumber);
        if (!isNumber)
            return std::nullopt;
        text = text.sliced(digits);
        if (text.isEmpty()) {
            total += number * 1000;
            break;
        }
        const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit &candidate) {
            return text.startsWith(candidate.name);
        });
        if (unit == units.end())
            return std::nullopt;
        total += number * unit->ms;
        text = text.sliced(unit->name.size());
    }
    return capped(total);
}

} // namespace fairlead::wire
