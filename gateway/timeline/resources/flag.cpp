// gateway/timeline/resources/flag.cpp — flags on a person: finished treatment, triage, risk.
#include "gateway/timeline/resources/resource.hpp"

namespace sluse::resources {
namespace {

constexpr Row rows[] = {
    {"code",         Attr::code,         take_code},
    {"code",         Attr::code_system,  take_code_system},
    {"category",     Attr::category,     take_code},
    {"status",       Attr::status,       take_text},
    {"period.start", Attr::start_ms,     take_instant},
    {"period.end",   Attr::end_ms,       take_instant},
    {"author",       Attr::unit,         take_unit},
    {"encounter",    Attr::contact_key,  take_contact_key},
};

} // namespace

const Rule flag{"Flag", FactKind::flag, rows, say_act};

} // namespace sluse::resources
