// gateway/timeline/resources/medication.cpp — prescriptions, dispensings and administrations of drugs, by ATC.
#include "gateway/timeline/resources/resource.hpp"

namespace sluse::resources {
namespace {

constexpr Row request_rows[] = {
    {"medicationCodeableConcept", Attr::code,         take_code},
    {"medicationCodeableConcept", Attr::code_system,  take_code_system},
    {"medicationReference",       Attr::code,         take_medication},
    {"category",                  Attr::category,     take_code},
    {"status",                    Attr::status,       take_text},
    {"authoredOn",                Attr::start_ms,     take_instant},
    {"requester",                 Attr::unit,         take_unit},
    {"recorder",                  Attr::unit,         take_unit},
    {"encounter",                 Attr::contact_key,  take_contact_key},
    {"basedOn",                   Attr::based_on,     take_key},
    {"priorPrescription",         Attr::replaces,     take_key},
    {"reasonCode",                Attr::value_text,   take_code},
};

constexpr Row dispense_rows[] = {
    {"medicationCodeableConcept", Attr::code,         take_code},
    {"medicationCodeableConcept", Attr::code_system,  take_code_system},
    {"medicationReference",       Attr::code,         take_medication},
    {"type",                      Attr::category,     take_code},
    {"status",                    Attr::status,       take_text},
    {"whenHandedOver",            Attr::start_ms,     take_instant},
    {"whenPrepared",              Attr::start_ms,     take_instant},
    {"performer.actor",           Attr::unit,         take_unit},
    {"context",                   Attr::contact_key,  take_contact_key},
    {"authorizingPrescription",   Attr::based_on,     take_key},
    {"quantity.value",            Attr::value_scaled, take_scaled},
    {"quantity.unit",             Attr::value_unit,   take_text},
};

constexpr Row administration_rows[] = {
    {"medicationCodeableConcept", Attr::code,         take_code},
    {"medicationCodeableConcept", Attr::code_system,  take_code_system},
    {"medicationReference",       Attr::code,         take_medication},
    {"category",                  Attr::category,     take_code},
    {"status",                    Attr::status,       take_text},
    {"effectiveDateTime",         Attr::start_ms,     take_instant},
    {"effectivePeriod.start",     Attr::start_ms,     take_instant},
    {"effectivePeriod.end",       Attr::end_ms,       take_instant},
    {"performer.actor",           Attr::unit,         take_unit},
    {"context",                   Attr::contact_key,  take_contact_key},
    {"request",                   Attr::based_on,     take_key},
    {"dosage.dose.value",         Attr::value_scaled, take_scaled},
    {"dosage.dose.unit",          Attr::value_unit,   take_text},
    {"reasonCode",                Attr::value_text,   take_code},
};

} // namespace

const Rule medication_request{"MedicationRequest", FactKind::prescription, request_rows, say_act};
const Rule medication_dispense{"MedicationDispense", FactKind::dispensing, dispense_rows, say_act};
const Rule medication_administration{"MedicationAdministration", FactKind::administration, administration_rows, say_act};

} // namespace sluse::resources
