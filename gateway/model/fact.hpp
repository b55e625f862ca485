// gateway/model/fact.hpp — what a message says about a person, in the few kinds that indicators are made of.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/base/time.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluse {

/// Which saying of an attribute is the newest: recorded at the source, then sent, then the journal's order (ties are counted).
struct Version {
    Millis recorded_ms{};
    Millis sent_ms{};
    std::uint64_t position{}; ///< offset · partitions + partition: unique in a journal
    auto operator<=>(const Version&) const = default;
};

/// Numbers are part of the stored format: never reuse one. From `procedure` on they are acts: one shape of attributes for all.
enum class FactKind : std::uint8_t {
    person = 1, residence = 2, contact = 3, diagnosis = 4, result = 5,
    procedure = 6,    ///< Procedure
    referral = 7,     ///< ServiceRequest
    prescription = 8, ///< MedicationRequest
    dispensing = 9,   ///< MedicationDispense
    administration = 10, ///< MedicationAdministration
    answers = 11,     ///< QuestionnaireResponse, whole
    plan = 12,        ///< CarePlan
    document = 13,    ///< DocumentReference, Composition, List
    consent = 14,     ///< Consent
    flag = 15,        ///< Flag
    appointment = 16, ///< Appointment
    vaccination = 17, ///< Immunization
    pause = 18,       ///< Task that stops a clock
    enrolment = 19,   ///< ResearchSubject, EpisodeOfCare
    figure = 20,      ///< a published number, from MeasureReport or CSV: of no person
};
std::string_view name(FactKind kind); ///< "contact", as above
constexpr FactKind last_fact_kind = FactKind::figure;
/// Things that happened to a person and are neither contact, diagnosis nor result.
constexpr bool is_act(FactKind kind) { return kind >= FactKind::procedure; }

/// One attribute's meaning; the value's type is in the comment. Numbers are part of the stored format: never reuse one.
enum class Attr : std::uint8_t {
    birth_day = 1,       ///< int, Day
    sex = 2,             ///< text: FHIR administrative-gender
    death_ms = 3,        ///< int, instant; precise to the day when the source is
    municipality = 10,   ///< text: "0751"
    valid_from_day = 11, ///< int, Day the address is valid from
    cancelled = 20,      ///< int 0/1; A11 sets, A01/A04 clears, nothing else touches it
    encounter_class = 21,///< text: v3-ActCode IMP EMER AMB VR HH PRENC
    start_ms = 22,       ///< int, instant
    end_ms = 23,         ///< int, instant; absent: open
    priority = 24,       ///< text: v3-ActPriority A (acute) or EL
    unit = 25,           ///< text: treatment-responsible unit (SOR, else SHAK, else local code)
    specialty = 26,      ///< text: "somatic" or "psychiatric"; absent: the indicators decide by unit and diagnosis
    visit = 27,          ///< text: visit or LPR3 episode id as sent
    diagnoses = 28,      ///< text: keys of the diagnoses that its newest list holds, sorted, a line each; what an older saying told beside them is out
    continued_ms = 29,   ///< int, instant at which a contact went on as another of its episode: its end where nobody told one
    code = 30,           ///< text: normalised code without prefix quirks ("DJ440", "NPU27300", "SCT:…")
    code_system = 31,    ///< text
    rank = 32,           ///< int, 1 = action diagnosis
    contact_key = 33,    ///< text: business key of the contact it belongs to
    status = 34,         ///< text: FHIR status of the resource; "refuted", "entered-in-error" and "cancelled" take the fact out
    sample_ms = 40,      ///< int, instant of the specimen (else effective)
    answer_ms = 41,      ///< int, instant issued
    value_text = 42,     ///< text: coded or textual value ("260373001" → "positive" by code table in the pack)
    value_scaled = 43,   ///< int, value · 10^6
    value_unit = 44,     ///< text, UCUM
    report_key = 45,     ///< text: business key of the report
    category = 50,       ///< text: normalised code of the kind of thing (category, type)
    based_on = 51,       ///< text: business key of the request, plan or thing it follows from
    replaces = 52,       ///< text: business key of the older thing that it takes the place of
    answers = 53,        ///< text: all answers of a questionnaire, a line "linkId=value" each
    retold_as = 54,      ///< text: key under which the newest of an episode's stays or leaves is told; this is what was told of one under its own start
    indicator = 60,      ///< text: of a figure, the indicator's id
    until_day = 61,      ///< int, first Day after a figure's period; its first day is valid_from_day
    numerator = 62,      ///< int
    denominator = 63,    ///< int
    region = 64,         ///< text: ISO 3166-2
    age_band = 65,       ///< text
};

std::string_view name(Attr attr); ///< "end"

using FactValue = std::variant<std::monostate, std::int64_t, std::string>; ///< monostate: explicitly deleted

/// As a person reads it: instants and days as dates, scaled numbers with their point.
std::string text_of(Attr attr, const FactValue& value);

struct Attribute {
    Attr attr{};
    FactValue value;
    Version version;
    bool operator==(const Attribute&) const = default;
};

/// A saying about one thing of one person: (kind, business key) names the thing, each attribute carries its version. Also the
/// stored form: merging two facts of one key keeps the newer saying of each attribute (a join: order and repeats do not matter).
struct Fact {
    FactKind kind{};
    std::string key; ///< business key, unique per kind and person: "EPJ|RH|V123", "LPR3:uuid", …
    std::vector<Attribute> attributes; ///< sorted by attr
    const FactValue* find(Attr attr) const;
    std::optional<std::int64_t> number(Attr attr) const;
    std::string_view text(Attr attr) const; ///< empty when absent or deleted
    bool operator==(const Fact&) const = default;
};

/// Joins `news` into `known`; true when a current value changed (a newer version of an equal value is joined but changes nothing).
/// `ties`, when given, counts attributes whose two versions were equal in both times but differ in value.
bool join(Fact& known, const Fact& news, std::uint64_t* ties = nullptr);

void encode(const Fact& fact, std::string& out);
/// Empty when the record is damaged.
std::optional<Fact> decode_fact(std::string_view record);
/// The same into a fact whose memory is used again; false when the record is damaged.
bool decode_fact(std::string_view record, Fact& fact);

} // namespace sluse
