// gateway/timeline/resources/notification.cpp — MedCom's HospitalNotification, which tells the whole state of a stay each time.
#include "gateway/timeline/resources/resource.hpp"

#include "gateway/timeline/courses.hpp"
#include "gateway/timeline/episodes.hpp"
#include "gateway/timeline/timeline.hpp"

#include <algorithm>

namespace sluse::resources {
namespace {

std::optional<Millis> instant_at(const Value& from, std::string_view path, const ExtractWork& s)
{
    const auto* element = find(from, path);
    const auto taken = element ? take_instant(*element, s) : Taken();
    const auto* at = taken ? std::get_if<std::int64_t>(&*taken) : nullptr;
    return at ? std::optional(*at) : std::nullopt;
}

FactValue said_or_deleted(std::optional<Millis> at)
{
    return at ? FactValue(*at) : FactValue();
}

/// What the message is about: the activity of the Provenance whose target is its own header. The others tell of earlier messages.
std::string_view activity(const ExtractWork& s)
{
    const auto& told = s.message->resources;
    const auto header = std::ranges::find(told, "MessageHeader", &ResourceSpan::type);
    if (header == told.end()) return {};
    for (const auto& p : s.parsed)
        if (p.span->type == "Provenance" && p.read() && id_of_reference(text_at(p.document, "target.reference")) == header->id) return text_at(p.document, "activity.coding.code");
    return {};
}

/// `start`: none was, after all.
Fact leave(const std::string& key, const std::string& contact, std::optional<Millis> start, std::optional<Millis> end, const ExtractWork& s)
{
    Fact fact{FactKind::pause, key, {}};
    say(fact, Attr::start_ms, said_or_deleted(start), s.version);
    say(fact, Attr::end_ms, said_or_deleted(end), s.version);
    say(fact, Attr::code, std::string(leave_code), s.version);
    say(fact, Attr::contact_key, contact, s.version);
    return fact;
}

/// One leave a message, the latest. A message without one says nothing of leave, but where it takes the leave back.
void say_leave_period(const Value& encounter, const PersonIdentifier& person, const std::string& contact, const ExtractWork& s, std::vector<Said>& out)
{
    const auto key = contact + "|AWAY";
    if (const auto* extensions = find(encounter, "extension"); extensions && extensions->IsArray())
        for (const auto& e : extensions->GetArray()) {
            if (!text_at(e, "url").ends_with("-leave-period-extension")) continue;
            const auto start = instant_at(e, "valuePeriod.start", s);
            if (!start) continue;
            const auto end = instant_at(e, "valuePeriod.end", s);
            auto own = leave(under_its_start(key, *start), contact, start, end, s);
            say(own, Attr::retold_as, key, s.version);
            out.push_back({person, std::move(own)});
            out.push_back({person, leave(key, contact, start, end, s)});
            return;
        }
    if (text_at(encounter, "status") == "in-progress" && activity(s) == "cancel-start-leave-inpatient") out.push_back({person, leave(key, contact, {}, {}, s)});
}

/// Whether the patient is dead; empty: not said.
std::optional<bool> told_dead(const Value& encounter, const ExtractWork& s)
{
    const auto* patient = s.resource("Patient", id_of_reference(text_at(encounter, "subject.reference")));
    const auto* dead = patient ? find(*patient, "deceasedBoolean") : nullptr;
    return dead && dead->IsBool() ? std::optional(dead->GetBool()) : std::nullopt;
}

/// A death's time is the stay's end.
void say_death(const PersonIdentifier& person, bool dead, std::optional<Millis> end, const ExtractWork& s, std::vector<Said>& out)
{
    Fact death{FactKind::person, {}, {}};
    if (!dead) say(death, Attr::death_ms, {}, s.version);
    else if (end) say(death, Attr::death_ms, *end, s.version);
    if (!death.attributes.empty()) out.push_back({person, std::move(death)});
}

} // namespace

/// An absent end means that the stay is open (again). The acute part ends where the admission begins unless it was told to end before, and is
/// open again when the admission is taken back.
void say_notification(const Value& encounter, const PersonIdentifier& person, const ExtractWork& s, Fact& contact, std::vector<Said>& out)
{
    const bool taken_back = text_at(encounter, "status") == "entered-in-error";
    const auto start = contact.number(Attr::start_ms), end = contact.number(Attr::end_ms);
    if (!end) say(contact, Attr::end_ms, {}, s.version);
    if (start && !contact.key.ends_with(acute_part)) {
        Fact acute{FactKind::contact, contact.key + std::string(acute_part), {}};
        say(acute, Attr::continued_ms, taken_back ? FactValue() : FactValue(*start), s.version);
        out.push_back({person, std::move(acute)});
    }
    const auto dead = told_dead(encounter, s);
    const bool reopened = !end && (dead == false || activity(s).starts_with("cancel-discharge"));
    if (start && (end || taken_back || reopened)) {
        auto own = contact;
        own.key = under_its_start(contact.key, *start);
        say(own, Attr::retold_as, contact.key, s.version);
        out.push_back({person, std::move(own)});
    }
    if (dead) say_death(person, *dead, end, s, out);
    say_leave_period(encounter, person, contact.key, s, out);
    if (const auto event = activity(s); !event.empty())
        say(contact, Attr::status, course_status(text_at(encounter, "status"), event), s.version);
}

} // namespace sluse::resources
