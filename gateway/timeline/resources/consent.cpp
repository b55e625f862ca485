// gateway/timeline/resources/consent.cpp — what the person allows: for research, for sharing.
#include "gateway/timeline/resources/resource.hpp"

namespace sluse::resources {
namespace {

constexpr Row rows[] = {
    {"category",                 Attr::code,         take_code},
    {"category",                 Attr::code_system,  take_code_system},
    {"scope",                    Attr::category,     take_code},
    {"status",                   Attr::status,       take_text},
    {"provision.period.start",   Attr::start_ms,     take_instant},
    {"dateTime",                 Attr::start_ms,     take_instant},
    {"provision.period.end",     Attr::end_ms,       take_instant},
    {"provision.type",           Attr::value_text,   take_text},
    {"provision.data.reference", Attr::based_on,     take_key},
    {"organization",             Attr::unit,         take_unit},
};

} // namespace

const Rule consent{"Consent", FactKind::consent, rows, say_act};

} // namespace sluse::resources
