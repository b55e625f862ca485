// gateway/timeline/resources/appointment.cpp — booked times.
#include "gateway/timeline/resources/resource.hpp"

namespace sluse::resources {
namespace {

constexpr Row rows[] = {
    {"serviceType",     Attr::code,         take_code},
    {"serviceType",     Attr::code_system,  take_code_system},
    {"appointmentType", Attr::category,     take_code},
    {"status",          Attr::status,       take_text},
    {"start",           Attr::start_ms,     take_instant},
    {"end",             Attr::end_ms,       take_instant},
    {"basedOn",         Attr::based_on,     take_key},
};

} // namespace

const Rule appointment{"Appointment", FactKind::appointment, rows, say_act};

} // namespace sluse::resources
