// adapters/edifact/check.cpp — one letter's syntax, its table and its content; and the two ways between EDIFACT and OIOXML.
#include "adapters/edifact/adapter.hpp"
#include "adapters/edifact/letter_text.hpp"

#include "adapters/letter/letter.hpp"
#include "adapters/letter/types.hpp"
#include "adapters/xml/builder.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace sluse::edifact {
namespace {

constexpr std::size_t bytes_max = std::size_t{1} << 30; ///< offsets are 32 bits wide; intake allows much less
constexpr std::size_t issues_max = 100;

/// What a letter's text, nodes and what is made of its values come to.
std::size_t arena_size(std::size_t bytes)
{
    return bytes + std::min<std::size_t>(bytes * 18, 1 << 20);
}

std::string_view printable(std::string_view text)
{
    const bool plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
    return plain && text.size() <= 40 ? text : std::string_view("?");
}

void take(const Troubles& troubles, Checked& out)
{
    for (const auto& trouble : troubles) {
        if (out.issues.size() >= issues_max) return;
        out.issues.push_back(trouble.issue());
        if (trouble.severity == Severity::error && out.answer == Answer::accepted) out.answer = Answer::content_error;
    }
}

Checked refused(Checked out, Answer answer, IssueKind kind, std::string path, std::string text)
{
    out.answer = answer;
    out.issues.insert(out.issues.begin(), {Severity::error, kind, std::move(path), std::move(text)});
    return out;
}

/// Who sent it and what it is, also of what is refused.
void name(const Interchange& interchange, Checked& out)
{
    if (!interchange.has_unb) return;
    const auto& text = interchange.text;
    out.system = printable(text.raw(text.segments.front(), 2));
    out.control_id = text.raw(text.segments.front(), 5);
    if (interchange.letters.empty()) return;
    const auto& unh = text.segments[interchange.letters.front().first];
    std::string scratch;
    if (!text.raw(unh, 1).empty()) out.control_id = text.value(unh, 1, 1, scratch);
    const auto statistics = text.raw(unh, 3);
    out.type = statistics.empty() ? std::string(printable(text.raw(unh, 2))) : 'X' + std::string(printable(statistics));
}

bool is_receipt(const Interchange& interchange)
{
    return std::ranges::any_of(interchange.letters, [&](const Letter& l) { return interchange.text.raw(interchange.text.segments[l.first], 2) == "CONTRL"; });
}

/// The table for a letter; null when its type has none, which `out` then says.
const LetterTable* table_of(const Text& text, const Segment& unh, Checked& out)
{
    const auto version = text.raw(unh, 2, 5);
    const auto* table = tables().find(version);
    if (table && table->message.substr(0, table->message.find(':')) == text.raw(unh, 2, 1)) return table;
    const auto what = std::string(printable(text.raw(unh, 2, 1))) + ", " + std::string(printable(version));
    out.answer = Answer::refused;
    out.issues.push_back({Severity::error, IssueKind::unsupported_version, text.trouble(unh, 2, 5, {}, {}).place(), "Kan ikke konvertere breve af typen: [" + what + "]"});
    return nullptr;
}

template <class Out> void put(std::string_view name, std::string_view latin1, Out& out)
{
    std::string utf8;
    append_utf8(latin1, utf8);
    out.open(name);
    out.text(utf8);
    out.close(name);
}

/// Emessage, open, with its envelope.
template <class Out> void open_emessage(const Heading& heading, std::string_view space, Out& out)
{
    out.open("Emessage", space);
    out.open("Envelope");
    out.open("Sent");
    put("Date", heading.date, out);
    put("Time", heading.time, out);
    out.close("Sent");
    put("Identifier", heading.reference, out);
    put("AcknowledgementCode", heading.wants_receipt ? "pluspositivkvitt" : "minuspositivkvitt", out);
    out.close("Envelope");
}

/// A price list or an invoice: who, to whom and which, and the rest as it stands, which tells one from another.
void put_unread(const Interchange& interchange, const Heading& heading, const Letter& letter, const letter::Type& type, xml::Builder& out)
{
    const auto& text = interchange.text;
    const auto &unh = text.segments[letter.first], &unt = text.segments[letter.last];
    const auto within = [&](std::string_view name, std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
        out.open(name);
        for (const auto& [element, latin1] : values) put(element, latin1, out);
        out.close(name);
    };
    std::string scratch;
    out.open("UnreadLetter");
    within("Letter", {{"Identifier", text.value(unh, 1, 1, scratch)}, {"VersionCode", 'X' + std::string(type.version)}, {"StatisticalCode", 'X' + std::string(text.raw(unh, 3))}});
    within("Sender", {{"EANIdentifier", heading.sender}});
    within("Receiver", {{"EANIdentifier", heading.receiver}});
    put("Segments", text.bytes.substr(unh.at, unt.at - unh.at), out);
    out.close("UnreadLetter");
}

/// Null for letters that are read.
const letter::Type* unread_type(const Text& text, const Segment& unh)
{
    const auto* type = letter::type_of(text.raw(unh, 2, 5));
    return type && is_kept_unread(*type) ? type : nullptr;
}

/// What the letter's schema needs and no segment said, by its place in the XML. Only told are the time of a day that came in format 102, and
/// what lacks in a version that is read by another's schema: nobody can say what its own demands.
void take_lacking(const LetterTable& table, const letter::Tree& tree, Checked& out)
{
    for (const auto& [parent, missing] : tree.lacking()) {
        const auto severity = table.has_own_schema() && !tree.outline()[missing].name.starts_with("Time") ? Severity::error : Severity::warning;
        std::string path;
        for (const xml::Node* node = parent; node; node = node->parent) path.insert(0, '/' + std::string(node->name));
        const auto name = tree.outline()[missing].name;
        out.issues.push_back({severity, IssueKind::required_missing, "Emessage" + path + '/' + name, tree.outline().path(missing) + " is missing in " + tree.outline()[0].name});
        if (severity == Severity::error && out.answer == Answer::accepted) out.answer = Answer::content_error;
    }
}

/// The interchange as an Emessage, its letters made in `arena`; false when a letter's type has no table or a text is none. `findings` names the reason.
template <class Out> bool emessage_of(const Interchange& interchange, xml::Arena& arena, Out& out, Checked& findings)
{
    bool first = true;
    const auto heading = heading_of(interchange);
    for (const auto& letter : interchange.letters) {
        take(letter.troubles, findings);
        const auto& unh = interchange.text.segments[letter.first];
        if constexpr (std::is_same_v<Out, xml::Builder>) {
            if (const auto* type = unread_type(interchange.text, unh)) {
                if (std::exchange(first, false)) open_emessage(heading, "http://rep.oio.dk/medcom.dk/xml/schemas/", out);
                put_unread(interchange, heading, letter, *type, out);
                continue;
            }
        }
        const auto* table = table_of(interchange.text, unh, findings);
        if (!table) return false;
        if (std::exchange(first, false)) open_emessage(heading, table->space, out);
        Troubles troubles;
        letter::Tree tree(table->outline, arena);
        read_letter(interchange, heading, letter, *table, tree, troubles);
        check_characters(interchange.text, letter.first, letter.last, troubles);
        take(troubles, findings);
        if (findings.answer == Answer::accepted) take_lacking(*table, tree, findings);
        if (tree.write(out)) continue;
        findings = refused(std::move(findings), Answer::content_error, IssueKind::wrong_type, "letter", "holds characters that no letter can hold");
        return false;
    }
    if (!first) out.close("Emessage");
    return !first;
}

/// What of the letter in `emessage` its EDIFACT does not say; a fault when that cannot even be read.
Result<Issues> lost_on_the_way(xml::Element emessage, std::string_view edifact)
{
    Issues out;
    Checked findings;
    const auto letter_of = [](xml::Element root) { return root.child("Envelope").next(); };
    xml::Builder back(arena_size(edifact.size()));
    const auto interchange = read_interchange(edifact);
    if (interchange.refused() || !emessage_of(interchange, back.arena(), back, findings))
        return Fault{Errc::bad_message, emessage.path() + ": its EDIFACT could not be read: a number or a text in it breaks the form"};
    const auto document = back.finish();
    find_left_out(letter_of(emessage), letter_of(document->root()), out);
    return out;
}

} // namespace

Checked check(std::string_view bytes, const SystemSettings& settings)
{
    Checked out;
    if (bytes.size() > bytes_max) return refused({}, Answer::refused, IssueKind::too_long, "interchange", "is longer than 1 GB");
    xml::Builder letters(arena_size(bytes.size()));
    const auto interchange = read_interchange(letters.arena().copy(bytes)); // which the letters view
    name(interchange, out);
    if (is_receipt(interchange)) out.expects_answer = false;
    take(interchange.troubles, out);
    if (!interchange.has_unb && !interchange.refused()) return refused(std::move(out), Answer::content_error, IssueKind::sequence, "interchange", "holds no UNB");
    if (interchange.refused()) {
        std::ranges::stable_sort(out.issues, std::greater<>(), &Issue::severity);
        return out;
    }
    if (skip_blanks(bytes, interchange.end) < bytes.size())
        return refused(std::move(out), Answer::content_error, IssueKind::sequence, "interchange", "is followed by text: send several interchanges as a file or to /api/v1/messages, which take them one by one");
    if (!emessage_of(interchange, letters.arena(), letters, out)) return out;
    const bool good = out.answer == Answer::accepted;
    letter::check(letters.finish(), settings, out);
    // What the segments are faulty in comes before what is then missing in the letter.
    if (!good && out.answer == Answer::accepted) out.answer = Answer::content_error;
    if (is_receipt(interchange)) out.expects_answer = false;
    else if (out.answer != Answer::accepted) out.expects_answer = true;
    return out;
}

Result<void> normalise(std::string_view, const Checked& checked, const NormaliseContext& context, Normalised& out)
{
    return letter::normalise(checked, context, out);
}

void addressed(Checked& checked, const Locations& own)
{
    letter::addressed(checked, own);
    if (checked.answer == Answer::accepted || !checked.issues.front().path.ends_with("/EANIdentifier")) return;
    checked.issues.front().path = "UNB-3.1"; // the location number that a letter names is its interchange's
}

Result<std::string> to_oioxml(std::string_view message)
{
    const auto interchange = read_interchange(message);
    Checked out;
    take(interchange.troubles, out);
    std::string xml = R"(<?xml version="1.0" encoding="UTF-8"?>)";
    xml::Writer writer(xml);
    xml::Arena arena(arena_size(message.size()));
    if (!interchange.refused()) emessage_of(interchange, arena, writer, out);
    const auto error = std::ranges::find(out.issues, Severity::error, &Issue::severity);
    if (error != out.issues.end()) return Fault{Errc::bad_message, error->path + ": " + error->text};
    return xml;
}

Result<std::string> from_oioxml(std::string_view bytes, Issues* left_out)
{
    const auto parsed = xml::Document::parse(bytes);
    if (!parsed) return Fault{Errc::bad_message, parsed.issue.path + ": " + parsed.issue.text};
    Issues issues;
    auto edifact = write_letter(parsed.document->root(), tables(), issues);
    if (!edifact) return edifact;
    const auto lost = lost_on_the_way(parsed.document->root(), *edifact);
    if (!lost) return lost.error();
    const auto consent = std::ranges::find_if(*lost, [](const Issue& issue) { return issue.path.ends_with("/Consent/Given"); });
    if (consent != lost->end()) return Fault{Errc::bad_message, consent->path + ": has no place in this letter's EDIFACT, which can only say that consent was given"};
    if (left_out) left_out->insert(left_out->end(), lost->begin(), lost->end());
    return edifact;
}

} // namespace sluse::edifact
