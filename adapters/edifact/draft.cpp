// adapters/edifact/draft.cpp — empty components and elements at the ends are left out, those between are counted.
#include "adapters/edifact/draft.hpp"

#include <utility>

namespace sluse::edifact {
namespace {

constexpr Marks standard;

} // namespace

void Draft::write(std::string_view tag, std::string& out) const
{
    out += tag;
    std::size_t waiting = 0;
    for (const auto& components : elements_) {
        ++waiting;
        auto used = components.size();
        while (used && components[used - 1].empty()) --used;
        if (!used) continue;
        out.append(std::exchange(waiting, 0), standard.element);
        for (std::size_t i = 0; i < used; ++i) {
            if (i) out += standard.component;
            append_escaped(components[i], standard, out);
        }
    }
    out += standard.terminator;
    out += '\n';
}

std::optional<std::string> from_base64(std::string_view text)
{
    std::string out;
    std::uint32_t word = 0;
    unsigned bits = 0;
    for (const char c : text) {
        if (c == '=' || c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
        const int digit = c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
        if (digit < 0) return std::nullopt;
        word = word << 6 | static_cast<std::uint32_t>(digit);
        if ((bits += 6) >= 8) out += static_cast<char>(word >> (bits -= 8) & 0xff);
    }
    return out;
}

} // namespace sluse::edifact
