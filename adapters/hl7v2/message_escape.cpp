// adapters/hl7v2/message_escape.cpp — escape sequences (HL7 v2.9 §2.7).
#include "gateway/normalise/charset.hpp"
#include "adapters/hl7v2/message.hpp"

#include <algorithm>

namespace sluse::hl7v2 {
namespace {

int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// \X0D0A\: bytes of the message's character set. Read as UTF-8 where they are that, else as windows-1252.
bool append_hex(std::string_view digits, std::string& out)
{
    if (digits.empty() || digits.size() % 2) return false;
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const auto high = hex_digit(digits[i]), low = hex_digit(digits[i + 1]);
        if (high < 0 || low < 0) return false;
        bytes += static_cast<char>(high * 16 + low);
    }
    mend_utf8(bytes, out);
    return true;
}

/// \.br\ and the other formatting commands; the optional number repeats the blank ones.
bool append_format(std::string_view command, std::string& out)
{
    const auto name = command.substr(0, 2);
    std::size_t times = 0;
    for (const char c : command.substr(std::min<std::size_t>(2, command.size())))
        if (c >= '0' && c <= '9') times = std::min<std::size_t>(times * 10 + static_cast<std::size_t>(c - '0'), 100);
    if (name == "br" || name == "ce") out += '\n';
    else if (name == "sp") out.append(std::max<std::size_t>(times, 1), '\n');
    else if (name == "sk") out.append(std::max<std::size_t>(times, 1), ' ');
    else return name == "in" || name == "ti" || name == "fi" || name == "nf";
    return true;
}

/// False when `code` is no escape we know.
bool append_escape(std::string_view code, const Delimiters& d, std::string& out)
{
    if (code.size() == 1) {
        switch (code[0]) {
        case 'F': out += d.field; return true;
        case 'S': out += d.component; return true;
        case 'R': out += d.repetition; return true;
        case 'E': out += d.escape; return true;
        case 'T': out += d.subcomponent ? d.subcomponent : '&'; return true;
        case 'P':
            if (!d.truncation) return false;
            out += d.truncation;
            return true;
        case 'H':
        case 'N': return true;
        default: return false;
        }
    }
    if (code.empty()) return false;
    if (code[0] == '.') return append_format(code.substr(1), out);
    if (code[0] == 'X') return append_hex(code.substr(1), out);
    const auto rest = code.substr(1);
    const bool hex = std::ranges::all_of(rest, [](char c) { return hex_digit(c) >= 0; });
    if (code[0] == 'C') return hex && rest.size() == 4;
    if (code[0] == 'M') return hex && (rest.size() == 4 || rest.size() == 6);
    return code[0] == 'Z' && rest.find(' ') == rest.npos && rest.size() <= 16;
}

} // namespace

void unescape(std::string_view text, const Delimiters& delimiters, std::string& out)
{
    for (;;) {
        const auto open = delimiters.escape ? text.find(delimiters.escape) : text.npos;
        out += text.substr(0, open);
        if (open == text.npos) return;
        const auto close = text.find(delimiters.escape, open + 1);
        if (close != text.npos && append_escape(text.substr(open + 1, close - open - 1), delimiters, out)) {
            text.remove_prefix(close + 1);
        } else { // verbatim, and the next escape character may open again: C:\Temp\x
            out += delimiters.escape;
            text.remove_prefix(open + 1);
        }
    }
}

} // namespace sluse::hl7v2
