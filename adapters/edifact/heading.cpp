// adapters/edifact/heading.cpp — what UNB and UNH say of a letter: who, to whom, when and which.
#include "adapters/edifact/letter_text.hpp"

namespace sluse::edifact {

Heading heading_of(const Interchange& interchange)
{
    const auto& text = interchange.text;
    const auto& unb = text.segments.front();
    Heading out;
    out.sender = text.raw(unb, 2);
    out.receiver = text.raw(unb, 3);
    out.reference = text.raw(unb, 5);
    out.wants_receipt = text.raw(unb, 9) == "1";
    const auto date = text.raw(unb, 4, 1), time = text.raw(unb, 4, 2);
    if ((date.size() != 6 && date.size() != 8) || time.size() != 4) return out;
    auto century = date.size() == 8 ? std::string(date.substr(0, 2)) : std::string(date.substr(0, 2) >= "70" ? "19" : "20");
    const auto day = date.substr(date.size() - 6);
    // Two digits of a year: the letters' own dates tell the century, where they agree on the rest.
    for (const auto& s : text.segments)
        if (s.tag == "DTM" && text.raw(s, 1) == "137" && date.size() == 6) {
            const auto full = text.raw(s, 1, 2);
            if (full.size() >= 8 && full.substr(2, 2) == day.substr(0, 2)) century = full.substr(0, 2);
            break;
        }
    out.date = century + std::string(day.substr(0, 2)) + '-' + std::string(day.substr(2, 2)) + '-' + std::string(day.substr(4, 2));
    out.time = std::string(time.substr(0, 2)) + ':' + std::string(time.substr(2, 2));
    return out;
}

void read_heading(const Text& text, const Segment& unh, const Heading& heading, const LetterTable& table, letter::Tree& tree)
{
    std::string scratch, utf8;
    const auto put = [&](std::size_t which, std::string_view value, std::string_view prefix = {}) {
        const auto path = table.elements[which];
        if (path == no_element || value.empty()) return;
        utf8 = prefix;
        append_utf8(value, utf8);
        tree.set_copy(tree.at(path), utf8);
    };
    put(0, text.value(unh, 1, 1, scratch));
    put(1, table.version, "X");
    put(2, table.statistics_word);
    put(3, table.type_word);
    put(4, heading.sender);
    put(5, heading.receiver);
}

} // namespace sluse::edifact
