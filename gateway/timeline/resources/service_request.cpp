// gateway/timeline/resources/service_request.cpp — referrals, orders and rehabilitation plans.
#include "gateway/timeline/resources/resource.hpp"

namespace sluse::resources {
namespace {

constexpr Row rows[] = {
    {"code",                   Attr::code,         take_code},
    {"code",                   Attr::code_system,  take_code_system},
    {"category",               Attr::category,     take_code},
    {"status",                 Attr::status,       take_text},
    {"authoredOn",             Attr::start_ms,     take_instant},
    {"occurrencePeriod.start", Attr::start_ms,     take_instant},
    {"occurrencePeriod.end",   Attr::end_ms,       take_instant},
    {"performer",              Attr::unit,         take_unit},
    {"encounter",              Attr::contact_key,  take_contact_key},
    {"basedOn",                Attr::based_on,     take_key},
    {"replaces",               Attr::replaces,     take_key},
    {"reasonCode",             Attr::value_text,   take_code},
};

} // namespace

const Rule service_request{"ServiceRequest", FactKind::referral, rows, say_act};

} // namespace sluse::resources
