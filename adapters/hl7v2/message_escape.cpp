// adapters/hl7v2/message_escape.cpp — escape sequences (HL7 v2.9 §2.7).
#include "adapters/hl7v2/message.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/normalise/charset.hpp"

#include <algorithm>

namespace sluse::hl7v2 {
namespace {

/// Appends the bytes that pairs of digits stand for; false and nothing appended when they are none.
bool append_bytes(std::string_view digits, std::string& out)
{
    const bool hex = std::ranges::all_of(digits, [](char c) { return hex_value(c) >= 0; });
    if (digits.empty() || digits.size() % 2 || !hex) return false;
    for (std::size_t i = 0; i < digits.size(); i += 2) out += static_cast<char>(hex_value(digits[i]) * 16 + hex_value(digits[i + 1]));
    return true;
}

/// One leaf's text. Bytes of neighbouring \X..\ are read together, since one letter may be written as several; what stands between
/// \M..\ and the next \M..\ or \C..\ is read in the set that they name (ISO 2022).
class Unescaper {
public:
    Unescaper(const Delimiters& delimiters, const Message* message, std::string& out) : d_(delimiters), message_(message), out_(out) {}

    void run(std::string_view text)
    {
        for (;;) {
            const auto open = d_.escape ? text.find(d_.escape) : text.npos;
            if (open != 0) put(text.substr(0, open));
            if (open == text.npos) break;
            const auto close = text.find(d_.escape, open + 1);
            if (close != text.npos && escape(text.substr(open + 1, close - open - 1))) {
                text.remove_prefix(close + 1);
            } else { // verbatim, and the next escape character may open again: C:\Temp\x
                put(text.substr(open, 1));
                text.remove_prefix(open + 1);
            }
        }
        end_bytes();
        end_set();
    }

private:
    void put(std::string_view text)
    {
        if (text.empty()) return;
        end_bytes();
        (set_.empty() ? out_ : in_set_) += text;
    }
    void put(char c) { put(std::string_view(&c, 1)); }

    void end_bytes()
    {
        if (bytes_.empty()) return;
        const auto charset = message_ && !plain_ascii(bytes_) ? message_->escape_charset() : std::string();
        auto& out = set_.empty() ? out_ : in_set_;
        std::size_t lost = 0;
        // Without a set of its own the message says nothing: UTF-8 where the bytes are that, else windows-1252.
        if (charset.empty() || charset == "UTF-8" || !to_utf8(bytes_, charset, out, lost)) mend_utf8(bytes_, out);
        bytes_.clear();
    }

    /// Text in a multi-byte set; where the set does not have it, it stays as it is.
    void end_set()
    {
        if (set_.empty()) return;
        std::string decoded;
        std::size_t lost = 0;
        if (to_utf8('\x1b' + set_ + in_set_ + "\x1b(B", "ISO-2022-JP-2", decoded, lost) && lost == 0) out_ += decoded;
        else out_ += in_set_;
        set_.clear();
        in_set_.clear();
    }

    /// \Cxxyy\ and \Mxxyyzz\: what would stand behind ESC.
    bool change_set(std::string_view code)
    {
        std::string set;
        const bool known = (code.size() == 5 || (code[0] == 'M' && code.size() == 7)) && append_bytes(code.substr(1), set);
        if (!known) return false;
        end_bytes();
        end_set();
        if (code[0] == 'M') set_ = set;
        return true;
    }

    /// \.br\ and the other formatting commands; the optional number repeats the blank ones.
    bool format(std::string_view command)
    {
        std::string name(command.substr(0, 2));
        for (auto& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        std::size_t times = 0;
        for (const char c : command.substr(std::min<std::size_t>(2, command.size())))
            if (c >= '0' && c <= '9') times = std::min<std::size_t>(times * 10 + static_cast<std::size_t>(c - '0'), 100);
        if (name == "br" || name == "ce") put('\n');
        else if (name == "sp") put(std::string(std::max<std::size_t>(times, 1), '\n'));
        else if (name == "sk") put(std::string(std::max<std::size_t>(times, 1), ' '));
        else return name == "in" || name == "ti" || name == "fi" || name == "nf";
        return true;
    }

    bool letter(char code)
    {
        switch (code) {
        case 'F': put(d_.field); return true;
        case 'S': put(d_.component); return true;
        case 'R': put(d_.repetition); return true;
        case 'E': put(d_.escape); return true;
        case 'T': put(d_.subcomponent ? d_.subcomponent : '&'); return true;
        case 'P':
            if (!d_.truncation) return false;
            put(d_.truncation);
            return true;
        case 'H':
        case 'N': return true;
        default: return false;
        }
    }

    /// False when `code` is no escape we know.
    bool escape(std::string_view code)
    {
        if (code.empty()) return false;
        if (code.size() == 1) return letter(code[0]);
        const auto rest = code.substr(1);
        switch (code[0]) {
        case '.': return format(rest);
        case 'X': return append_bytes(rest, bytes_);
        case 'C':
        case 'M': return change_set(code);
        case 'Z': return rest.find(' ') == rest.npos && rest.size() <= 16;
        default: return false;
        }
    }

    const Delimiters& d_;
    const Message* message_;
    std::string& out_;
    std::string bytes_;        ///< of \X..\, not yet read
    std::string set_, in_set_; ///< the set changed to, empty: the message's own; the text in it so far
};

} // namespace

void unescape(std::string_view text, const Delimiters& delimiters, std::string& out)
{
    Unescaper(delimiters, nullptr, out).run(text);
}

void unescape(std::string_view text, const Message& message, std::string& out)
{
    Unescaper(message.delimiters, &message, out).run(text);
}

} // namespace sluse::hl7v2
