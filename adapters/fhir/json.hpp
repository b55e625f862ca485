// adapters/fhir/json.hpp — a JSON text as a flat table of views: numbers keep their digits (4.10 is not 4.1), nothing is copied (RFC 8259).
#pragma once

#include "gateway/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::fhir {

enum class JsonKind : std::uint8_t { object, array, string, number, boolean, null };

/// One value. Children of an object or array follow it; the next value after it, children passed over, is nodes[next].
struct JsonNode {
    std::string_view name; ///< as a member of an object: its name, raw; else empty
    std::string_view text; ///< string: raw, without quotes; object, array: all of it; number, literal: as sent
    std::uint32_t next{};
    JsonKind kind{};
    bool escaped{};        ///< a string with escapes in it
};

struct JsonLimits {
    static constexpr std::size_t depth_max = 64, nodes_max = 1'000'000;
};

/// Views into the text that was parsed, which must outlive it.
class Json {
public:
    static constexpr std::uint32_t none = 0xffffffff;

    /// Strict RFC 8259 in UTF-8; no member twice in one object. Fault::where reads "line 3 column 7: what is wrong".
    static Result<Json> parse(std::string_view text);

    const JsonNode& operator[](std::uint32_t node) const { return nodes_[node]; }
    std::size_t size() const { return nodes_.size(); }

    /// First child, or none; then next_child() until none.
    std::uint32_t first_child(std::uint32_t parent) const { return nodes_[parent].next > parent + 1 ? parent + 1 : none; }
    std::uint32_t next_child(std::uint32_t parent, std::uint32_t child) const
    {
        const auto next = nodes_[child].next;
        return next < nodes_[parent].next ? next : none;
    }
    /// Member by name; none when absent or `object` is none or no object.
    std::uint32_t find(std::uint32_t object, std::string_view name) const;
    /// A string node's text without a copy where it holds no escapes; else unescaped in `scratch`. Empty when absent or no string.
    std::string_view view(std::uint32_t node, std::string& scratch) const;
    /// The string member's text, unescaped; empty when absent or no string.
    std::string text(std::uint32_t object, std::string_view name) const;
    /// A string node's text, unescaped.
    std::string text(std::uint32_t node) const;
    /// Where a node is, in FHIRPath's words: "Bundle.entry[2].resource.status" (`root` names node 0).
    std::string path(std::uint32_t node, std::string_view root) const;

private:
    friend class JsonParser;
    std::vector<JsonNode> nodes_;
};

/// Undoes JSON's escapes onto `out`; `raw` has been checked by the parser.
void unescape_json(std::string_view raw, std::string& out);
/// Appends `text` as a JSON string with quotes. Control characters that FHIR strings may not hold are left out.
void append_json_string(std::string_view text, std::string& out);

/// Appends tokens of JSON without the blanks between them.
void append_without_blanks(std::string_view text, std::string& out);

/// End of the first top-level value, by brackets and quotes alone; npos when it does not end.
std::size_t end_of_value(std::string_view text);

} // namespace sluse::fhir
