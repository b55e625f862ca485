// adapters/edifact/frame.cpp — what stands around a letter's segments, and which table is an Emessage's.
#include "adapters/edifact/draft.hpp"
#include "adapters/edifact/letter_text.hpp"

#include <algorithm>

namespace sluse::edifact {

const LetterTable* table_for(xml::Element emessage, const Tables& tables, xml::Element& letter)
{
    for (const auto child : emessage) {
        if (child.name() == "Envelope") continue;
        letter = child;
        auto version = child.at("Letter/VersionCode").text();
        if (version.starts_with('X')) version.remove_prefix(1);
        const auto* table = tables.find(version);
        return table && table->outline[0].name == child.name() ? table : nullptr;
    }
    return nullptr;
}

std::string framed(xml::Element emessage, xml::Element letter, const LetterTable& table, std::string_view body, std::size_t segments)
{
    const auto envelope = emessage.child("Envelope");
    const auto identifier = letter.at("Letter/Identifier").text(), reference = envelope.child("Identifier").text();
    auto date = std::string(envelope.at("Sent/Date").text()), time = std::string(envelope.at("Sent/Time").text());
    std::erase(date, '-');
    std::erase(time, ':');
    std::string out = "UNA:+.? '\n";
    Draft unb;
    unb.put(1, 1, "UNOC");
    unb.put(1, 2, "3");
    unb.put(2, 1, letter.at("Sender/EANIdentifier").text());
    unb.put(2, 2, "14");
    unb.put(3, 1, letter.at("Receiver/EANIdentifier").text());
    unb.put(3, 2, "14");
    unb.put(4, 1, std::string_view(date).substr(std::min<std::size_t>(2, date.size())));
    unb.put(4, 2, std::string_view(time).substr(0, 4));
    unb.put(5, 1, reference);
    if (!table.acknowledgement) unb.put(9, 1, envelope.child("AcknowledgementCode").text() == "pluspositivkvitt" ? "1" : "0");
    unb.write("UNB", out);
    Draft unh;
    unh.put(1, 1, identifier);
    unsigned component = 0;
    for (std::string_view rest = table.message; component < 5;) {
        const auto colon = rest.find(':');
        unh.put(2, ++component, rest.substr(0, colon));
        if (colon == rest.npos) break;
        rest.remove_prefix(colon + 1);
    }
    unh.put(2, ++component, table.version);
    unh.put(3, 1, table.statistics);
    unh.write("UNH", out);
    out += body;
    Draft unt;
    unt.put(1, 1, std::to_string(segments + 2));
    unt.put(2, 1, identifier);
    unt.write("UNT", out);
    Draft unz;
    unz.put(1, 1, "1");
    unz.put(2, 1, reference);
    unz.write("UNZ", out);
    return out;
}

} // namespace sluse::edifact
