// adapters/letter/conform.cpp — one walk over a letter beside its outline, whose order the letter's elements mostly have.
#include "adapters/letter/conform.hpp"

#include "adapters/letter/outline.hpp"
#include "adapters/xml/schema.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/equal.hpp"
#include "gateway/base/text_tables.hpp"
#include "gateway/base/time.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

namespace sluse::edifact {
const std::map<std::string, std::string, std::less<>>& embedded_files(); // made by the build from schemas/maps/letter
} // namespace sluse::edifact

namespace sluse::letter {
namespace {

enum class Form : std::uint8_t { any, date, time, word };

/// What an element without elements in it holds.
struct Leaf {
    Form form{};
    std::vector<std::string_view> words;
};

Leaf leaf_of(std::string_view type)
{
    if (type == "date") return {Form::date, {}};
    if (type.starts_with("/(([0-1]")) return {Form::time, {}};
    if (type.starts_with('/') || type.find('|') == type.npos) return {};
    Leaf leaf{Form::word, {}};
    each_cell(type, '|', [&](std::string_view word) { leaf.words.push_back(word); });
    return leaf;
}

struct Known {
    Outline outline;
    std::vector<Leaf> leaves; ///< by the element's number
};

/// By the VersionCode that the schema asks for: "XD2030C".
const Known* outline_of(std::string_view version)
{
    static const auto outlines = [] {
        std::map<std::string, Known, std::less<>> out;
        constexpr std::string_view folder = "outline/";
        for (const auto& [name, table] : edifact::embedded_files()) {
            if (!name.starts_with(folder)) continue;
            auto outline = Outline::read(std::string_view(name).substr(folder.size(), name.find('-') - folder.size()), table);
            if (!outline) continue; // which EDIFACT's own tables refuse to start with
            const auto element = outline->find("Letter/VersionCode");
            const auto code = element == no_element ? std::string() : (*outline)[element].type; // /XD2030C/
            if (code.size() > 2) out.emplace(code.substr(1, code.size() - 2), Known{std::move(*outline), {}});
        }
        for (auto& [version, known] : out) // which stay where they are now
            for (std::size_t i = 0; i < known.outline.size(); ++i) known.leaves.push_back(leaf_of(known.outline[static_cast<ElementId>(i)].type));
        return out;
    }();
    const auto found = outlines.find(version);
    return found == outlines.end() ? nullptr : &found->second;
}

constexpr std::string_view patient = "Patient";
constexpr std::size_t children_max = 128; ///< of one element in an outline; the largest letter has some 30

/// The envelope of every letter.
constexpr std::string_view envelope_elements = "Emessage\t\tEnvelope?\nEnvelope\t\tSent? Identifier? AcknowledgementCode?\nSent\t\tDate? Time?";

/// HH:MM, with seconds or without, wherever the schema stands: senders mix them.
bool is_time(std::string_view text)
{
    if (text.size() != 5 && text.size() != 8) return false;
    for (std::size_t i = 0; i < text.size(); i += 3)
        if (const auto two = text.substr(i, 2); !all_digits(two) || two > (i ? "59" : "23") || (i && text[i - 1] != ':')) return false;
    return true;
}

class Walk {
public:
    Walk(const Known& known, Checked& out) : outline_(known.outline), leaves_(known.leaves), out_(out) {}

    void below(xml::Element element, ElementId id)
    {
        const auto& children = outline_[id].children;
        if (children.empty() || children.size() > children_max) return;
        std::array<std::uint16_t, children_max> counts; // of which few are used
        std::fill_n(counts.begin(), children.size(), std::uint16_t{0});
        std::size_t at = 0;
        for (const auto child : element) {
            if (!child.shares_space() && child.space() != element.space()) error(IssueKind::wrong_type, child, "stands in another namespace than the letter");
            auto place = find(children, child.name(), at);
            if (place == children.size()) continue; // told as unmapped
            const auto full = [&](std::size_t i) { return outline_[children[i]].max && counts[i] >= outline_[children[i]].max; };
            for (auto i = place + 1; full(place) && i < children.size(); ++i) // a schema may have one name in two places
                if (equal_short(outline_[children[i]].name, child.name())) place = i;
            at = place;
            const auto max = outline_[children[place]].max;
            if (++counts[place] == max + 1 && max) error(IssueKind::sequence, child, max == 1 ? "stands twice: there is one at most" : "is one too many: there are at most " + std::to_string(max));
            if (outline_[children[place]].children.empty()) leaf(child, leaves_[children[place]]);
            else below(child, children[place]);
        }
        for (std::size_t i = 0; i < children.size(); ++i)
            if (!counts[i] && outline_[children[i]].min) lacking(element, children[i]);
    }

    /// What is no date and no time would be left out; other words than the schema's are told.
    void leaf(xml::Element element, const Leaf& leaf)
    {
        if (leaf.form == Form::any) return;
        const auto text = element.text();
        if (text.empty()) return;
        if (leaf.form == Form::date && !parse_day(text)) error(IssueKind::wrong_type, element, "is no date: YYYY-MM-DD");
        if (leaf.form == Form::time && !is_time(text)) error(IssueKind::wrong_type, element, "is no time: HH:MM");
        if (leaf.form == Form::word && std::ranges::find(leaf.words, text) == leaf.words.end())
            out_.issues.push_back({Severity::warning, IssueKind::unknown_code, element.path(), "is none of the words that the letter's schema has here"});
    }

private:
    /// That there is no patient is told in the standard's own words, elsewhere.
    void lacking(xml::Element parent, ElementId id)
    {
        const auto& wanted = outline_[id];
        if (outline_[0].name.ends_with("Receipt") || id == outline_.find(patient) || is_another_time(parent, wanted.name)) return;
        out_.issues.push_back({wanted.needed ? Severity::error : Severity::warning, IssueKind::required_missing, parent.path() + '/' + wanted.name, outline_.path(id) + " is missing in " + outline_[0].name});
        if (wanted.needed) out_.answer = Answer::content_error;
    }

    /// Senders write the time with seconds where the schema has none, and without where it has them.
    static bool is_another_time(xml::Element parent, std::string_view name)
    {
        return (name == "Time" && parent.child("TimeWithSec")) || (name == "TimeWithSec" && parent.child("Time"));
    }

    /// From where the last one stood, then from the start.
    std::size_t find(const std::vector<ElementId>& children, std::string_view name, std::size_t from) const
    {
        const auto* const ids = children.data();
        for (auto i = from; i < children.size(); ++i)
            if (equal_short(outline_[ids[i]].name, name)) return i;
        for (std::size_t i = 0; i < from; ++i)
            if (equal_short(outline_[ids[i]].name, name)) return i;
        return children.size();
    }

    void error(IssueKind kind, xml::Element at, std::string text)
    {
        out_.issues.push_back({Severity::error, kind, at.path(), std::move(text)});
        out_.answer = Answer::content_error;
    }

    const Outline& outline_;
    const std::vector<Leaf>& leaves_;
    Checked& out_;
};

/// Whatever a letter's schema is: it is one letter, of one sender to one receiver, about one patient, and its dates are dates.
class Plain {
public:
    explicit Plain(Checked& out) : out_(out) {}

    void letter(xml::Element letter)
    {
        for (const auto* name : {"Letter", "Sender", "Receiver", "Patient"}) one(letter, name);
        one(letter.child("Patient"), "CivilRegistrationNumber");
        dates(letter);
    }

private:
    void one(xml::Element parent, const char* name)
    {
        if (const auto second = parent.child(name).next(name)) error(IssueKind::sequence, second, "stands twice: there is one at most");
    }

    void dates(xml::Element parent)
    {
        for (const auto child : parent) {
            const auto text = child.text();
            if (child.child()) dates(child);
            else if (text.empty()) continue;
            else if (child.name() == "Date" && !parse_day(text)) error(IssueKind::wrong_type, child, "is no date: YYYY-MM-DD");
            else if ((child.name() == "Time" || child.name() == "TimeWithSec") && !is_time(text)) error(IssueKind::wrong_type, child, "is no time: HH:MM");
        }
    }

    void error(IssueKind kind, xml::Element at, const char* text)
    {
        if (errors_++ < told_max) out_.issues.push_back({Severity::error, kind, at.path(), text});
        out_.answer = Answer::content_error;
    }

    static constexpr std::size_t told_max = 100; ///< to say where one stands takes the longer the more there are
    Checked& out_;
    std::size_t errors_{};
};

} // namespace

void hold_to_outline(xml::Element emessage, Checked& out)
{
    static const xml::Schema schema(envelope_elements, {});
    schema.check(emessage, out.issues);
    const auto sent = emessage.at("Envelope/Sent");
    const auto wrong = [&](xml::Element at, const char* text) { out.issues.push_back({Severity::error, IssueKind::wrong_type, at.path(), text}); };
    if (const auto date = sent.child("Date"); !date.text().empty() && !parse_day(date.text())) wrong(date, "is no date: YYYY-MM-DD");
    if (const auto time = sent.child("Time"); !time.text().empty() && !is_time(time.text())) wrong(time, "is no time: HH:MM");
    for (const auto parent : {emessage, emessage.child("Envelope"), sent})
        for (const auto child : parent)
            if (!child.shares_space() && child.space() != emessage.space()) wrong(child, "stands in another namespace than the letter");
    if (!out.issues.empty()) out.answer = Answer::content_error;
    for (auto letter = emessage.child("Envelope").next(); letter; letter = letter.next()) {
        const auto* known = outline_of(letter.at("Letter/VersionCode").text());
        if (known && known->outline[0].name == letter.name()) Walk(*known, out).below(letter, 0);
        else Plain(out).letter(letter);
    }
}

} // namespace sluse::letter
