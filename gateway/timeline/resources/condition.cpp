// gateway/timeline/resources/condition.cpp — diagnoses.
#include "gateway/timeline/resources/resource.hpp"

namespace sluse::resources {
namespace {

constexpr Row rows[] = {
    {"code",               Attr::code,         take_code},
    {"code",               Attr::code_system,  take_code_system},
    {"encounter",          Attr::contact_key,  take_contact_key},
    {"verificationStatus", Attr::status,       take_coding_code},
    {"onsetDateTime",      Attr::start_ms,     take_instant},
    {"recordedDate",       Attr::start_ms,     take_instant},
    {"category",           Attr::category,     take_code},
};

} // namespace

const Rule condition{"Condition", FactKind::diagnosis, rows, say_by_id};

} // namespace sluse::resources
