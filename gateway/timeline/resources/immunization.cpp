// gateway/timeline/resources/immunization.cpp — vaccinations.
#include "gateway/timeline/resources/resource.hpp"

namespace sluse::resources {
namespace {

constexpr Row rows[] = {
    {"vaccineCode",                           Attr::code,         take_code},
    {"vaccineCode",                           Attr::code_system,  take_code_system},
    {"status",                                Attr::status,       take_text},
    {"occurrenceDateTime",                    Attr::start_ms,     take_instant},
    {"performer.actor",                       Attr::unit,         take_unit},
    {"location",                              Attr::unit,         take_place},
    {"encounter",                             Attr::contact_key,  take_contact_key},
    {"protocolApplied.doseNumberPositiveInt", Attr::value_scaled, take_scaled},
};

} // namespace

const Rule immunization{"Immunization", FactKind::vaccination, rows, say_act};

} // namespace sluse::resources
