// gateway/timeline/resources/care_plan.cpp — plans: rehabilitation, telemedicine, follow-up.
#include "gateway/timeline/resources/resource.hpp"

namespace sluse::resources {
namespace {

constexpr Row rows[] = {
    {"category",             Attr::code,         take_code},
    {"category",             Attr::code_system,  take_code_system},
    {"activity.detail.code", Attr::code,         take_code}, // KL's planned interventions have no category
    {"activity.detail.code", Attr::code_system,  take_code_system},
    {"activity.detail.code", Attr::category,     take_code},
    {"status",               Attr::status,       take_text},
    {"period.start",         Attr::start_ms,     take_instant},
    {"created",              Attr::start_ms,     take_instant},
    {"period.end",           Attr::end_ms,       take_instant},
    {"author",               Attr::unit,         take_unit},
    {"encounter",            Attr::contact_key,  take_contact_key},
    {"basedOn",              Attr::based_on,     take_key},
    {"replaces",             Attr::replaces,     take_key},
};

} // namespace

const Rule care_plan{"CarePlan", FactKind::plan, rows, say_citizens_act};

} // namespace sluse::resources
