// gateway/normalise/charset.cpp — ASCII and UTF-8 by hand since they are on every message's path; the other sets by ICU.
#include "gateway/normalise/charset.hpp"

#include "gateway/base/scan.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <unicode/ucnv.h>

namespace sluse {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t i)
{
    return static_cast<std::uint8_t>(text[i]);
}

/// Length of the valid UTF-8 sequence at i, 0 when there is none.
std::size_t sequence_length(std::string_view text, std::size_t i)
{
    const auto lead = byte_at(text, i);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) == 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return 0;
    const auto second = byte_at(text, i + 1);
    const std::uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return 0;
    for (std::size_t k = 2; k < length; ++k)
        if ((byte_at(text, i + k) & 0xc0) != 0x80) return 0;
    return length;
}

void put_utf8(std::uint32_t c, std::string& out)
{
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | c >> 6);
        out += static_cast<char>(0x80 | (c & 63));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xe0 | c >> 12);
        out += static_cast<char>(0x80 | (c >> 6 & 63));
        out += static_cast<char>(0x80 | (c & 63));
    } else {
        out += static_cast<char>(0xf0 | c >> 18);
        out += static_cast<char>(0x80 | (c >> 12 & 63));
        out += static_cast<char>(0x80 | (c >> 6 & 63));
        out += static_cast<char>(0x80 | (c & 63));
    }
}

/// Where the first byte of 0x80 or above stands, from `from` on; the size when there is none.
std::size_t next_high(std::string_view text, std::size_t from)
{
#if defined(__SSE2__)
    auto found = text.size();
    each_block(text, from, [](__m128i block) { return static_cast<unsigned>(_mm_movemask_epi8(block)); }, [&](unsigned marks, std::size_t at) {
        found = at + static_cast<std::size_t>(std::countr_zero(marks));
        return false;
    });
    return found;
#else
    while (from < text.size() && byte_at(text, from) < 0x80) ++from;
    return from;
#endif
}

/// The code point of the valid sequence at i.
std::uint32_t code_point(std::string_view text, std::size_t i, std::size_t length)
{
    const auto lead = byte_at(text, i);
    std::uint32_t c = length == 1 ? lead : length == 2 ? lead & 0x1fu : length == 3 ? lead & 0x0fu : lead & 0x07u;
    for (std::size_t k = 1; k < length; ++k) c = c << 6 | (byte_at(text, i + k) & 63u);
    return c;
}

// Windows-1252 0x80–0x9f (WHATWG's table: the five unassigned bytes stand for the C1 controls of the same number).
constexpr std::uint16_t windows_1252[32] = {0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160,
                                            0x2039, 0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
                                            0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178};

std::uint32_t from_1252(std::uint8_t byte)
{
    return byte >= 0x80 && byte < 0xa0 ? windows_1252[byte - 0x80] : byte;
}

/// The windows-1252 byte of a code point, 0 when it has none.
std::uint8_t to_1252(std::uint32_t c)
{
    if (c < 0x80 || (c >= 0xa0 && c < 0x100)) return static_cast<std::uint8_t>(c);
    const auto* at = std::find(std::begin(windows_1252), std::end(windows_1252), c);
    return at == std::end(windows_1252) ? std::uint8_t{0} : static_cast<std::uint8_t>(0x80 + (at - windows_1252));
}

using Converter = std::unique_ptr<UConverter, decltype([](UConverter* c) { ucnv_close(c); })>;

/// Opening a converter costs microseconds and they are not shareable between threads, so each thread keeps its own few.
UConverter* converter(const std::string& charset)
{
    thread_local std::map<std::string, Converter> open;
    const auto found = open.find(charset);
    if (found != open.end()) return found->second.get();
    if (open.size() > 64) open.clear();
    UErrorCode error = U_ZERO_ERROR;
    Converter made(ucnv_open(charset.c_str(), &error));
    if (U_FAILURE(error)) made.reset();
    return open.emplace(charset, std::move(made)).first->second.get();
}

struct Name {
    std::string_view hl7, icu;
};
constexpr Name names[] = {
    {"ASCII", "windows-1252"}, {"8859/1", "windows-1252"}, {"8859/2", "iso-8859-2"}, {"8859/3", "iso-8859-3"}, {"8859/4", "iso-8859-4"},
    {"8859/5", "iso-8859-5"}, {"8859/6", "iso-8859-6"}, {"8859/7", "iso-8859-7"}, {"8859/8", "iso-8859-8"}, {"8859/9", "iso-8859-9"},
    {"8859/10", "iso-8859-10"}, {"8859/11", "windows-874"}, {"8859/13", "iso-8859-13"}, {"8859/14", "iso-8859-14"}, {"8859/15", "iso-8859-15"},
    {"ISO-8859-1", "windows-1252"}, {"ISO8859-1", "windows-1252"}, {"ISO_8859-1", "windows-1252"}, {"LATIN1", "windows-1252"}, {"ISO IR6", "windows-1252"},
    {"ISO IR100", "windows-1252"}, {"WINDOWS-1252", "windows-1252"}, {"CP1252", "windows-1252"}, {"ANSI", "windows-1252"},
    {"UNICODE", "UTF-8"}, {"UNICODE UTF-8", "UTF-8"}, {"UTF-8", "UTF-8"}, {"UTF8", "UTF-8"},
    {"UNICODE UTF-16", "UTF-16"}, {"UNICODE UTF-32", "UTF-32"},
    {"ISO IR13", "ISO-2022-JP-2"}, {"ISO IR14", "ISO-2022-JP-2"}, {"ISO IR87", "ISO-2022-JP-2"}, {"ISO IR159", "ISO-2022-JP-2"},
    {"GB 18030-2000", "GB18030"}, {"GB18030", "GB18030"}, {"KS X 1001", "windows-949"}, {"CNS 11643-1992", "EUC-TW"}, {"BIG-5", "Big5"},
    {"CP865", "IBM865"}, {"CP850", "IBM850"}, {"CP437", "IBM437"},
};

std::string upper(std::string_view text)
{
    std::string out(text);
    for (auto& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

bool letter(std::string_view text, std::size_t i)
{
    return i < text.size() && ((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z'));
}

/// What a wrong set made of a Danish letter, both in UTF-8.
struct Spoilt {
    std::string_view sign, letter;
    bool proof; ///< the sign does not stand within words otherwise
};
constexpr Spoilt dos[] = {{"\u2020", "å", true}, {"\u203a", "ø", true}, {"\u2018", "æ", false}, {"\u2019", "Æ", false}, {"\u009d", "Ø", true}, {"\u008f", "Å", true}};
constexpr Spoilt macintosh[] = {{"\u00bf", "ø", true}, {"\u0152", "å", true}, {"\u00be", "æ", true}, {"\u00ae", "Æ", false}, {"\u00af", "Ø", false}, {"\u0081", "Å", true}};

/// Which bytes of 0xc0 and above stand in the text: Danish has one of them, and the signs that prove anything begin with others.
std::uint64_t leads_of(std::string_view utf8)
{
    std::uint64_t leads = 0;
    for (auto i = next_high(utf8, 0); i < utf8.size(); i = next_high(utf8, i + 1)) leads |= std::uint64_t{byte_at(utf8, i) >= 0xc0} << (byte_at(utf8, i) & 63);
    return leads;
}

bool shows(std::string_view utf8, std::uint64_t leads, std::span<const Spoilt> table)
{
    for (const auto& one : table)
        for (auto at = one.proof && (leads >> (static_cast<unsigned char>(one.sign[0]) & 63) & 1) ? utf8.find(one.sign) : utf8.npos; at != utf8.npos; at = utf8.find(one.sign, at + 1))
            if (letter(utf8, at + one.sign.size()) && (at > 0 && letter(utf8, at - 1))) return true;
    return false;
}

/// Capitals begin words, small letters stand beside a letter: O’Brien keeps its apostrophe.
std::string respelt(std::string_view utf8, std::span<const Spoilt> table)
{
    std::string out;
    for (std::size_t i = 0; i < utf8.size();) {
        const auto length = std::max<std::size_t>(sequence_length(utf8, i), 1);
        const auto sign = utf8.substr(i, length);
        const auto found = std::ranges::find(table, sign, &Spoilt::sign);
        const bool before = i > 0 && letter(utf8, i - 1), after = letter(utf8, i + length);
        const bool capital = found != table.end() && code_point(found->letter, 0, 2) < 0xe0;
        const bool spoilt = found != table.end() && (capital ? after && !before : before || after);
        out += spoilt ? found->letter : sign;
        i += length;
    }
    return out;
}

bool looks_encoded_twice(std::string_view utf8)
{
    // U+00C3 followed by what windows-1252 makes of the second byte of æ ø å Æ Ø Å é ö ä ü.
    static constexpr std::string_view seconds[] = {"\xc2\xa6", "\xc2\xb8", "\xc2\xa5", "\xe2\x80\xa0", "\xcb\x9c",
                                                   "\xe2\x80\xa6", "\xc2\xa9", "\xc2\xb6", "\xc2\xa4", "\xc2\xbc"};
    for (auto at = find_char(utf8, '\x83', 1); at != utf8.npos; at = find_char(utf8, '\x83', at + 1)) // no Danish letter has it
        for (const auto second : seconds)
            if (utf8[at - 1] == '\xc3' && utf8.substr(at + 1).starts_with(second)) return true;
    return false;
}

std::string undo_double_encoding(std::string_view utf8)
{
    std::string out, run; // run: the windows-1252 bytes of the neighbouring letters outside ASCII
    std::size_t run_start = 0;
    const auto end_run = [&](std::size_t end) {
        if (run.empty()) return;
        if (valid_utf8(run)) out += run;
        else out += utf8.substr(run_start, end - run_start);
        run.clear();
    };
    for (std::size_t i = 0; i < utf8.size();) {
        const auto length = std::max<std::size_t>(sequence_length(utf8, i), 1);
        const auto byte = length == 1 ? std::uint8_t{0} : to_1252(code_point(utf8, i, length));
        if (byte >= 0x80) {
            if (run.empty()) run_start = i;
            run += static_cast<char>(byte);
        } else {
            end_run(i);
            out += utf8.substr(i, length);
        }
        i += length;
    }
    end_run(utf8.size());
    return out;
}

} // namespace

bool plain_ascii(std::string_view bytes)
{
    std::uint64_t high = 0;
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data() + i, 8);
        high |= word;
    }
    for (; i < bytes.size(); ++i) high |= byte_at(bytes, i);
    return !(high & 0x8080808080808080u) && !std::memchr(bytes.data(), 0x1b, bytes.size());
}

bool valid_utf8(std::string_view bytes)
{
    for (auto i = next_high(bytes, 0); i < bytes.size();) {
        const auto length = sequence_length(bytes, i);
        if (length == 0) return false;
        i = next_high(bytes, i + length);
    }
    return true;
}

std::string canonical_charset(std::string_view name)
{
    const auto key = upper(name);
    for (const auto& row : names)
        if (row.hl7 == key) return std::string(row.icu);
    if (name.empty() || name.size() > 40) return {};
    const std::string text(name);
    return converter(text) ? text : std::string();
}

bool to_utf8(std::string_view bytes, const std::string& charset, std::string& out, std::size_t& lost)
{
    if (charset == "windows-1252") {
        out.reserve(out.size() + bytes.size() + bytes.size() / 8);
        while (!bytes.empty()) { // Danish text: runs of ASCII with a letter here and there
            const auto run = next_high(bytes, 0);
            out.append(bytes.data(), run);
            bytes.remove_prefix(run);
            for (; !bytes.empty() && byte_at(bytes, 0) >= 0x80; bytes.remove_prefix(1)) put_utf8(from_1252(byte_at(bytes, 0)), out);
        }
        return true;
    }
    auto* from = converter(charset);
    if (!from) return false;
    ucnv_reset(from);
    std::array<UChar, 1024> units;
    const char* at = bytes.data();
    const char* end = at + bytes.size();
    for (char16_t lead = 0;;) {
        UErrorCode error = U_ZERO_ERROR;
        auto* to = units.data();
        ucnv_toUnicode(from, &to, units.data() + units.size(), &at, end, nullptr, true, &error);
        for (const auto* u = units.data(); u != to; ++u) {
            if ((*u & 0xfc00) == 0xd800) {
                lead = *u;
                continue;
            }
            const bool pair = (*u & 0xfc00) == 0xdc00 && lead;
            const std::uint32_t c = pair ? 0x10000u + ((lead & 0x3ffu) << 10) + (*u & 0x3ffu) : (*u & 0xf800) == 0xd800 ? 0xfffdu : *u;
            lead = 0;
            lost += c == 0xfffd;
            put_utf8(c, out);
        }
        if (error != U_BUFFER_OVERFLOW_ERROR) return true;
    }
}

void from_utf8(std::string_view text, const std::string& charset, std::string& out)
{
    if (plain_ascii(text) && !upper(charset).starts_with("UTF-16") && !upper(charset).starts_with("UTF-32")) {
        out += text;
        return;
    }
    auto* to = charset == "UTF-8" ? nullptr : converter(charset);
    if (!to) {
        out += text;
        return;
    }
    for (std::size_t i = 0; i < text.size();) {
        const auto length = sequence_length(text, i);
        if (length == 0) {
            ++i;
            continue;
        }
        const auto c = code_point(text, i, length);
        i += length;
        UChar units[2] = {static_cast<UChar>(c), 0};
        if (c >= 0x10000) {
            units[0] = static_cast<UChar>(0xd800 + ((c - 0x10000) >> 10));
            units[1] = static_cast<UChar>(0xdc00 + (c & 0x3ff));
        }
        const UChar* at = units;
        char bytes[16];
        char* end = bytes;
        UErrorCode error = U_ZERO_ERROR;
        ucnv_setFromUCallBack(to, UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
        ucnv_fromUnicode(to, &end, bytes + sizeof bytes, &at, units + (c >= 0x10000 ? 2 : 1), nullptr, i == text.size(), &error);
        if (U_SUCCESS(error)) out.append(bytes, end);
        else ucnv_resetFromUnicode(to); // a header's name that its own declared set lacks: leave the letter out
    }
}

void mend_utf8(std::string_view bytes, std::string& out)
{
    out.reserve(out.size() + bytes.size() + bytes.size() / 8);
    for (std::size_t i = 0; i < bytes.size();) {
        const auto length = sequence_length(bytes, i);
        if (length == 0) put_utf8(from_1252(byte_at(bytes, i)), out);
        else out += bytes.substr(i, length);
        i += std::max<std::size_t>(length, 1);
    }
}

Mojibake mojibake_in(std::string_view utf8)
{
    if (looks_encoded_twice(utf8)) return Mojibake::encoded_twice;
    const auto leads = leads_of(utf8);
    if (shows(utf8, leads, dos)) return Mojibake::dos;
    return shows(utf8, leads, macintosh) ? Mojibake::macintosh : Mojibake::none;
}

std::string repaired(std::string_view utf8, Mojibake kind)
{
    switch (kind) {
    case Mojibake::encoded_twice: return undo_double_encoding(utf8);
    case Mojibake::dos: return respelt(utf8, dos);
    case Mojibake::macintosh: return respelt(utf8, macintosh);
    case Mojibake::none: break;
    }
    return std::string(utf8);
}

const char* describe(Mojibake kind)
{
    constexpr const char* words[] = {"sound", "encoded twice as UTF-8", "like code page 865 read as windows-1252", "like Mac Roman read as windows-1252"};
    return words[static_cast<int>(kind)];
}

} // namespace sluse
