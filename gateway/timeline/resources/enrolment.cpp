// gateway/timeline/resources/enrolment.cpp — being part of something over time: a trial, a course of care.
#include "gateway/timeline/resources/resource.hpp"

namespace sluse::resources {
namespace {

constexpr Row subject_rows[] = {
    {"status",       Attr::status,       take_text},
    {"period.start", Attr::start_ms,     take_instant},
    {"period.end",   Attr::end_ms,       take_instant},
    {"study",        Attr::code,         take_key},
    {"consent",      Attr::based_on,     take_key},
};

constexpr Row episode_rows[] = {
    {"type",                 Attr::code,         take_code},
    {"type",                 Attr::code_system,  take_code_system},
    {"status",               Attr::status,       take_text},
    {"period.start",         Attr::start_ms,     take_instant},
    {"period.end",           Attr::end_ms,       take_instant},
    {"managingOrganization", Attr::unit,         take_unit},
    {"referralRequest",      Attr::based_on,     take_key},
};

} // namespace

const Rule research_subject{"ResearchSubject", FactKind::enrolment, subject_rows, say_act};
const Rule episode_of_care{"EpisodeOfCare", FactKind::enrolment, episode_rows, say_act};

} // namespace sluse::resources
