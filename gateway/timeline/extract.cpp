// gateway/timeline/extract.cpp — a table says which FHIR element is which attribute; another what each event means for a contact.
#include "gateway/timeline/extract.hpp"

#include "gateway/timeline/codes.hpp"

#include <rapidjson/document.h>

#include <algorithm>

namespace sluse {
namespace {

using Value = rapidjson::Value;
using Document = rapidjson::GenericDocument<rapidjson::UTF8<>, rapidjson::MemoryPoolAllocator<>>;
// Numbers stay text: a decimal keeps its digits until it is scaled.
constexpr unsigned parse_flags = rapidjson::kParseNumbersAsStringsFlag;

std::string_view text(const Value& v)
{
    return v.IsString() ? std::string_view(v.GetString(), v.GetStringLength()) : std::string_view();
}

/// Follows "period.start"; of an array it takes the first element. Null when there is no such thing.
const Value* find(const Value& from, std::string_view path)
{
    const Value* at = &from;
    while (!path.empty()) {
        if (at->IsArray()) at = at->Empty() ? nullptr : &(*at)[0];
        if (!at || !at->IsObject()) return nullptr;
        const auto dot = path.find('.');
        const auto name = path.substr(0, dot);
        path = dot == path.npos ? std::string_view() : path.substr(dot + 1);
        const auto member = at->FindMember(Value(rapidjson::StringRef(name.data(), name.size()))); // bare, it would decay to a C string
        if (member == at->MemberEnd()) return nullptr;
        at = &member->value;
    }
    return at;
}

std::string_view text_at(const Value& from, std::string_view path)
{
    const auto* value = find(from, path);
    return value ? text(*value) : std::string_view();
}

/// The id in "Patient/1", "urn:uuid:1" or "https://…/Patient/1".
std::string_view id_of_reference(std::string_view reference)
{
    const auto history = reference.find("/_history");
    reference = reference.substr(0, history);
    const auto cut = reference.find_last_of("/:");
    return cut == reference.npos ? reference : reference.substr(cut + 1);
}

std::optional<Day> full_date(std::string_view value)
{
    return value.size() >= 10 ? parse_day(value.substr(0, 10)) : std::nullopt;
}

/// An instant, or the local midnight of a bare date; poorer precision says nothing about order and is left out.
std::optional<Millis> instant_of(std::string_view value, const Zone& zone)
{
    if (value.size() > 10) return parse_instant(value);
    const auto day = full_date(value);
    return day ? zone.to_instant(*day, 0) : std::nullopt;
}

/// value · 10^6, exactly; empty when it is no number or does not fit.
std::optional<std::int64_t> scaled(std::string_view number)
{
    const bool negative = number.starts_with('-');
    if (negative) number.remove_prefix(1);
    if (number.empty() || number.find_first_of("eE") != number.npos) return {};
    std::int64_t value = 0;
    int decimals = -1;
    for (const char c : number) {
        if (c == '.' && decimals < 0) decimals = 0;
        else if (c < '0' || c > '9') return {};
        else if (decimals < 6) {
            if (value > (INT64_MAX - 9) / 10) return {};
            value = value * 10 + (c - '0');
            if (decimals >= 0) ++decimals;
        }
    }
    for (int i = std::max(decimals, 0); i < 6; ++i)
        if (__builtin_mul_overflow(value, std::int64_t{10}, &value)) return {};
    return negative ? -value : value;
}

/// Of a CodeableConcept the coding the indicators know best, else the first; null when it has none with a code.
const Value* best_coding(const Value& concept_)
{
    const auto* codings = find(concept_, "coding");
    if (!codings || !codings->IsArray()) return nullptr;
    const Value* best = nullptr;
    int preference = -1;
    for (const auto& coding : codings->GetArray()) {
        const auto worth = code_preference(text_at(coding, "system"));
        if (text_at(coding, "code").empty() || worth <= preference) continue;
        best = &coding;
        preference = worth;
    }
    return best;
}

struct Parsed {
    const ResourceSpan* span{};
    Document document;
};

struct Patient {
    std::string_view id;
    PersonIdentifier person;
};

} // namespace

/// One message's parsed resources; memory is kept from message to message.
struct ExtractWork {
    static constexpr std::size_t arena_bytes = 256 * 1024;
    std::unique_ptr<char[]> arena = std::make_unique<char[]>(arena_bytes);
    rapidjson::MemoryPoolAllocator<> pool{arena.get(), arena_bytes};
    std::string text;
    std::vector<Parsed> parsed;
    std::vector<Patient> patients;
    const Normalised* message{};
    const ExtractContext* context{};
    Version version;

    void load(const Normalised& n, const ExtractContext& c);
    const Value* resource(std::string_view type, std::string_view id) const;
    PersonIdentifier person_of(const Value& patient, std::string_view id) const;
    const PersonIdentifier* subject(const Value& resource) const;
    std::string contact_key(std::string_view id) const;
};

namespace {

using Scope = ExtractWork;
using Taken = std::optional<FactValue>;

Taken take_text(const Value& v, const Scope&)
{
    const auto said = text(v);
    return said.empty() ? Taken() : FactValue(std::string(said));
}

Taken take_day(const Value& v, const Scope&)
{
    const auto day = full_date(text(v));
    return day ? Taken(std::int64_t{*day}) : Taken();
}

Taken take_instant(const Value& v, const Scope& s)
{
    const auto at = instant_of(text(v), *s.context->zone);
    return at ? Taken(*at) : Taken();
}

Taken take_coding_code(const Value& v, const Scope&)
{
    const auto code = text_at(v, "coding.code");
    return code.empty() ? Taken() : FactValue(std::string(code));
}

/// v3-ActPriority; R (routine) and what else is planned counts as elective, emergencies as acute.
Taken take_priority(const Value& v, const Scope&)
{
    static constexpr std::string_view acute[] = {"A", "EM", "UR", "S"};
    const auto code = text_at(v, "coding.code");
    if (code.empty()) return {};
    return FactValue(std::string(std::ranges::find(acute, code) != std::end(acute) ? "A" : "EL"));
}

/// Psychiatric specialties: SNOMED CT, the Danish specialty codes, HL7 table 0069, and what the maps make of that (urn:sluse:specialty).
Taken take_specialty(const Value& v, const Scope&)
{
    static constexpr std::string_view psychiatric[] = {"394587001", "394588006", "394913002", "192000000", "50", "52", "PSY", "PSYK", "psychiatric"};
    const auto code = text_at(v, "coding.code");
    if (code.empty()) return {};
    return FactValue(std::string(std::ranges::find(psychiatric, code) != std::end(psychiatric) ? "psychiatric" : "somatic"));
}

Taken take_code(const Value& v, const Scope&)
{
    if (const auto* coding = best_coding(v)) return FactValue(normal_code(text_at(*coding, "system"), text_at(*coding, "code")).code);
    const auto words = text_at(v, "text");
    return words.empty() ? Taken() : FactValue(std::string(words));
}

Taken take_code_system(const Value& v, const Scope&)
{
    const auto* coding = best_coding(v);
    if (!coding || text_at(*coding, "system").empty()) return {};
    return FactValue(normal_code(text_at(*coding, "system"), text_at(*coding, "code")).system);
}

/// A coded value as the bare code: which codes mean "positive" is the packs' table.
Taken take_coded_value(const Value& v, const Scope&)
{
    const auto code = text_at(v, "coding.code");
    const auto said = code.empty() ? text_at(v, "text") : code;
    return said.empty() ? Taken() : FactValue(std::string(said));
}

Taken take_scaled(const Value& v, const Scope&)
{
    const auto number = scaled(text(v));
    return number ? Taken(*number) : Taken();
}

/// SOR before SHAK before what else the organisation is called by.
std::string_view organisation_number(const Value& organisation)
{
    static constexpr std::string_view order[] = {"urn:oid:1.2.208.176.1.1", "urn:oid:1.2.208.176.1.8"};
    const auto* identifiers = find(organisation, "identifier");
    if (!identifiers || !identifiers->IsArray()) return text_at(organisation, "identifier.value");
    for (const auto system : order)
        for (const auto& i : identifiers->GetArray())
            if (text_at(i, "system") == system) return text_at(i, "value");
    return text_at(organisation, "identifier.value");
}

Taken take_unit(const Value& reference, const Scope& s)
{
    auto number = text_at(reference, "identifier.value");
    if (number.empty())
        if (const auto* organisation = s.resource("Organization", id_of_reference(text_at(reference, "reference")))) {
            number = organisation_number(*organisation);
            if (number.empty()) number = text_at(*organisation, "name");
        }
    return number.empty() ? Taken() : FactValue(std::string(number));
}

/// Where the contact takes place, for senders that name no responsible organisation: the point of care, not its rooms and beds.
Taken take_place(const Value& reference, const Scope& s)
{
    const Value* place = nullptr;
    auto next = id_of_reference(text_at(reference, "reference"));
    for (int depth = 0; depth < 4 && !next.empty(); ++depth) { // bed ⊂ room ⊂ ward ⊂ …
        const auto* above = s.resource("Location", next);
        if (!above) break;
        const auto level = text_at(*above, "physicalType.coding.code");
        if (!place || level == "wa" || level == "poc") place = above;
        if (level == "wa" || level == "poc" || level.empty()) break;
        next = id_of_reference(text_at(*above, "partOf.reference"));
    }
    if (!place) return {};
    auto number = text_at(*place, "identifier.value");
    if (number.empty()) number = text_at(*place, "name");
    return number.empty() ? Taken() : FactValue(std::string(number));
}

Taken take_contact_key(const Value& reference, const Scope& s)
{
    const auto id = id_of_reference(text_at(reference, "reference"));
    return id.empty() ? Taken() : FactValue(s.contact_key(id));
}

/// Which FHIR element is which attribute. Rows of one attribute are tried in order; the first that says something holds.
struct Row {
    std::string_view type, path;
    Attr attr;
    Taken (*take)(const Value&, const Scope&);
};
constexpr Row rows[] = {
    {"Patient",     "birthDate",               Attr::birth_day,       take_day        },
    {"Patient",     "gender",                  Attr::sex,             take_text       },
    {"Patient",     "deceasedDateTime",        Attr::death_ms,        take_instant    },
    {"Encounter",   "class.code",              Attr::encounter_class, take_text       },
    {"Encounter",   "period.start",            Attr::start_ms,        take_instant    },
    {"Encounter",   "period.end",              Attr::end_ms,          take_instant    },
    {"Encounter",   "priority",                Attr::priority,        take_priority   },
    {"Encounter",   "serviceProvider",         Attr::unit,            take_unit       },
    {"Encounter",   "location.location",       Attr::unit,            take_place      },
    {"Encounter",   "serviceType",             Attr::specialty,       take_specialty  },
    {"Condition",   "code",                    Attr::code,            take_code       },
    {"Condition",   "code",                    Attr::code_system,     take_code_system},
    {"Condition",   "encounter",               Attr::contact_key,     take_contact_key},
    {"Condition",   "verificationStatus",      Attr::status,          take_coding_code},
    {"Observation", "performer",               Attr::unit,            take_unit       },
    {"Observation", "code",                    Attr::code,            take_code       },
    {"Observation", "code",                    Attr::code_system,     take_code_system},
    {"Observation", "encounter",               Attr::contact_key,     take_contact_key},
    {"Observation", "status",                  Attr::status,          take_text       },
    {"Observation", "effectiveDateTime",       Attr::sample_ms,       take_instant    },
    {"Observation", "effectivePeriod.start",   Attr::sample_ms,       take_instant    },
    {"Observation", "effectiveInstant",        Attr::sample_ms,       take_instant    },
    {"Observation", "issued",                  Attr::answer_ms,       take_instant    },
    {"Observation", "valueCodeableConcept",    Attr::value_text,      take_coded_value},
    {"Observation", "valueString",             Attr::value_text,      take_text       },
    {"Observation", "valueQuantity.value",     Attr::value_scaled,    take_scaled     },
    {"Observation", "valueQuantity.code",      Attr::value_unit,      take_text       },
    {"Observation", "valueQuantity.unit",      Attr::value_unit,      take_text       },
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
/// For messages that have no HL7 v2 event the status of the Encounter speaks.
constexpr EventRow statuses[] = {
    {"cancelled",        Does::cancels}, {"entered-in-error", Does::cancels},
    {"arrived",          Does::admits }, {"in-progress",      Does::admits },
};

bool v2_event(std::string_view event)
{
    return event.size() == 3 && event[0] >= 'A' && event[0] <= 'Z' && event[1] >= '0' && event[1] <= '9';
}

const EventRow* event_row(const Normalised& n, const Value& encounter)
{
    if (n.partial) return nullptr;
    if (v2_event(n.event)) {
        const auto row = std::ranges::find(events, std::string_view(n.event), &EventRow::event);
        return row == std::end(events) ? nullptr : row;
    }
    const auto row = std::ranges::find(statuses, text_at(encounter, "status"), &EventRow::event);
    return row == std::end(statuses) ? nullptr : row;
}

void say(Fact& fact, Attr attr, FactValue value, const Version& version)
{
    const auto at = std::ranges::lower_bound(fact.attributes, attr, {}, &Attribute::attr);
    if (at != fact.attributes.end() && at->attr == attr) at->value = std::move(value);
    else fact.attributes.insert(at, {attr, std::move(value), version});
}

void say_rows(std::string_view type, const Value& resource, const Scope& scope, const Version& version, Fact& fact)
{
    for (const auto& row : rows) {
        if (row.type != type || fact.find(row.attr)) continue;
        const auto* element = find(resource, row.path);
        if (element && element->IsArray()) element = element->Empty() ? nullptr : &(*element)[0];
        if (!element) continue;
        if (auto value = row.take(*element, scope)) say(fact, row.attr, std::move(*value), version);
    }
}

/// "period" deletes "period.start" too; "period.end" only itself.
bool covers(std::string_view deleted, std::string_view path)
{
    return path.starts_with(deleted) && (path.size() == deleted.size() || path[deleted.size()] == '.');
}

void say_deletions(const Normalised& n, const ResourceSpan& span, const Version& version, Fact& fact)
{
    for (const auto& d : n.deleted) {
        if (d.resource >= n.resources.size() || &n.resources[d.resource] != &span) continue;
        for (const auto& row : rows)
            if (row.type == span.type && covers(d.path, row.path) && !fact.find(row.attr)) say(fact, row.attr, {}, version);
    }
}

constexpr std::string_view municipality_extension = "dk-core-municipalityCodes";

/// The municipality's code may stand on the address or on the patient, as a CodeableConcept, Coding or code.
std::string municipality_in(const Value& element)
{
    const auto* extensions = find(element, "extension");
    if (!extensions || !extensions->IsArray()) return {};
    for (const auto& e : extensions->GetArray()) {
        if (!text_at(e, "url").ends_with(municipality_extension)) continue;
        for (const auto path : {"valueCodeableConcept.coding.code", "valueCoding.code", "valueCode", "valueString"})
            if (auto code = municipality_code(text_at(e, path)); !code.empty()) return code;
    }
    return {};
}

Fact residence(Day from, std::string municipality, const Version& version)
{
    Fact fact{FactKind::residence, iso(from) + '|' + municipality, {}};
    say(fact, Attr::municipality, std::move(municipality), version);
    say(fact, Attr::valid_from_day, std::int64_t{from}, version);
    return fact;
}

void say_patient(const Parsed& p, const Scope& s, std::vector<Said>& out)
{
    const auto& person = std::ranges::find(s.patients, p.span->id, &Patient::id)->person;
    Fact fact{FactKind::person, {}, {}};
    say_rows("Patient", p.document, s, s.version, fact);
    say_deletions(*s.message, *p.span, s.version, fact);
    if (!fact.attributes.empty()) out.push_back({person, std::move(fact)});

    const auto said_on = s.context->zone->day_at(s.version.recorded_ms);
    const auto whole = municipality_in(p.document);
    const auto* addresses = find(p.document, "address");
    bool on_address = false;
    if (addresses && addresses->IsArray())
        for (const auto& a : addresses->GetArray()) {
            auto code = municipality_in(a);
            if (code.empty()) continue;
            on_address = true;
            const auto from = full_date(text_at(a, "period.start"));
            out.push_back({person, residence(from.value_or(said_on), std::move(code), s.version)});
        }
    if (!on_address && !whole.empty()) out.push_back({person, residence(said_on, whole, s.version)});
}

/// A DG1 list of an ADT message is a snapshot of the contact's diagnoses; without the segment nothing is said of them. Where a DG1 has an
/// instance id (DG1-20) the sender adds, changes and deletes one by one (DG1-21): then what is missing is only not spoken of.
void say_list(const Value& encounter, const Scope& s, Fact& fact)
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
void say_ranks(const Value& encounter, const PersonIdentifier& person, const Scope& s, std::vector<Said>& out)
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

void say_encounter(const Parsed& p, const Scope& s, std::vector<Said>& out)
{
    const auto* person = s.subject(p.document);
    if (!person) return;
    Fact fact{FactKind::contact, s.contact_key(p.span->id), {}};
    say_rows("Encounter", p.document, s, s.version, fact);
    say_deletions(*s.message, *p.span, s.version, fact);
    if (const auto* event = event_row(*s.message, p.document)) {
        if (event->does == Does::reopens) say(fact, Attr::end_ms, {}, s.version);
        else say(fact, Attr::cancelled, std::int64_t{event->does == Does::cancels}, s.version);
    }
    if (const auto visit = text_at(p.document, "identifier.value"); !visit.empty()) say(fact, Attr::visit, std::string(visit), s.version);
    say_list(p.document, s, fact);
    if (!fact.attributes.empty()) out.push_back({*person, std::move(fact)});
    say_ranks(p.document, *person, s, out);
}

void say_other(const Parsed& p, FactKind kind, const Scope& s, std::vector<Said>& out)
{
    const auto* person = s.subject(p.document);
    if (!person) return;
    Fact fact{kind, p.span->id, {}};
    say_rows(p.span->type, p.document, s, s.version, fact);
    say_deletions(*s.message, *p.span, s.version, fact);
    if (!fact.attributes.empty()) out.push_back({*person, std::move(fact)});
}

} // namespace

void ExtractWork::load(const Normalised& n, const ExtractContext& c)
{
    static constexpr std::string_view relevant[] = {"Patient", "Encounter", "Condition", "Observation", "Organization", "Location"};
    message = &n;
    context = &c;
    const auto recorded = n.recorded_ms ? n.recorded_ms : n.sent_ms ? n.sent_ms : c.received_ms;
    version = {recorded, n.sent_ms ? n.sent_ms : recorded, c.position};
    parsed.clear();
    patients.clear();
    pool.Clear();
    std::size_t bytes = 0;
    const auto wanted = [](const ResourceSpan& s) { return std::ranges::find(relevant, std::string_view(s.type)) != std::end(relevant); };
    for (const auto& span : n.resources)
        if (wanted(span)) bytes += span.length + 1;
    text.clear();
    text.reserve(bytes); // in-situ parsing points into it: it must not move
    for (const auto& span : n.resources) {
        if (!wanted(span) || span.offset > n.bundle.size()) continue;
        const auto start = text.size();
        text.append(std::string_view(n.bundle).substr(span.offset, span.length));
        text += '\0';
        auto& p = parsed.emplace_back(Parsed{&span, Document(&pool, 512)});
        p.document.ParseInsitu<parse_flags>(text.data() + start);
        if (p.document.HasParseError() || !p.document.IsObject()) parsed.pop_back();
    }
    for (const auto& p : parsed)
        if (p.span->type == "Patient") patients.push_back({p.span->id, person_of(p.document, p.span->id)});
}

const Value* ExtractWork::resource(std::string_view type, std::string_view id) const
{
    for (const auto& p : parsed)
        if (p.span->type == type && p.span->id == id) return &p.document;
    return nullptr;
}

PersonIdentifier ExtractWork::person_of(const Value& patient, std::string_view id) const
{
    const auto* identifiers = find(patient, "identifier");
    PersonIdentifier best;
    if (identifiers && identifiers->IsArray())
        for (const auto& i : identifiers->GetArray()) {
            PersonIdentifier one{std::string(text_at(i, "system")), std::string(text_at(i, "value"))};
            if (one.value.empty()) continue;
            // The adapter's own choice, by which the message came to its lane, goes before ours.
            if (!message->persons.empty() && one == message->persons.front()) return one;
            if (best.value.empty() || one.rank() < best.rank()) best = std::move(one);
        }
    if (!best.value.empty()) {
        if (best.system.empty()) best.system = "urn:sluse:id:" + std::string(context->system);
        return best;
    }
    if (!message->persons.empty()) return message->persons.front();
    return {"urn:sluse:patient:" + std::string(context->system), std::string(id)};
}

const PersonIdentifier* ExtractWork::subject(const Value& resource) const
{
    auto id = id_of_reference(text_at(resource, "subject.reference"));
    if (id.empty()) id = id_of_reference(text_at(resource, "patient.reference"));
    const auto found = std::ranges::find(patients, id, &Patient::id);
    if (found != patients.end()) return &found->person;
    return message->persons.empty() ? nullptr : &message->persons.front();
}

std::string ExtractWork::contact_key(std::string_view id) const
{
    const auto* encounter = resource("Encounter", id);
    if (!encounter) return "id|" + std::string(id);
    constexpr std::string_view lpr3 = "https://www.esundhed.dk/Registre/Landspatient"; // …registeret and …sregisteret
    const auto* identifiers = find(*encounter, "identifier");
    if (!identifiers || !identifiers->IsArray() || identifiers->Empty()) return "id|" + std::string(id);
    for (const auto& i : identifiers->GetArray()) {
        if (!text_at(i, "system").starts_with(lpr3)) continue;
        auto value = text_at(i, "value");
        if (value.starts_with("urn:uuid:")) value.remove_prefix(9);
        return "LPR3:" + std::string(value);
    }
    const auto& first = (*identifiers)[0];
    const auto system = text_at(first, "system");
    return std::string(system.empty() ? context->system : system) + '|' + std::string(text_at(first, "value"));
}

Extractor::Extractor() : work_(std::make_unique<ExtractWork>()) {}
Extractor::~Extractor() = default;

void Extractor::extract(const Normalised& n, const ExtractContext& context, std::vector<Said>& out)
{
    out.clear();
    work_->load(n, context);
    for (const auto& p : work_->parsed) {
        const std::string_view type = p.span->type;
        if (type == "Patient") say_patient(p, *work_, out);
        else if (type == "Encounter") say_encounter(p, *work_, out);
        else if (type == "Condition") say_other(p, FactKind::diagnosis, *work_, out);
        else if (type == "Observation") say_other(p, FactKind::result, *work_, out);
    }
}

} // namespace sluse
