// gateway/normalise/json_text.cpp — escaping with a fast path: most clinical text needs none and is copied whole.
#include "gateway/normalise/json_text.hpp"

#include <array>

namespace sluse {
namespace {

constexpr auto special = [] {
    std::array<bool, 256> out{};
    for (std::size_t c = 0; c < 32; ++c) out[c] = true;
    out['"'] = out['\\'] = out[127] = true;
    return out;
}();

} // namespace

void append_json(Bytes& out, std::string_view text)
{
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (!special[c]) [[likely]]
            continue;
        out.append(text.data() + start, i - start);
        start = i + 1;
        switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default: break; // FHIR R4: strings hold no other control characters
        }
    }
    out.append(text.data() + start, text.size() - start);
}

} // namespace sluse
