// gateway/timeline/resources/procedure.cpp — procedures: treatment, markers of a course, coercion.
#include "gateway/timeline/resources/resource.hpp"

namespace sluse::resources {
namespace {

constexpr Row rows[] = {
    {"code",                  Attr::code,         take_code},
    {"code",                  Attr::code_system,  take_code_system},
    {"category",              Attr::category,     take_code},
    {"status",                Attr::status,       take_text},
    {"performedDateTime",     Attr::start_ms,     take_instant},
    {"performedPeriod.start", Attr::start_ms,     take_instant},
    {"performedPeriod.end",   Attr::end_ms,       take_instant},
    {"performer.actor",       Attr::unit,         take_unit},
    {"location",              Attr::unit,         take_place},
    {"encounter",             Attr::contact_key,  take_contact_key},
    {"basedOn",               Attr::based_on,     take_key},
    {"reasonCode",            Attr::value_text,   take_code},
};

} // namespace

const Rule procedure{"Procedure", FactKind::procedure, rows, say_citizens_act};

} // namespace sluse::resources
