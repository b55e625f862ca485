// adapters/hl7v2/check.cpp — the checks that an HL7 v2 acknowledgement answers for (HL7 v2.9 §2.9, table 0357).
#include "adapters/findings.hpp"
#include "adapters/hl7v2/adapter.hpp"
#include "adapters/hl7v2/events.hpp"
#include "adapters/hl7v2/identifiers.hpp"
#include "adapters/hl7v2/message.hpp"
#include "adapters/hl7v2/message_marks.hpp"
#include "adapters/hl7v2/normalise.hpp"
#include "gateway/normalise/dates.hpp"

#include <algorithm>
#include <functional>

namespace sluse::hl7v2 {
namespace {

/// Table 0125, the usual ones first: how OBX-5 may be said to be read.
bool is_value_type(std::string_view type)
{
    static constexpr std::string_view types[] = {"NM", "ST", "CWE", "CE",  "TX",  "FT",  "SN",  "ED", "RP",  "DT",  "TM", "TS", "DTM", "CNE", "CF", "IS", "ID", "CX", "XCN", "XPN", "XAD",
                                                 "XTN", "XON", "EI", "CQ", "DR", "NR", "NA", "MA", "MO", "CP", "CN", "CK", "PN", "TN", "AD", "HD", "PL", "SI", "DLN", "MF", "MOP", "TQ", "VR"};
    return std::ranges::find(types, type) != std::end(types);
}

class Checker : Findings {
public:
    Checker(const Message& message, const SystemSettings& settings, Checked& out) : Findings(out), message_(message), settings_(settings) {}

    void run()
    {
        out_.system = sender_of(message_);
        const auto* rules = type_and_event(); // first: what refuses the message is the first thing to say
        header();
        shape();
        if (rules && out_.answer != Answer::refused) people(*rules);
        // Acknowledgements are not acknowledged, or two gateways would do so for ever.
        if (rules && rules->type == "ACK") out_.expects_answer = false;
        else out_.expects_answer = answer_wanted(message_.value("MSH", 15), message_.value("MSH", 16), out_.answer);
        if (out_.issues.size() > 1) std::ranges::stable_sort(out_.issues, std::greater<>(), &Issue::severity);
    }

private:
    void header()
    {
        out_.control_id = message_.field(message_.segments.front(), 10);
        if (out_.control_id.empty()) error(IssueKind::required_missing, "MSH-10", "the control id is missing; number each message, without it an answer cannot name its message");
        if (out_.control_id.size() > 199) error(IssueKind::too_long, "MSH-10", "the control id is longer than 199 characters; send a shorter one");
        const auto sent = message_.value("MSH", 7);
        if (sent.empty()) warn(IssueKind::required_missing, "MSH-7", "the time of the message is missing; send it: which of two messages is newer is told by it");
        else if (!instant_of(sent, settings_.zone)) warn(IssueKind::wrong_type, "MSH-7", "is no time of the form YYYYMMDDHHMMSS; which of two messages is newer is told by it");
        const auto processing = message_.value("MSH", 11);
        if (processing.empty()) warn(IssueKind::required_missing, "MSH-11", "the processing id is missing; read as P (production)");
        else if (processing == "T" || processing == "D") warn(IssueKind::unsupported_processing, "MSH-11", "marks a message for training or debugging; it is kept apart by its tag");
        else if (processing != "P") warn(IssueKind::unsupported_processing, "MSH-11", "is no processing id of table 0103; read as P (production)");
        const auto version = message_.value("MSH", 12);
        const bool known = version.size() >= 3 && version.size() <= 5 && version.starts_with("2.") && version[2] >= '1' && version[2] <= '9' &&
                           (version.size() == 3 || version[3] == '.');
        if (!known) {
            warn(version.empty() ? IssueKind::required_missing : IssueKind::unsupported_version, "MSH-12",
                 (version.empty() ? "the version is missing; read as 2." : "is no version of HL7 v2; read as 2.") + std::to_string(minor_version(version)));
        }
        const auto marks = message_.field(message_.segments.front(), 2).size();
        constexpr auto few = "has fewer than four characters: component, repetition, escape, sub-component; what it lacks is not read: send all four";
        if (marks < 3) error(IssueKind::wrong_type, "MSH-2", few); // without an escape, data that holds a separator is read wrongly
        else if (marks < 4 && !message_.delimiters.subcomponent) warn(IssueKind::wrong_type, "MSH-2", few);
    }

    /// The row for the message's type, null when it is refused.
    const Events* type_and_event()
    {
        const auto type = type_of(message_);
        auto event = message_.value("MSH", 9, 2);
        if (type.empty()) {
            refuse(IssueKind::required_missing, "MSH-9.1", "the message type is missing; send it as type, event and structure (ADT, A01, ADT_A01)");
            return nullptr;
        }
        if (event.empty() && type != "ACK") event = event_of(message_);
        if (event.empty()) event = default_event(type);
        else if (message_.value("MSH", 9, 2).empty() && type.size() < message_.value("MSH", 9).size())
            warn(IssueKind::wrong_type, "MSH-9", "a blank stands between type and event; read as the component separator");
        out_.type = type;
        if (!event.empty()) (out_.type += '^') += event;
        event_ = event;
        if (const auto told = message_.value("EVN", 1); !told.empty() && !event.empty() && told != event)
            warn(IssueKind::unsupported_event, "EVN-1", "names another event than MSH-9, which counts");
        const auto known = rules_of(type, event);
        if (known.rules && known.of_event) return known.rules;
        const bool local = type.starts_with('Z') || event.starts_with('Z');
        if (is_query(type)) refuse(IssueKind::unsupported_type, "MSH-9.1", "is a query, and nothing is looked up here; send it to the system that holds the answer");
        else if (local && settings_.take_local_events) {
            warn(IssueKind::unsupported_event, "MSH-9", "is the sender's own message: its segments are read where they stand, as its settings ask");
            return known.rules ? known.rules : &local_rules;
        } else if (!known.rules) refuse(IssueKind::unsupported_type, "MSH-9.1", "this message type is not taken here; keep it back, or agree with the receiver that it is");
        else if (event.empty()) refuse(IssueKind::required_missing, "MSH-9.2", "the trigger event is missing, and EVN-1 as well; send it behind the message type");
        else if (is_event(event) && !local) { // of a newer version, or another type's: its segments say what they always say
            warn(IssueKind::unsupported_event, "MSH-9.2", "is no trigger event of this message type: its segments are read as those of the type's other events");
            return known.rules;
        } else refuse(IssueKind::unsupported_event, "MSH-9.2", "this trigger event is not taken here for this message type; keep it back, or agree with the receiver that it is");
        return nullptr;
    }

    void shape()
    {
        for (std::size_t i = 1, seen = 1; i < message_.segments.size(); ++i)
            if (message_.segments[i].id == "MSH") {
                refuse(IssueKind::sequence, "MSH[" + std::to_string(++seen) + "]", "a second message begins inside this one; send one message a frame");
                break;
            }
        if (message_.skipped)
            warn(IssueKind::sequence, "message", std::to_string(message_.skipped) + " lines are no segments and were passed over (the first: line " + std::to_string(message_.first_skipped) + "); a line break within a field is an escape (.br)");
    }

    void people(const Events& rules)
    {
        unsigned count = 0, results = 0;
        bool merged = !(rules.type == "ADT" && is_merge(event_) && event_ != "A24");
        for (const auto& segment : message_.segments) {
            if (segment.id == "OBX") result(segment, ++results);
            if (segment.id == "MRG" && !merged) {
                merged = true;
                given_up(segment);
            }
            if (segment.id != "PID") continue;
            if (count == 0) late(results, rules);
            ++count;
            if (count == 2 && rules.one_person && !(rules.type == "ADT" && several_people(event_))) {
                error(IssueKind::sequence, "PID[2]", "a second patient in a message about one; send a message for each");
                break;
            }
            person(segment, count, rules.about_a_person);
        }
        if (!merged && count > 0) error(IssueKind::sequence, "MRG", "the segment is missing; a merge names in it the number that is given up");
        if (rules.type == "ADT" && !message_.find("PV1") && about_a_contact(event_))
            warn(IssueKind::sequence, "PV1", "the segment is missing: nothing is said of the contact that the event is about");
        if (count > 0) return;
        // A later part begins in the middle, and its patient stands in the first; an EVN after an idle MSH-14 begins a message.
        const bool goes_on = !message_.value("MSH", 14).empty() && message_.segments.size() > 1 && message_.segments[1].id != "EVN" && message_.segments[1].id != "SFT";
        if (rules.about_a_person && !goes_on)
            error(IssueKind::sequence, "PID", "the segment is missing; this message type is about a patient: send it with the number before what belongs to it" +
                                                  (message_.skipped ? "; line " + std::to_string(message_.first_skipped) + " is no segment, whose name is three capitals or digits" : std::string()));
        else if (rules.about_a_person) warn(IssueKind::sequence, "PID", "the segment is missing, which only a message's later part may lack");
        else if (rules.type == "ORU" || rules.type == "OUL") warn(IssueKind::required_missing, "PID", "the segment is missing: results of nobody, which no indicator counts");
    }

    /// A first PID behind what is told of the patient.
    void late(unsigned results, const Events& rules)
    {
        if (early_patient(message_, rules.type)) warn(IssueKind::sequence, "PID", "stands before the appointment or referral that it belongs to, and is read as behind it; send it there");
        else if (late_patient(message_)) warn(IssueKind::sequence, "PID", "stands behind what is told of the patient, and is read as before it; send it first");
        else if (results > 0 && rules.type == "ORU") warn(IssueKind::sequence, "PID", "stands behind results, which are kept as nobody's; send it before them");
    }

    /// What a result lacks that nothing else can tell.
    void result(const Segment& obx, unsigned count)
    {
        const auto note = [&](const char* field, const char* text) {
            warn(IssueKind::required_missing, (count > 1 ? "OBX[" + std::to_string(count) + "]-" : std::string("OBX-")) + field, text);
        };
        if (message_.field(obx, 3).empty()) note("3", "says not what was observed; kept without a code");
        const auto sent = message_.field(obx, 2), type = sent.substr(0, sent.find(' '));
        if (message_.field(obx, 5).empty() || is_value_type(type)) return;
        note("2", type.empty() ? "says not how the value is to be read; kept as text" : "is no value type of table 0125: the value is kept as text");
    }

    /// The number that a merge gives up.
    void given_up(const Segment& mrg)
    {
        std::vector<PersonIdentifier> previous;
        for (const unsigned field : {1u, 4u}) persons_of(message_, message_.field(mrg, field), out_.system, settings_, previous);
        if (previous.empty()) error(IssueKind::required_missing, "MRG-1.1", "no number that is given up; send it with its assigning authority");
        else if (!out_.persons.empty() && previous[0] == out_.persons[0]) warn(IssueKind::sequence, "MRG-1", "is the number that stays: nothing is merged");
    }

    void person(const Segment& pid, unsigned count, bool required)
    {
        const auto place = [&](std::string_view field) { return (count > 1 ? "PID[" + std::to_string(count) + "]-" : std::string("PID-")).append(field); };
        auto persons = person_identifiers(message_, pid, settings_, out_.system);
        if (persons.empty()) {
            const char* text = "no patient identifier; send at least one with its assigning authority";
            if (required) error(IssueKind::required_missing, place("3.1"), text);
            else warn(IssueKind::required_missing, place("3.1"), text);
        } else if (message_.field(pid, 3).empty()) {
            warn(IssueKind::required_missing, place("3"), "is empty; the identifier was taken from PID-2 or PID-4");
        }
        for (const auto& one : persons)
            if (one.system == cpr_system && !passes_modulus_11(one.value))
                warn(IssueKind::wrong_type, place("3.1"), "the CPR number fails modulus 11; valid since 2007, but check it for a slip");
        const auto is_cpr = [](const PersonIdentifier& one) { return one.rank() == IdentifierRank::cpr; };
        if (std::ranges::count_if(persons, is_cpr) > 1) warn(IssueKind::sequence, place("3"), "holds two CPR numbers, which are taken as one person's; check that they are");
        claimed_cpr(pid, place("3"));
        if (count == 1) out_.persons = std::move(persons);
    }

    /// A number sent as CPR that is neither CPR nor a replacement number: it stays the sender's own, and the sender should know.
    void claimed_cpr(const Segment& pid, const std::string& field)
    {
        const auto& d = message_.delimiters;
        thread_local PersonIdentifier one; // keeps its room
        auto rest = message_.field(pid, 3);
        for (unsigned n = 1; n <= 20 && !rest.empty(); ++n) {
            const auto end = rest.find(d.repetition);
            const auto repetition = rest.substr(0, end);
            const auto authority = part(repetition, d.component, 4), type = part(repetition, d.component, 5);
            const bool claims = type == "NNDNK" || part(authority, d.subcomponent, 1) == "CPR" || part(authority, d.subcomponent, 2) == cpr_system.substr(8);
            if (claims && read_identifier(message_, repetition, settings_, out_.system, one) && one.rank() == IdentifierRank::local)
                warn(IssueKind::wrong_type, field + "[" + std::to_string(n) + "].1", "is sent as a CPR number and is none; kept as the sender's own number");
            if (end == rest.npos) return;
            rest.remove_prefix(end + 1);
        }
    }

    const Message& message_;
    const SystemSettings& settings_;
    std::string_view event_;
};

/// "MSH-2: must hold …" → place and text.
Issue issue_of(const Fault& fault)
{
    const auto colon = fault.where.find(": ");
    const auto text = colon == fault.where.npos ? fault.where : fault.where.substr(colon + 2);
    const auto place = fault.where.substr(0, colon);
    return {Severity::error, place == "MSH" ? IssueKind::sequence : IssueKind::wrong_type, place, text}; // 100 of table 0357: no MSH
}

} // namespace

Checked check(std::string_view bytes, const SystemSettings& settings)
{
    Checked out;
    auto message = std::make_unique<Message>();
    const auto done = decode(bytes, settings, *message);
    if (!done) {
        out.issues.push_back(issue_of(done.error()));
        out.answer = out.issues.back().path.starts_with("MSH") ? Answer::refused : Answer::content_error; // not HL7 v2, or too much of it
        const auto text = without_lead(bytes);
        if (begins_with_header(text, "FHS") || begins_with_header(text, "BHS"))
            out.issues.back().text = "a batch: send its messages one by one, or drop it as a file";
        return out;
    }
    out.issues = std::move(message->issues);
    Checker(*message, settings, out).run();
    out.decoded = std::move(message);
    return out;
}

} // namespace sluse::hl7v2
