// gateway/timeline/resources/encounter.cpp — contacts: a table says which element is which attribute; another what each event means.
#include "gateway/timeline/resources/resource.hpp"

#include <algorithm>

namespace sluse::resources {
namespace {

/// v3-ActPriority; R (routine) and what else is planned counts as elective, emergencies as acute.
Taken take_priority(const Value& v, const ExtractWork&)
{
    static constexpr std::string_view acute[] = {"A", "EM", "UR", "S"};
    const auto code = text_at(v, "coding.code");
    if (code.empty()) return {};
    return FactValue(std::string(std::ranges::find(acute, code) != std::end(acute) ? "A" : "EL"));
}

/// Psychiatric specialties: SNOMED CT, the Danish specialty codes, HL7 table 0069, and what the maps make of that (urn:sluse:specialty).
Taken take_specialty(const Value& v, const ExtractWork&)
{
    static constexpr std::string_view psychiatric[] = {"394587001", "394588006", "394913002", "192000000", "50", "52", "PSY", "PSYK", "psychiatric"};
    const auto code = text_at(v, "coding.code");
    if (code.empty()) return {};
    return FactValue(std::string(std::ranges::find(psychiatric, code) != std::end(psychiatric) ? "psychiatric" : "somatic"));
}

constexpr Row rows[] = {
    {"class.code",        Attr::encounter_class, take_text     },
    {"period.start",      Attr::start_ms,        take_instant  },
    {"period.end",        Attr::end_ms,          take_instant  },
    {"priority",          Attr::priority,        take_priority },
    {"serviceProvider",   Attr::unit,            take_unit     },
    {"location.location", Attr::unit,            take_place    },
    {"serviceType",       Attr::specialty,       take_specialty},
    {"basedOn",           Attr::based_on,        take_key      },
};

/// What an event does to a contact beside what its elements say. Only these touch `cancelled`, so a stale update cannot revive a
/// cancelled contact, and only these end or reopen one.
enum class Does : std::uint8_t { cancels, admits, reopens };
struct EventRow {
    std::string_view event;
    Does does;
};
constexpr EventRow events[] = {
    {"A01", Does::admits}, {"A04", Does::admits}, {"A11", Does::cancels}, {"A13", Does::reopens},
};
/// What a merge or a deletion of visits retires (A23, A35, A42, A50).
constexpr EventRow retired{"", Does::cancels};
/// For messages that have no HL7 v2 event the status of the Encounter speaks.
constexpr EventRow statuses[] = {
    {"cancelled",        Does::cancels}, {"entered-in-error", Does::cancels},
    {"arrived",          Does::admits }, {"in-progress",      Does::admits },
};

/// MedCom's HospitalNotification tells the whole state of the stay each time.
constexpr EventRow notified[] = {
    {"in-progress", Does::admits}, {"onleave", Does::admits}, {"finished", Does::admits}, {"entered-in-error", Does::cancels},
};

const EventRow* event_row(const Normalised& n, const Value& encounter)
{
    if (n.partial) return nullptr;
    if (n.event == notification) {
        const auto row = std::ranges::find(notified, text_at(encounter, "status"), &EventRow::event);
        return row == std::end(notified) ? nullptr : row;
    }
    if (v2_event(n.event)) {
        if (text_at(encounter, "status") == "entered-in-error") return &retired;
        const auto row = std::ranges::find(events, std::string_view(n.event), &EventRow::event);
        return row == std::end(events) ? nullptr : row;
    }
    const auto row = std::ranges::find(statuses, text_at(encounter, "status"), &EventRow::event);
    return row == std::end(statuses) ? nullptr : row;
}

/// A DG1 list of an ADT message is a snapshot of the contact's diagnoses; without the segment nothing is said of them. Where a DG1 has an
/// instance id (DG1-20) the sender adds, changes and deletes one by one (DG1-21): then what is missing is only not spoken of.
void say_list(const Value& encounter, const ExtractWork& s, Fact& fact)
{
    const auto& n = *s.message;
    const auto* diagnoses = find(encounter, "diagnosis");
    if (n.partial || !v2_event(n.event) || n.event[0] != 'A' || !diagnoses || !diagnoses->IsArray()) return;
    std::vector<std::string_view> keys;
    for (const auto& d : diagnoses->GetArray())
        if (const auto id = id_of_reference(text_at(d, "condition.reference")); !id.empty()) {
            const auto* condition = s.resource("Condition", id);
            if (condition && condition->FindMember("identifier") != condition->MemberEnd()) return;
            keys.push_back(id);
        }
    if (keys.empty()) return;
    std::ranges::sort(keys);
    std::string list;
    for (const auto key : keys) (list += list.empty() ? "" : "\n") += key;
    say(fact, Attr::diagnoses, std::move(list), s.version);
}

/// "rank" stands on the Encounter's side of the link; the fact it belongs to is the Condition's.
void say_ranks(const Value& encounter, const PersonIdentifier& person, const ExtractWork& s, std::vector<Said>& out)
{
    const auto* diagnoses = find(encounter, "diagnosis");
    if (!diagnoses || !diagnoses->IsArray()) return;
    for (const auto& d : diagnoses->GetArray()) {
        const auto id = id_of_reference(text_at(d, "condition.reference"));
        const auto rank = scaled(text_at(d, "rank"));
        if (id.empty() || !rank) continue;
        Fact fact{FactKind::diagnosis, std::string(id), {}};
        say(fact, Attr::rank, *rank / 1'000'000, s.version);
        out.push_back({person, std::move(fact)});
    }
}

/// The person whom a contact was with before it was moved (A45, MRG-1).
std::optional<PersonIdentifier> moved_from(const Value& encounter)
{
    const auto* extensions = find(encounter, "extension");
    if (!extensions || !extensions->IsArray()) return {};
    for (const auto& e : extensions->GetArray())
        if (text_at(e, "url") == "urn:sluse:extension:v2-moved-from" && !text_at(e, "valueIdentifier.value").empty())
            return PersonIdentifier{std::string(text_at(e, "valueIdentifier.system")), std::string(text_at(e, "valueIdentifier.value"))};
    return {};
}

/// A contact without a start counts nowhere. Its start with whom it was moved to is as new, and wins where the two prove to be one person.
void say_moved(const PersonIdentifier& from, const ExtractWork& s, const Fact& contact, std::vector<Said>& out)
{
    Fact fact{FactKind::contact, contact.key, {}};
    if (contact.number(Attr::cancelled) == 1) say(fact, Attr::cancelled, std::int64_t{1}, s.version);
    else say(fact, Attr::start_ms, {}, s.version);
    out.push_back({from, std::move(fact)});
}

void say_encounter(const Parsed& p, const ExtractWork& s, std::vector<Said>& out)
{
    const auto* person = s.subject(p.document);
    if (!person) return;
    auto key = s.contact_key(p.span->id);
    if (say_planned(p, key, *person, s, out)) return;
    Fact fact{FactKind::contact, std::move(key), {}};
    say_rows(p, s, fact);
    say_citizens_unit(p, s, fact);
    if (const auto* event = event_row(*s.message, p.document)) {
        if (event->does == Does::reopens) say(fact, Attr::end_ms, {}, s.version);
        else say(fact, Attr::cancelled, std::int64_t{event->does == Does::cancels}, s.version);
    }
    if (const auto visit = text_at(p.document, "identifier.value"); !visit.empty()) say(fact, Attr::visit, std::string(visit), s.version);
    say_list(p.document, s, fact);
    if (s.message->event == notification) say_notification(p.document, *person, s, fact, out);
    else say_leave(*person, fact.key, s, out);
    if (const auto from = moved_from(p.document); from && *from != *person) say_moved(*from, s, fact, out);
    if (!fact.attributes.empty()) out.push_back({*person, std::move(fact)});
    say_ranks(p.document, *person, s, out);
}

} // namespace

const Rule encounter{"Encounter", FactKind::contact, rows, say_encounter};

} // namespace sluse::resources
