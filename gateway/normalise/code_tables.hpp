// gateway/normalise/code_tables.hpp — vocabulary maps: a sender's code to a FHIR code, system and display, pre-rendered as JSON.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace sluse {

struct MappedCode {
    std::string code;   ///< bare, for conditions and keys
    std::string json;   ///< "\"female\""
    std::string coding; ///< {"system":…,"code":…,"display":…}
};

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

/// One table. An entry for "*" takes what no other entry takes.
struct VocabularyMap {
    std::string name;
    std::unordered_map<std::string, MappedCode, TextHash, std::equal_to<>> codes;
    const MappedCode* find(std::string_view code) const
    {
        const auto found = codes.find(code);
        if (found != codes.end()) return &found->second;
        const auto any = codes.find(std::string_view("*"));
        return any == codes.end() ? nullptr : &any->second;
    }
};

} // namespace sluse
