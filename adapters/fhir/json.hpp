// adapters/fhir/json.hpp — a resource as a flat table of views, whether read from JSON (RFC 8259) or made of XML: numbers keep their digits
// (4.10 is not 4.1), nothing is copied.
#pragma once

#include "gateway/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::fhir {

enum class JsonKind : std::uint8_t { object, array, string, number, boolean, null };

/// One value. Children of an object or array follow it; the next value after it, children passed over, is nodes[next].
struct JsonNode {
    std::string_view name; ///< as a member of an object: its name, raw; else without data
    std::string_view text; ///< string: raw as in JSON, without quotes; number, literal: as sent; object, array: all of it, when it was read as JSON
    std::uint32_t next{};
    JsonKind kind{};
    bool escaped{};        ///< a string with escapes in it
};

struct JsonLimits {
    static constexpr std::size_t depth_max = 64, nodes_max = 1'000'000;
};

/// Views into the JSON that was parsed, which must outlive it; made of XML it holds what it views.
class Json {
public:
    static constexpr std::uint32_t none = 0xffffffff;

    /// Strict RFC 8259 in UTF-8; no member twice in one object. Fault::where reads "line 3 column 7: what is wrong".
    static Result<Json> parse(std::string_view text);

    const JsonNode& operator[](std::uint32_t node) const { return nodes_.data()[node]; }
    std::size_t size() const { return nodes_.size(); }

    /// First child, or none; then next_child() until none.
    std::uint32_t first_child(std::uint32_t parent) const { return nodes_.data()[parent].next > parent + 1 ? parent + 1 : none; }
    std::uint32_t next_child(std::uint32_t parent, std::uint32_t child) const
    {
        const auto next = nodes_.data()[child].next;
        return next < nodes_.data()[parent].next ? next : none;
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
    friend class JsonBuilder;
    std::vector<JsonNode> nodes_;
    std::shared_ptr<const void> source_;    ///< what the nodes view, of whatever type; shared only because its type is not known here
    std::forward_list<std::string> texts_;  ///< texts that stand nowhere as they are
};

/// Puts a Json together value by value, as if its text had been read. Names and texts are viewed.
class JsonBuilder {
public:
    /// `expected`: about how many values. `source`: what names and texts view.
    JsonBuilder(std::size_t expected, std::shared_ptr<const void> source);
    /// An object or array, in which the values that follow are until close(). Without data in `name`: an item of an array.
    std::uint32_t open(std::string_view name, JsonKind kind);
    void close(std::uint32_t node);
    /// A string by its text as it is meant; control characters that FHIR strings may not hold are left out.
    void string(std::string_view name, std::string_view text);
    /// The same of a text that is kept here.
    void string(std::string_view name, std::string&& text);
    /// A number, boolean or null, as JSON writes it.
    void literal(std::string_view name, std::string_view text, JsonKind kind);
    /// Nothing was put into the object or array that was opened last.
    bool is_empty(std::uint32_t node) const { return json_.nodes_.size() == node + 1u; }
    /// The closed value is taken back, and all that followed it.
    void take_back(std::uint32_t node);
    /// No more can be opened here: JsonLimits.
    bool at_depth_max() const { return depth_ >= JsonLimits::depth_max; }
    bool is_full() const { return json_.nodes_.size() >= JsonLimits::nodes_max; }
    Json finish() { return std::move(json_); }

private:
    void add(std::string_view name, std::string_view text, JsonKind kind, bool escaped = false);

    Json json_;
    std::size_t depth_{};
};

/// Undoes JSON's escapes onto `out`; `raw` has been checked by the parser.
void unescape_json(std::string_view raw, std::string& out);
/// Appends `text` as a JSON string with quotes. Control characters that FHIR strings may not hold are left out.
void append_json_string(std::string_view text, std::string& out);

/// End of the first top-level value, by brackets and quotes alone; npos when it does not end.
std::size_t end_of_value(std::string_view text);

} // namespace sluse::fhir
