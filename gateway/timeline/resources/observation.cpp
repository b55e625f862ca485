// gateway/timeline/resources/observation.cpp — results: what was measured or found, of which sample, when.
#include "gateway/timeline/resources/resource.hpp"

namespace sluse::resources {
namespace {

constexpr Row rows[] = {
    {"performer",             Attr::unit,         take_unit},
    {"code",                  Attr::code,         take_code},
    {"code",                  Attr::code_system,  take_code_system},
    {"encounter",             Attr::contact_key,  take_contact_key},
    {"status",                Attr::status,       take_text},
    {"effectiveDateTime",     Attr::sample_ms,    take_instant},
    {"effectivePeriod.start", Attr::sample_ms,    take_instant},
    {"effectiveInstant",      Attr::sample_ms,    take_instant},
    {"issued",                Attr::answer_ms,    take_instant},
    {"valueCodeableConcept",  Attr::value_text,   take_coded_value},
    {"valueString",           Attr::value_text,   take_text},
    {"valueQuantity.value",   Attr::value_scaled, take_scaled},
    {"valueInteger",          Attr::value_scaled, take_scaled},
    {"valueQuantity.code",    Attr::value_unit,   take_text},
    {"valueQuantity.unit",    Attr::value_unit,   take_text},
    {"basedOn",               Attr::based_on,     take_key},
    {"category",              Attr::category,     take_code},
};

} // namespace

const Rule observation{"Observation", FactKind::result, rows, say_by_id};

} // namespace sluse::resources
