// gateway/timeline/resources/task.cpp — pauses of a course: the time a clock stands still because the patient asked for it or for another registered reason.
#include "gateway/timeline/resources/resource.hpp"

namespace sluse::resources {
namespace {

constexpr Row rows[] = {
    {"code",                  Attr::code,         take_code},
    {"code",                  Attr::code_system,  take_code_system},
    {"statusReason",          Attr::category,     take_code},
    {"businessStatus",        Attr::category,     take_code},
    {"status",                Attr::status,       take_text},
    {"executionPeriod.start", Attr::start_ms,     take_instant},
    {"authoredOn",            Attr::start_ms,     take_instant},
    {"executionPeriod.end",   Attr::end_ms,       take_instant},
    {"owner",                 Attr::unit,         take_unit},
    {"focus",                 Attr::based_on,     take_key},
    {"basedOn",               Attr::based_on,     take_key},
    {"encounter",             Attr::contact_key,  take_contact_key},
};

} // namespace

const Rule task{"Task", FactKind::pause, rows, say_act};

} // namespace sluse::resources
