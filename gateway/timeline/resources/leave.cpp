// gateway/timeline/resources/leave.cpp — leave from a stay: the patient goes home for a while and keeps the bed.
#include "gateway/timeline/resources/resource.hpp"

#include "gateway/timeline/timeline.hpp"

#include <algorithm>

namespace sluse::resources {
namespace {

/// Going and coming back are told apart, each by its moment; timeline_of joins them. A cancellation tells the moment that it cancels.
struct LeaveRow {
    std::string_view event, code;
    bool cancels;
};
constexpr LeaveRow leaves[] = {{"A21", leave_code, false}, {"A22", return_code, false}, {"A52", leave_code, true}, {"A53", return_code, true}};

/// When the event happened (EVN-6), else when it was recorded.
std::optional<Millis> happened(const ExtractWork& s)
{
    const auto provenance = std::ranges::find(s.parsed, std::string_view("Provenance"), [](const Parsed& p) { return p.rule->type; });
    if (provenance != s.parsed.end() && provenance->read())
        if (const auto* at = find(provenance->document, "occurredDateTime"))
            if (const auto taken = take_instant(*at, s); taken && std::holds_alternative<std::int64_t>(*taken)) return std::get<std::int64_t>(*taken);
    return s.message->recorded_ms ? std::optional(s.message->recorded_ms) : std::nullopt;
}

Fact leave(const std::string& contact, std::string_view code, Millis at, bool cancelled, const ExtractWork& s)
{
    Fact fact{FactKind::pause, contact + '|' + std::string(code) + '|' + std::to_string(at), {}};
    say(fact, Attr::start_ms, at, s.version);
    say(fact, Attr::code, std::string(code), s.version);
    say(fact, Attr::contact_key, contact, s.version);
    say(fact, Attr::status, std::string(cancelled ? "entered-in-error" : "completed"), s.version);
    return fact;
}

} // namespace

void say_leave(const PersonIdentifier& person, const std::string& contact, const ExtractWork& s, std::vector<Said>& out)
{
    const auto row = std::ranges::find(leaves, std::string_view(s.message->event), &LeaveRow::event);
    if (row == std::end(leaves)) return;
    if (const auto at = happened(s)) out.push_back({person, leave(contact, row->code, *at, row->cancels, s)});
}

} // namespace sluse::resources
