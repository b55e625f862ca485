// adapters/fhir/json_write.hpp — a Json as text again, on one line, with what is to be written otherwise than it was read.
#pragma once

#include "adapters/fhir/json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::fhir {

/// What is written otherwise than it stands in a Json. Reused from resource to resource.
class Changes {
public:
    void clear();
    /// A string's value; `then` is JSON that follows it: ,"system":"…"
    void replace(std::uint32_t node, std::string_view text, std::string_view then = {});
    /// A member's name; it is viewed.
    void rename(std::uint32_t node, std::string_view name) { all_.push_back({node, Kind::name, name, 0, 0}); }
    /// The value with all in it, and its name.
    void leave_out(std::uint32_t node) { all_.push_back({node, Kind::gone, {}, 0, 0}); }
    /// To be called before they are used.
    void sort();

private:
    friend class JsonWriter;
    enum class Kind : std::uint8_t { gone, value, name };
    struct One {
        std::uint32_t node;
        Kind kind;
        std::string_view name;
        std::uint32_t from, length; ///< of texts_
    };
    std::vector<One> all_; ///< of a node's several, the first counts
    std::string texts_;
};

/// Appends the value, without its name.
void append_json(const Json& json, std::uint32_t node, std::string& out);
/// Appends an object's members, each with a comma before it, but those that are left out.
void append_members(const Json& json, std::uint32_t object, const Changes& changes, std::string& out);

} // namespace sluse::fhir
