// gateway/normalise/functions_text.cpp — texts joined, wrapped and padded; what Danish numbers tell.
#include "gateway/normalise/functions_text.hpp"

#include "gateway/base/ascii.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/identifiers.hpp"
#include "gateway/normalise/json_text.hpp"

#include <algorithm>

namespace sluse {
namespace {

constexpr std::string_view open_div = "<div xmlns=\"http://www.w3.org/1999/xhtml\">"; // what the narrative of a resource must begin with

std::string_view without_comparator(std::string_view text)
{
    while (!text.empty() && (text[0] == '<' || text[0] == '>' || text[0] == '=' || text[0] == ' ')) text.remove_prefix(1);
    return text;
}

// With a point for the comma; views `own` when something changed.
std::string_view with_point(std::string_view text, std::string& own)
{
    const auto comma = text.find(',');
    if (comma == text.npos || text.find(',', comma + 1) != text.npos || text.find('.') != text.npos) return text;
    own.assign(text);
    own[comma] = '.';
    return own;
}

// Letters and digits of the seventh place and the year give the century (CPR's own table).
int century_of(int seventh, int year)
{
    if (seventh <= 3) return 1900;
    if (seventh == 4 || seventh == 9) return year <= 36 ? 2000 : 1900;
    return year <= 57 ? 2000 : 1800;
}

} // namespace

Emitted joined(Call& call)
{
    auto& out = call.out;
    const auto mark = out.size();
    bool any = false;
    out += '"';
    call.renderer.for_each(call.row.from, call.frame, [&](const Value& value) {
        const auto text = call.renderer.text(value);
        if (text.empty()) return;
        if (any) {
            append_json(out, call.row.argument);
            out += ' ';
        }
        append_json(out, text);
        any = true;
    });
    out += '"';
    if (any) return Emitted::content;
    out.cut(mark);
    return Emitted::nothing;
}

Emitted xhtml(Call& call)
{
    thread_local std::string div;
    div = open_div;
    bool any = false;
    call.renderer.for_each(call.row.from, call.frame, [&](const Value& value) {
        const auto text = call.renderer.text(value);
        if (text.empty()) return;
        div += "<p>";
        for (const char c : text) {
            if (c == '\n') div += "<br/>";
            else if (c == '&') div += "&amp;";
            else if (c == '<') div += "&lt;";
            else if (c == '>') div += "&gt;";
            else if (c != '\r') div += c;
        }
        div += "</p>";
        any = true;
    });
    div += "</div>";
    return any ? call.write_string(div) : Emitted::nothing;
}

/// A compact time (20260304, 202603041200) for who reads it, behind the row's words.
Emitted xhtml_moment(Call& call)
{
    const auto time = call.renderer.text(call.value);
    if (!all_digits(time) || time.size() < 8) return Emitted::nothing;
    thread_local std::string div;
    (div = open_div) += "<p>";
    ((div += call.row.argument) += ' ') += time.substr(0, 4);
    ((div += '-') += time.substr(4, 2)) += '-';
    div += time.substr(6, 2);
    if (time.size() >= 12) (((div += ' ') += time.substr(8, 2)) += ':') += time.substr(10, 2);
    div += "</p></div>";
    return call.write_string(div);
}

Emitted cpr_birth(Call& call)
{
    const auto cpr = call.renderer.text(call.value);
    if (!looks_like_cpr(cpr)) return Emitted::nothing;
    const auto two = [&](std::size_t at) { return (cpr[at] - '0') * 10 + (cpr[at + 1] - '0'); };
    const int year = century_of(cpr[6] - '0', two(4)) + two(4), month = two(2), day = two(0);
    if (day > days_in_month(year, month)) return Emitted::nothing;
    const auto text = std::to_string(year) + '-' + std::string(cpr.substr(2, 2)) + '-' + std::string(cpr.substr(0, 2));
    return call.write_string(text);
}

Emitted padded(Call& call)
{
    thread_local std::string text;
    text = call.renderer.text(call.value);
    const auto width = static_cast<std::size_t>(call.row.argument.empty() ? 0 : call.row.argument[0] - '0');
    if (all_digits(text) && text.size() < width) text.insert(0, width - text.size(), '0');
    return call.write_string(text);
}

/// A name as the end of a URI, which holds no blanks.
void append_to_uri(std::string_view plain, std::string& out)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : plain) {
        const auto u = static_cast<unsigned char>(c);
        if (u > ' ') out += c;
        else ((out += '%') += digits[u >> 4]) += digits[u & 15];
    }
}

Emitted prefixed(Call& call)
{
    thread_local std::string text;
    const auto plain = call.renderer.text(call.value);
    if (plain.empty()) return Emitted::nothing;
    text = call.row.argument;
    if (text.starts_with("urn:")) append_to_uri(plain, text);
    else text += plain;
    return call.write_string(text);
}

Emitted unique(Call& call)
{
    thread_local std::string text;
    const auto plain = call.renderer.text(call.value);
    if (plain.empty()) return Emitted::nothing;
    text = call.row.argument;
    text += plain;
    const auto times = call.renderer.times_used(text);
    if (times == 1) return call.write_string(text);
    text += '#' + std::to_string(times);
    call.renderer.issue(call.value, IssueKind::duplicate_key, "is the name of something before it: written with a number after it");
    return call.write_string(text);
}

Emitted decimal(Call& call)
{
    thread_local std::string own;
    const auto text = without_comparator(call.renderer.text(call.value));
    const auto pointed = with_point(text, own);
    const auto mark = call.out.size();
    if (!append_decimal(call.out, pointed)) {
        call.out.cut(mark);
        return Emitted::nothing;
    }
    if (pointed.data() != text.data()) call.renderer.issue(call.value, IssueKind::wrong_type, "has a decimal comma: read as a point");
    return Emitted::content;
}

Emitted sks_system(Call& call)
{
    const auto code = call.renderer.text(call.value);
    const bool diagnosis = code.size() >= 3 && code[0] == 'D' && !all_digits(code.substr(1, 1));
    return call.write_string(diagnosis ? "urn:oid:1.2.208.176.2.4.12" : "urn:oid:1.2.208.176.2.4");
}

bool is_decimal(Renderer& renderer, const Value& value)
{
    thread_local Bytes scratch;
    thread_local std::string own;
    scratch.clear();
    return append_decimal(scratch, with_point(without_comparator(renderer.text(value)), own));
}

bool is_uuid(Renderer& renderer, const Value& value)
{
    return sluse::is_uuid(renderer.text(value));
}

bool is_gln(Renderer& renderer, const Value& value)
{
    const auto text = renderer.text(value);
    return text.size() == 13 && all_digits(text);
}

bool is_valid_gln(Renderer& renderer, const Value& value)
{
    if (!is_gln(renderer, value)) return false;
    const auto text = renderer.text(value);
    int sum = 0;
    for (std::size_t i = 0; i < 13; ++i) sum += (text[i] - '0') * (i % 2 ? 3 : 1);
    return sum % 10 == 0;
}

bool is_fhir_id(Renderer& renderer, const Value& value)
{
    const auto text = renderer.text(value);
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return is_alphanumeric(c) || c == '-' || c == '.';
    });
}

bool is_sor(Renderer& renderer, const Value& value)
{
    const auto text = renderer.text(value);
    return text.size() >= 11 && all_digits(text);
}

bool is_municipality(Renderer& renderer, const Value& value)
{
    const auto text = renderer.text(value);
    return (text.size() == 3 || text.size() == 4) && all_digits(text);
}

Emitted telecom_system(Call& call)
{
    const auto url = call.renderer.text(call.value);
    return call.write_string(url.starts_with("mailto:") ? "email" : url.starts_with("http") ? "url" : url.starts_with("fax:") ? "fax" : "phone");
}

Emitted telecom_value(Call& call)
{
    const auto url = call.renderer.text(call.value);
    const auto colon = url.find(':');
    return call.write_string(url.starts_with("http") || colon == url.npos ? url : url.substr(colon + 1));
}

bool is_cpr(Renderer& renderer, const Value& value)
{
    return looks_like_cpr(renderer.text(value));
}

bool is_ucum(Renderer& renderer, const Value& value)
{
    const auto& tables = renderer.plan().tables;
    const auto table = std::ranges::find(tables, std::string_view("Ucum"), &VocabularyMap::name);
    return table != tables.end() && table->find(renderer.text(value)) != nullptr;
}

} // namespace sluse
