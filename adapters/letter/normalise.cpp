// adapters/letter/normalise.cpp — hands each letter of a message to the map interpreter and adds persons, times and event.
#include "adapters/letter/letter.hpp"
#include "adapters/letter/parties.hpp"
#include "adapters/letter/types.hpp"
#include "adapters/xml/source.hpp"
#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/identifiers.hpp"
#include "gateway/normalise/render.hpp"

#include <algorithm>
#include <array>

namespace sluse::letter {
namespace {

struct Scratch {
    Renderer renderer;
    xml::Source source;
    std::deque<std::string> departments;
    Normalised further; ///< a second letter's, before it joins the first's
};

/// The entries of a second letter behind those of the first, `{"fullUrl":…,"resource":{…},"request":{…}}` each. A bundle has one entry for one
/// resource: what both letters say is said once, and where they say different things of it the first is taken, which is told.
void join_entries(Normalised& out, const Normalised& more)
{
    constexpr std::string_view opening = "\"entry\":[", closing = "]}";
    const auto at = more.bundle.find(opening);
    if (at == std::string::npos || !out.bundle.ends_with(closing)) return;
    out.bundle.resize(out.bundle.size() - closing.size());
    auto begin = at + opening.size();
    for (const auto& span : more.resources) {
        const auto end = more.bundle.find("}}", span.offset + span.length) + 2;
        const auto known = std::ranges::find_if(out.resources, [&](const ResourceSpan& one) { return one.id == span.id && one.type == span.type; });
        if (known == out.resources.end()) {
            if (!out.bundle.ends_with('[')) out.bundle += ',';
            out.add_resource(span.type, span.id, out.bundle.size() + span.offset - begin).length = span.length;
            out.bundle.append(more.bundle, begin, end - begin);
        } else if (out.bundle.compare(known->offset, known->length, more.bundle, span.offset, span.length) != 0) {
            out.issues.push_back({Severity::warning, IssueKind::duplicate_key, "Emessage", "its letters say different things of one " + span.type + "; what the first says is taken"});
        }
        begin = end + 1; // behind the comma
    }
    out.bundle += closing;
}

// Both letters in one.
void join(Normalised& out, const Normalised& more)
{
    join_entries(out, more);
    out.issues.insert(out.issues.end(), more.issues.begin(), more.issues.end());
    out.links.insert(out.links.end(), more.links.begin(), more.links.end());
    out.coverage.mapped += more.coverage.mapped;
    out.coverage.ignored += more.coverage.ignored;
    out.coverage.unmapped.insert(out.coverage.unmapped.end(), more.coverage.unmapped.begin(), more.coverage.unmapped.end());
    out.partial = out.partial && more.partial;
}

Result<void> render(xml::Element envelope, xml::Element letter, const Checked& checked, const NormaliseContext& context, const Plan& plan, Scratch& scratch, Normalised& out)
{
    const auto* type = type_of(letter.at("Letter/VersionCode").text());
    if (!type) return Fault{Errc::unsupported, std::string(letter.name()) + ": a letter of unknown version"};
    const std::array roots{envelope, letter};
    if (!scratch.source.read(*plan.shape, std::span(roots).subspan(envelope ? 0 : 1)))
        return Fault{Errc::bad_message, std::string(letter.name()) + ": more elements than a letter may have"};
    if (scratch.source.size() == 0) return Fault{Errc::bad_message, std::string(letter.name()) + ": holds nothing that a letter has"};
    tell_departments(*plan.shape, scratch.source, scratch.departments);
    auto message = scratch.source.message();
    message.type = type->type;
    message.event = type->version;
    message.sender = checked.system;
    RenderContext into;
    into.plan = &plan;
    into.system = &context.system;
    into.ids = &context.ids;
    into.trace = context.trace;
    const auto message_id = context.message_id == Ulid{} ? std::string() : context.message_id.text();
    into.message_id = message_id;
    const auto& zone = context.system.zone;
    out.event = type->type;
    out.sent_ms = instant_of(xml::time_text(envelope.child("Sent")), zone).value_or(0);
    out.recorded_ms = instant_of(xml::time_text(letter.at("Letter/Authorisation")), zone).value_or(out.sent_ms);
    if (!out.sent_ms) out.sent_ms = out.recorded_ms;
    into.sent_ms = out.sent_ms;
    into.bundle_identifier = envelope.child("Identifier").text();
    thread_local std::string system;
    identifier_system(context.system, checked.system, {}, "message", system);
    into.bundle_identifier_system = system;
    if (!scratch.renderer.render(message, into, out)) return Fault{Errc::unsupported, std::string(letter.name()) + ": no map for this letter"};
    for (const auto& path : scratch.source.unknown()) out.coverage.unmapped.push_back(path);
    return {};
}

} // namespace

Result<void> normalise(const Checked& checked, const NormaliseContext& context, Normalised& out)
{
    out.clear();
    const auto* message = dynamic_cast<const Letter*>(checked.decoded.get());
    if (!message || !message->letter()) return Fault{Errc::bad_message, "Emessage: no letter was decoded"};
    const auto* plan = static_cast<const CompiledMaps&>(context.maps).plan("letter", context.system.overlay);
    if (!plan || !plan->shape) return Fault{Errc::bad_config, "maps: none for letters"};
    thread_local Scratch scratch;
    const auto first = message->letter();
    if (auto done = render(message->envelope(), first, checked, context, *plan, scratch, out); !done) return done;
    for (auto next = Letter::after(first); next; next = Letter::after(next)) {
        scratch.further.clear();
        if (auto done = render(message->envelope(), next, checked, context, *plan, scratch, scratch.further); !done) return done;
        join(out, scratch.further);
    }
    out.persons = checked.persons;
    for (std::size_t i = 1; i < out.persons.size(); ++i) out.links.push_back({out.persons[0], out.persons[i], true});
    return {};
}

} // namespace sluse::letter
