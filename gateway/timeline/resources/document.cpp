// gateway/timeline/resources/document.cpp — documents: discharge letters, plans, lists that were said to be up to date.
#include "gateway/timeline/resources/resource.hpp"

namespace sluse::resources {
namespace {

constexpr Row reference_rows[] = {
    {"type",              Attr::code,         take_code},
    {"type",              Attr::code_system,  take_code_system},
    {"category",          Attr::category,     take_code},
    {"docStatus",         Attr::status,       take_text},
    {"status",            Attr::status,       take_text},
    {"date",              Attr::start_ms,     take_instant},
    {"custodian",         Attr::unit,         take_unit},
    {"author",            Attr::unit,         take_unit},
    {"context.encounter", Attr::contact_key,  take_contact_key},
    {"context.related",   Attr::based_on,     take_key},
    {"relatesTo.target",  Attr::replaces,     take_key},
};

constexpr Row composition_rows[] = {
    {"type",                      Attr::code,         take_code},
    {"type",                      Attr::code_system,  take_code_system},
    {"category",                  Attr::category,     take_code},
    {"status",                    Attr::status,       take_text},
    {"date",                      Attr::start_ms,     take_instant},
    {"custodian",                 Attr::unit,         take_unit},
    {"author",                    Attr::unit,         take_unit},
    {"encounter",                 Attr::contact_key,  take_contact_key},
    {"relatesTo.targetReference", Attr::replaces,     take_key},
};

constexpr Row list_rows[] = {
    {"code",      Attr::code,         take_code},
    {"code",      Attr::code_system,  take_code_system},
    {"status",    Attr::status,       take_text},
    {"date",      Attr::start_ms,     take_instant},
    {"source",    Attr::unit,         take_unit},
    {"encounter", Attr::contact_key,  take_contact_key},
};

} // namespace

const Rule document_reference{"DocumentReference", FactKind::document, reference_rows, say_act};
const Rule composition{"Composition", FactKind::document, composition_rows, say_act};
const Rule list{"List", FactKind::document, list_rows, say_act};

} // namespace sluse::resources
