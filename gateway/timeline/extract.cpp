// gateway/timeline/extract.cpp — a message's resources parsed once, and each given to the file that knows its type.
#include "gateway/timeline/extract.hpp"

#include "gateway/timeline/episodes.hpp"
#include "gateway/timeline/resources/resource.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluse {
namespace resources {
namespace {

const Rule organization{"Organization", {}, {}, {}}, location{"Location", {}, {}, {}}, medication{"Medication", {}, {}, {}}, provenance{"Provenance", {}, {}, {}};

/// A new kind of resource is a new file and a word here.
constexpr std::array rules{
    &patient, &encounter, &condition, &observation, &organization, &location, &procedure, &service_request, &medication_request,
    &medication_dispense, &medication_administration, &medication, &questionnaire_response, &care_plan, &document_reference, &composition,
    &list, &consent, &flag, &appointment, &immunization, &task, &research_subject, &episode_of_care, &measure_report, &provenance,
};

const Rule* rule_of(std::string_view type)
{
    const auto found = std::ranges::find(rules, type, &Rule::type);
    return found == rules.end() ? nullptr : *found;
}

/// "period" deletes "period.start" too; "period.end" only itself.
bool covers(std::string_view deleted, std::string_view path)
{
    return path.starts_with(deleted) && (path.size() == deleted.size() || path[deleted.size()] == '.');
}

void say_deletions(const Parsed& p, const ExtractWork& s, Fact& fact)
{
    const auto& n = *s.message;
    for (const auto& d : n.deleted) {
        if (d.resource >= n.resources.size() || &n.resources[d.resource] != p.span) continue;
        for (const auto& row : p.rule->rows)
            if (covers(d.path, row.path) && !fact.find(row.attr)) say(fact, row.attr, {}, s.version);
    }
}

void say_fact(const Parsed& p, std::string key, const ExtractWork& s, std::vector<Said>& out)
{
    const auto* person = s.subject(p.document);
    if (!person) return;
    Fact fact{p.rule->kind, std::move(key), {}};
    say_rows(p, s, fact);
    if (!fact.attributes.empty()) out.push_back({*person, std::move(fact)});
}

} // namespace

bool v2_event(std::string_view event)
{
    return event.size() == 3 && event[0] >= 'A' && event[0] <= 'Z' && event[1] >= '0' && event[1] <= '9';
}

void say(Fact& fact, Attr attr, FactValue value, const Version& version)
{
    const auto at = std::ranges::lower_bound(fact.attributes, attr, {}, &Attribute::attr);
    if (at != fact.attributes.end() && at->attr == attr) at->value = std::move(value);
    else fact.attributes.insert(at, {attr, std::move(value), version});
}

void say_rows(const Parsed& p, const ExtractWork& scope, Fact& fact)
{
    for (const auto& row : p.rule->rows) {
        if (fact.find(row.attr)) continue;
        const auto* element = find(p.document, row.path);
        if (element && element->IsArray()) element = element->Empty() ? nullptr : &(*element)[0];
        if (!element) continue;
        if (auto value = row.take(*element, scope)) say(fact, row.attr, std::move(*value), scope.version);
    }
    say_deletions(p, scope, fact);
}

void say_by_id(const Parsed& p, const ExtractWork& s, std::vector<Said>& out)
{
    say_fact(p, p.span->id, s, out);
}

void say_act(const Parsed& p, const ExtractWork& s, std::vector<Said>& out)
{
    say_fact(p, s.business_key(p.document, p.span->id), s, out);
}

} // namespace resources

using namespace resources;

namespace {
// Numbers stay text: a decimal keeps its digits until it is scaled.
constexpr unsigned parse_flags = rapidjson::kParseNumbersAsStringsFlag;
} // namespace

bool resources::Parsed::read() const
{
    if (auto* json = std::exchange(unread, nullptr)) document.ParseInsitu<parse_flags>(json);
    return !document.HasParseError() && document.IsObject();
}

void ExtractWork::load(const Normalised& n, const ExtractContext& c)
{
    message = &n;
    context = &c;
    const auto recorded = n.recorded_ms ? n.recorded_ms : n.sent_ms ? n.sent_ms : c.received_ms;
    version = {recorded, n.sent_ms ? n.sent_ms : recorded, c.position};
    parsed.clear();
    patients.clear();
    pool.Clear();
    std::size_t bytes = 0;
    for (const auto& span : n.resources)
        if (rule_of(span.type)) bytes += span.length + 1;
    text.clear();
    text.reserve(bytes); // in-situ parsing points into it: it must not move
    for (const auto& span : n.resources) {
        const auto* rule = rule_of(span.type);
        if (!rule || span.offset > n.bundle.size()) continue;
        const auto start = text.size();
        text.append(std::string_view(n.bundle).substr(span.offset, span.length));
        text += '\0';
        const auto& p = parsed.emplace_back(Parsed{&span, rule, Document(&pool, 512), text.data() + start});
        if (rule->say && !p.read()) parsed.pop_back();
    }
    for (const auto& p : parsed)
        if (p.span->type == "Patient") patients.push_back({p.span->id, person_of(p.document, p.span->id)});
}

const Value* ExtractWork::resource(std::string_view type, std::string_view id) const
{
    for (const auto& p : parsed)
        if (p.span->type == type && p.span->id == id && p.read()) return &p.document;
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
    for (const auto other : {"patient.reference", "for.reference", "individual.reference"})
        if (id.empty()) id = id_of_reference(text_at(resource, other));
    const auto found = std::ranges::find(patients, id, &Patient::id);
    if (found != patients.end()) return &found->person;
    return message->persons.empty() ? nullptr : &message->persons.front();
}

constexpr std::string_view lpr3 = "https://www.esundhed.dk/Registre/Landspatient"; // …registeret and …sregisteret

std::string ExtractWork::episode_key(const Value& encounter, std::string_view id) const
{
    const auto* episodes = find(encounter, "episodeOfCare");
    std::string key;
    if (episodes && episodes->IsArray())
        for (const auto& e : episodes->GetArray()) {
            auto value = text_at(e, "identifier.value");
            const auto system = text_at(e, "identifier.system");
            if (value.empty() || (!key.empty() && !system.starts_with(lpr3))) continue;
            if (value.starts_with("urn:uuid:")) value.remove_prefix(9);
            key = system.starts_with(lpr3) ? "LPR3:" + std::string(value) : std::string(system) + '|' + std::string(value);
        }
    if (key.empty()) return "id|" + std::string(id);
    if (text_at(encounter, "class.code") == "EMER") key += acute_part;
    return key;
}

std::string ExtractWork::contact_key(std::string_view id) const
{
    const auto* encounter = resource("Encounter", id);
    if (!encounter) return "id|" + std::string(id);
    const auto* identifiers = find(*encounter, "identifier");
    if (!identifiers || !identifiers->IsArray() || identifiers->Empty()) return episode_key(*encounter, id);
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

std::string ExtractWork::business_key(const Value& resource, std::string_view id) const
{
    const auto value = text_at(resource, "identifier.value");
    if (value.empty()) return "id|" + std::string(id);
    const auto system = text_at(resource, "identifier.system");
    return std::string(system.empty() ? context->system : system) + '|' + std::string(value);
}

Extractor::Extractor() : work_(std::make_unique<ExtractWork>()) {}
Extractor::~Extractor() = default;

void Extractor::extract(const Normalised& n, const ExtractContext& context, std::vector<Said>& out)
{
    out.clear();
    work_->load(n, context);
    for (const auto& p : work_->parsed)
        if (p.rule->say) p.rule->say(p, *work_, out);
}

} // namespace sluse
