// gateway/timeline/resources/resource.hpp — what the files of one FHIR resource each share: elements, how values are taken, sayings.
#pragma once

#include "gateway/timeline/extract.hpp"

#include <rapidjson/document.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::resources {

using Value = rapidjson::Value;
using Document = rapidjson::GenericDocument<rapidjson::UTF8<>, rapidjson::MemoryPoolAllocator<>>;
using Taken = std::optional<FactValue>;

struct Rule;
struct Parsed {
    const ResourceSpan* span{};
    const Rule* rule{};
    mutable Document document;
    mutable char* unread{}; ///< the text, of one that is only looked up: most wards and hospitals nobody asks for
    /// False when it is no object.
    bool read() const;
};
struct Patient {
    std::string_view id;
    PersonIdentifier person;
};

std::string_view text(const Value& v);
/// Follows "period.start"; of an array it takes the first element. Null when there is no such thing.
const Value* find(const Value& from, std::string_view path);
std::string_view text_at(const Value& from, std::string_view path);
/// The id in "Patient/1", "urn:uuid:1" or "https://…/Patient/1".
std::string_view id_of_reference(std::string_view reference);
std::optional<Day> full_date(std::string_view value);
/// value · 10^6, exactly; empty when it is no number or does not fit.
std::optional<std::int64_t> scaled(std::string_view number);
/// Of a CodeableConcept the coding the indicators know best, else the first; null when it has none with a code.
const Value* best_coding(const Value& concept_);

Taken take_text(const Value& v, const ExtractWork&);
Taken take_day(const Value& v, const ExtractWork&);
Taken take_instant(const Value& v, const ExtractWork& s);
Taken take_coding_code(const Value& v, const ExtractWork&);
Taken take_code(const Value& v, const ExtractWork&);
Taken take_code_system(const Value& v, const ExtractWork&);
/// A coded value as the bare code: which codes mean "positive" is the packs' table.
Taken take_coded_value(const Value& v, const ExtractWork&);
Taken take_scaled(const Value& v, const ExtractWork&);
/// SOR before SHAK before what else the organisation is called by.
Taken take_unit(const Value& reference, const ExtractWork& s);
/// Where the contact takes place, for senders that name no responsible organisation: the point of care, not its rooms and beds.
Taken take_place(const Value& reference, const ExtractWork& s);
Taken take_contact_key(const Value& reference, const ExtractWork& s);
/// Business key of what a reference points at, of whatever type.
Taken take_key(const Value& reference, const ExtractWork& s);
/// What a medicationReference points at: the code of that Medication.
Taken take_medication(const Value& reference, const ExtractWork& s);

/// Which FHIR element is which attribute. Rows of one attribute are tried in order; the first that says something holds.
struct Row {
    std::string_view path;
    Attr attr;
    Taken (*take)(const Value&, const ExtractWork&);
};
/// One resource type. Without `say` it is only looked up by others (Organization).
struct Rule {
    std::string_view type;
    FactKind kind{};
    std::span<const Row> rows;
    void (*say)(const Parsed&, const ExtractWork&, std::vector<Said>&){};
};

void say(Fact& fact, Attr attr, FactValue value, const Version& version);
/// What the rows find, then what the message deletes of them.
void say_rows(const Parsed& p, const ExtractWork& scope, Fact& fact);
/// A fact named by the resource's own id.
void say_by_id(const Parsed& p, const ExtractWork& s, std::vector<Said>& out);
/// A fact named by the resource's business key.
void say_act(const Parsed& p, const ExtractWork& s, std::vector<Said>& out);
bool v2_event(std::string_view event);
/// A municipal report names its unit once, on the citizen: what no resource of it says itself.
void say_citizens_unit(const Parsed& p, const ExtractWork& s, Fact& fact);
/// As say_act, with the citizen's unit.
void say_citizens_act(const Parsed& p, const ExtractWork& s, std::vector<Said>& out);
/// That the patient left the contact for a while, or came back to it (A21, A22, A52, A53).
void say_leave(const PersonIdentifier& person, const std::string& contact, const ExtractWork& s, std::vector<Said>& out);
/// MedCom's HospitalNotification: the event's name, and what it tells beside the elements of its Encounter, which `contact` has.
constexpr std::string_view notification = "hospital-notification-message";
void say_notification(const Value& encounter, const PersonIdentifier& person, const ExtractWork& s, Fact& contact, std::vector<Said>& out);
/// A contact that is only planned is an appointment, not a contact. False when it is not planned.
bool say_planned(const Parsed& p, std::string key, const PersonIdentifier& person, const ExtractWork& s, std::vector<Said>& out);

// One per file beside this one; extract.cpp lists them.
extern const Rule patient, encounter, condition, observation, procedure, service_request, medication_request, medication_dispense,
    medication_administration, questionnaire_response, care_plan, document_reference, composition, list, consent, flag, appointment,
    immunization, task, research_subject, episode_of_care, measure_report;

} // namespace sluse::resources

namespace sluse {

/// One message's parsed resources; memory is kept from message to message.
struct ExtractWork {
    static constexpr std::size_t arena_bytes = 256 * 1024;
    std::unique_ptr<char[]> arena = std::make_unique<char[]>(arena_bytes);
    rapidjson::MemoryPoolAllocator<> pool{arena.get(), arena_bytes};
    std::string text;
    std::vector<resources::Parsed> parsed;
    std::vector<resources::Patient> patients;
    const Normalised* message{};
    const ExtractContext* context{};
    Version version;

    void load(const Normalised& n, const ExtractContext& c);
    /// Read when first asked for. Null: not there.
    const rapidjson::Value* resource(std::string_view type, std::string_view id) const;
    PersonIdentifier person_of(const rapidjson::Value& patient, std::string_view id) const;
    /// Whom the resource is about; null when nobody says.
    const PersonIdentifier* subject(const rapidjson::Value& resource) const;
    std::string contact_key(std::string_view id) const;
    /// Of a contact that is only known by its episode of care (HospitalNotification). The acute part before an admission is a contact of
    /// its own: the admission begins anew under the same episode.
    std::string episode_key(const rapidjson::Value& encounter, std::string_view id) const;
    /// By its first identifier when it has one, so that two messages name one thing alike; else by id.
    std::string business_key(const rapidjson::Value& resource, std::string_view id) const;
};

} // namespace sluse
