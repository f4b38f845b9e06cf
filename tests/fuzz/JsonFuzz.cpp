// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/Fuzz.h"

#include "core/json/ReferenceGrammar.h"
#include "json/Splice.h"
#include "json/View.h"
#include "json/Writer.h"

#include <cmath>
#include <utility>

namespace fairlead::fuzz {

namespace {

using json::Document;
using json::View;
using json::Writer;

using Members = std::vector<std::pair<QByteArray, QByteArray>>; ///< names and values as they are written

Members membersOf(View object)
{
    Members members;
    for (const auto &[key, value] : object.members())
        members.emplace_back(key, value.rawCopy());
    return members;
}

Document parsed(const QByteArray &text)
{
    const auto document = Document::parse(text);
    if (!document)
        FUZZ_COMPARE(text, document.error().message());
    return *document;
}

/// The same value by what it means: strings unescaped and escaped anew, white space gone.
void rewrite(Writer &writer, View value)
{
    switch (value.kind()) {
    case json::Kind::Object:
        writer.beginObject();
        for (const auto &[key, member] : value.members()) {
            writer.key(key);
            rewrite(writer, member);
        }
        writer.endObject();
        return;
    case json::Kind::Array:
        writer.beginArray();
        for (const View element : value.elements())
            rewrite(writer, element);
        writer.endArray();
        return;
    case json::Kind::String:
        writer.string(value.string().value());
        return;
    default:
        writer.raw(value.raw());
    }
}

QByteArray rewritten(View value)
{
    Writer writer;
    rewrite(writer, value);
    return writer.take();
}

void checkScalar(View value)
{
    if (const auto text = value.string()) {
        FUZZ_CHECK(value.equals(*text));
        FUZZ_CHECK(!value.equals(*text + 'x'));
    }
    if (const auto number = value.number()) {
        FUZZ_CHECK(std::isfinite(*number));
        // Whole numbers over 2^53 have no double of their own.
        if (const auto whole = value.integer(); whole && std::abs(*number) < 9e15)
            FUZZ_CHECK(static_cast<double>(*whole) == *number);
        Writer writer;
        writer.number(*number);
        FUZZ_CHECK(parsed(writer.take()).root().number() == number);
    }
}

/// Every way to a member or an element leads to the same one.
void checkPaths(View value)
{
    qsizetype count = 0;
    for (const auto &[key, member] : value.members()) {
        const View named = value[key];
        const auto [picked, missing] = value.pick(key, key + "\1?");
        FUZZ_CHECK(picked.raw().data() == named.raw().data());
        FUZZ_CHECK(missing.raw().data() == value[key + "\1?"].raw().data());
        FUZZ_CHECK(named.raw().data() >= member.raw().data()); // the last one of that name
        if (++count <= 8)
            checkPaths(member);
    }
    for (const View element : value.elements()) {
        FUZZ_CHECK(value.at(count).raw().data() == element.raw().data());
        if (++count <= 8)
            checkPaths(element);
    }
    FUZZ_CHECK(value.count() == count || count == 0);
    FUZZ_CHECK(value.hasAny() == (count > 0));
    checkScalar(value);
}

/// A replacement of a value anywhere leaves every byte before and behind it.
void checkReplace(const Document &document, std::uint8_t which)
{
    View value = document.root();
    for (unsigned depth = which; depth > 0 && value.hasAny(); depth >>= 1U) {
        const View first = value.at(0);
        value = first.exists() ? first : (*value.members().begin()).value;
    }
    const QByteArrayView text(document.text());
    const QByteArray edited = json::Splice(document).replace(value, "[\"new\"]").apply();
    FUZZ_COMPARE(
        edited, text.first(value.raw().begin() - text.begin()).toByteArray() + "[\"new\"]"
                    + text.sliced(value.raw().end() - text.begin()).toByteArray());
}

/// What setting one member and removing another makes of an object, by the book.
void checkMembers(const Document &document, const QByteArray &set, const QByteArray &remove)
{
    const QByteArray edited
        = json::Splice(document).set(document.root(), set, "7").remove(document.root(), remove).apply();
    Members wanted;
    bool found = false;
    for (auto &[key, value] : membersOf(document.root())) {
        if (key == remove)
            continue;
        found = found || key == set;
        wanted.emplace_back(key, key == set ? QByteArray("7") : value);
    }
    if (!found && set != remove)
        wanted.emplace_back(set, "7");
    FUZZ_CHECK(membersOf(parsed(edited).root()) == wanted);
}

void checkObject(const Document &document, std::uint8_t first, std::uint8_t second)
{
    const Members members = membersOf(document.root());
    const QByteArray absent = "\xC3\xA9\"new\\";
    const auto name = [&](std::uint8_t which) {
        return members.empty() || which == 0 ? absent : members[which % members.size()].first;
    };
    checkMembers(document, name(first), name(second));
}

void checkStrings(const QByteArray &bytes)
{
    const QByteArray read = parsed(json::quoted(bytes)).root().string().value();
    FUZZ_CHECK(QUtf8StringView(read).isValidUtf8());
    FUZZ_COMPARE(parsed(json::quoted(read)).root().string().value(), read);
}

} // namespace

void checkInput(QByteArrayView bytes)
{
    Input input(bytes);
    const std::uint8_t first = input.choice();
    const std::uint8_t second = input.choice();
    // Not copied: what reads behind the text is seen.
    const QByteArray text = QByteArray::fromRawData(input.rest().data(), input.rest().size());
    checkStrings(text);
    const auto document = Document::parse(text, {.maxDepth = 1024});
    FUZZ_CHECK(document.has_value() == json::test::ReferenceGrammar::accepts(text));
    if (!document)
        return;

    checkPaths(document->root());
    const QByteArray once = rewritten(document->root());
    const auto again = Document::parse(once, {.maxDepth = 1024});
    FUZZ_CHECK(again.has_value());
    FUZZ_COMPARE(rewritten(again->root()), once);
    if (!Document::parse(text))
        return; // deeper than is usual
    checkReplace(*document, first);
    if (document->root().isObject())
        checkObject(*document, first, second);
}

} // namespace fairlead::fuzz
