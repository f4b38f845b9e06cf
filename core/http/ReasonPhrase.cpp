// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/Server.h"

#include <algorithm>
#include <array>

namespace fairlead::http {

namespace {

struct Phrase {
    int status;
    const char *text;
};

// IANA HTTP Status Code Registry; 498, 499 and 529 are what providers and proxies use. In order.
constexpr std::array Phrases{
    Phrase{100, "Continue"},
    Phrase{101, "Switching Protocols"},
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{206, "Partial Content"},
    Phrase{301, "Moved Permanently"},
    Phrase{302, "Found"},
    Phrase{303, "See Other"},
    Phrase{304, "Not Modified"},
    Phrase{307, "Temporary Redirect"},
    Phrase{308, "Permanent Redirect"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{402, "Payment Required"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{406, "Not Acceptable"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{411, "Length Required"},
    Phrase{412, "Precondition Failed"},
    Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{417, "Expectation Failed"},
    Phrase{421, "Misdirected Request"},
    Phrase{422, "Unprocessable Content"},
    Phrase{424, "Failed Dependency"},
    Phrase{425, "Too Early"},
    Phrase{426, "Upgrade Required"},
    Phrase{428, "Precondition Required"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{451, "Unavailable For Legal Reasons"},
    Phrase{498, "Capacity Exceeded"},
    Phrase{499, "Client Closed Request"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Gateway Timeout"},
    Phrase{505, "HTTP Version Not Supported"},
    Phrase{529, "Overloaded"},
};

} // namespace

QByteArray reasonPhrase(int status)
{
    const auto found
        = std::lower_bound(Phrases.begin(), Phrases.end(), status, [](const Phrase &phrase, int wanted) {
              return phrase.status < wanted;
          });
    const bool isKnown = found != Phrases.end() && found->status == status;
    const char *text = isKnown ? found->text : "Unknown";
    return QByteArray::fromRawData(text, static_cast<qsizetype>(qstrlen(text)));
}

} // namespace fairlead::http
