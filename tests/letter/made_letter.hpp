// tests/letter/made_letter.hpp — letters made of their schemas: each element that a letter may have, with a text of its
// own.
#pragma once

#include "adapters/edifact/table.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace sluse::letter {

/// An OIOXML letter of a version. Variant 0 has what the schema asks for, 1 everything once, 2 everything twice where
/// the schema allows it; the others what their number's dice give. The same for the same numbers everywhere.
class MadeLetter {
public:
    MadeLetter(const edifact::LetterTable& table, unsigned variant) : table_(table), variant_(variant), dice_(variant * 7919 + 17) {}

    std::string text()
    {
        const auto& outline = table_.outline;
        std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Emessage xmlns=\"" + table_.space +
                          "\"><Envelope><Sent><Date>2026-03-10</Date><Time>08:00</Time></Sent><Identifier>K9001</Identifier>"
                          "<AcknowledgementCode>minuspositivkvitt</AcknowledgementCode></Envelope><" +
                          outline[0].name + '>';
        children(0, out);
        return out + "</" + outline[0].name + "></Emessage>";
    }

private:
    /// Is the element one of several of which a letter has one, and not the one whose turn it is?
    bool left_to_another(letter::ElementId parent, std::string_view name) const
    {
        static constexpr std::string_view choices[][3] = {
            {"CivilRegistrationNumber", "AlternativeIdentifier", ""   },
            {"URL",                     "SUP",                   "BIN"},
            {"Time",                    "TimeWithSec",           ""   },
            {"IdentifierCode",          "IdentifierLocal",       ""   }
        };
        for (const auto& choice : choices) {
            if (std::ranges::find(choice, name) == std::end(choice)) continue;
            std::vector<std::string_view> there;
            for (const auto one : choice)
                if (!one.empty() && table_.outline.child(parent, one) != letter::no_element) there.push_back(one);
            return there[variant_ / 2 % there.size()] != name;
        }
        return false;
    }

    static bool chosen(std::string_view name) { return name == "CivilRegistrationNumber" || name == "AlternativeIdentifier" || name == "URL" || name == "SUP" || name == "BIN"; }

    unsigned upto(unsigned n) { return static_cast<unsigned>(dice_() % n); }

    unsigned how_many(const letter::OutlineElement& element)
    {
        const auto most = element.max == 0 ? 3u : std::min<unsigned>(element.max, 3);
        const auto wanted = variant_ == 0 ? 0 : variant_ == 1 ? 1 : variant_ == 2 ? 2 : upto(100) < 60 ? 1 + upto(most) : 0;
        return std::min(most, std::max<unsigned>(wanted, element.min));
    }

    void children(letter::ElementId parent, std::string& out)
    {
        for (const auto id : table_.outline[parent].children) {
            const auto& element = table_.outline[id];
            if (left_to_another(parent, element.name)) continue;
            for (unsigned n = 0, count = chosen(element.name) ? 1 : how_many(element); n < count; ++n) {
                ++made_[element.name];
                out += '<' + element.name + '>';
                if (element.children.empty()) out += value(id);
                else children(id, out);
                out += "</" + element.name + '>';
            }
        }
    }

    /// A text that stands nowhere else in the letter.
    std::string words(std::size_t most)
    {
        const auto number = std::to_string(++number_);
        if (most < 4) return number.substr(number.size() - std::min(most, number.size()));
        const auto text = "Ord" + number + (most > 12 ? " på dansk" : "");
        return text.size() > most ? number : text;
    }

    std::string of_list(const std::string& type)
    {
        std::vector<std::string> words;
        for (std::size_t from = 0; from <= type.size();) {
            const auto end = std::min(type.find('|', from), type.size());
            words.push_back(type.substr(from, end - from));
            from = end + 1;
        }
        return words[variant_ < 2 ? 0 : upto(static_cast<unsigned>(words.size()))];
    }

    std::string value(letter::ElementId id)
    {
        const auto& element = table_.outline[id];
        const auto& name = element.name;
        const auto& type = element.type;
        const auto path = table_.outline.path(id);
        if (path == "Letter/VersionCode") return 'X' + table_.version;
        if (path == "Letter/StatisticalCode") return table_.statistics_word;
        if (path == "Letter/TypeCode") return table_.type_word;
        if (name == "EANIdentifier") return path.starts_with("Sender") ? "5790000000010" : "5790000000034";
        if (name == "Object_Base64Encoded") return "SGVq";
        if (name == "OriginalObjectSize") return path.starts_with("BinaryObject") ? "3" : std::to_string(100 + ++number_);
        if (name == "ObjectIdentifier") return "0a1b2c3d-4e5f-4a6b-8c7d-00000000" + std::to_string(1000 + ++number_);
        if (name == "CivilRegistrationNumber") return "2512489996";
        if (name == "AlternativeIdentifier") return "251248EP1A";
        if (name == "RefMicroorganism") return std::to_string(1 + entries_ / made_["Antibiotic"] % made_["Microorganism"]);
        if (name == "RefAntibiotic") return std::to_string(1 + entries_++ % made_["Antibiotic"]);
        if (type == "formatted") return words(70) + " <Bold>" + words(30) + "</Bold><Break/>" + words(70) + "<Break/>";
        if (type == "breakable") return words(70) + "<Break/>" + words(70) + "<Break/>";
        if (type == "date") return "2026-03-0" + std::to_string(1 + upto(9));
        if (type.starts_with("/(([0-1][0-9])"))
            return "1" + std::to_string(upto(10)) + ":3" + std::to_string(upto(10)) + (type.ends_with(":[0-5][0-9]:[0-5][0-9]/") ? ":1" + std::to_string(upto(10)) : "");
        if (type == "/[0-9]{4}/") return std::to_string(1000 + ++number_);
        if (type == "/[0-9]{10}/") return "0101500001";
        if (type.starts_with("/[0-9]{1,")) return std::to_string(10 + ++number_);
        if (type.starts_with('/')) return type.substr(1, type.size() - 2);
        if (type == "int" || type == "positiveInteger" || type == "decimal") return std::to_string(1 + upto(9));
        if (type == "boolean") return variant_ > 2 && upto(2) ? "false" : "true";
        if (type == "speciality") return variant_ % 2 ? "kirurgi_sygehus" : "klin_biokemi";
        if (type.starts_with("string=")) return std::to_string(1'000'000'000 + ++number_);
        if (type.starts_with("string..")) return words(std::stoul(type.substr(8)));
        if (type == "string") return words(70);
        return of_list(type);
    }

    const edifact::LetterTable& table_;
    unsigned variant_, number_{}, entries_{};
    std::map<std::string, unsigned, std::less<>> made_; ///< how many of each name
    std::mt19937 dice_;
};

} // namespace sluse::letter
