// gateway/tools/convert_message.cpp — check, then normalise, and why not.
#include "gateway/tools/convert_message.hpp"

#include <algorithm>

namespace sluse {
namespace {

/// What only keeps a message from being answered does not keep it from being converted: nothing waits here for an answer.
bool fatal(const Issue& issue, bool decoded)
{
    const bool only_of_the_answer = issue.path == "MSH-10" || (issue.path == "MSH-2" && decoded) || issue.kind == IssueKind::unsupported_type || issue.kind == IssueKind::unsupported_event;
    return issue.severity == Severity::error && !only_of_the_answer;
}

} // namespace

const SystemSettings& Conversion::settings_for(std::string_view message) const
{
    if (!systems) return defaults;
    const auto sender = sender_in(message);
    const auto* system = systems->sender(sender);
    if (!system) system = systems->named(sender);
    return system ? system->settings : defaults;
}

Result<void> convert_message(const Conversion& with, const Adapter* adapter, std::string_view message, Checked& checked, Normalised& out, Trace* trace)
{
    if (!adapter) return Fault{Errc::unsupported, "message: is in no format that is known here"};
    const auto& settings = with.settings_for(message);
    checked = adapter->check(message, settings);
    const auto wrong = std::ranges::find_if(checked.issues, [&](const Issue& issue) { return fatal(issue, checked.decoded != nullptr); });
    if (wrong != checked.issues.end()) return Fault{Errc::bad_message, (wrong->path.empty() ? "" : wrong->path + ": ") + wrong->text};
    if (!checked.decoded) return Fault{Errc::refused, "message: is refused"};
    if (auto done = adapter->normalise(message, checked, {*with.maps, settings, with.keys.resource, {}, 0, trace}, out); !done) return done;
    if (with.registers) with.registers->complete(out, settings.zone.day_at(out.sent_ms ? out.sent_ms : system_clock().now()));
    return {};
}

std::shared_ptr<const Maps> load_maps(const std::filesystem::path& schemas, std::string& errors)
{
    Issues issues;
    auto maps = Maps::load(schemas, issues);
    for (const auto& issue : issues)
        if (issue.severity == Severity::error || !maps) errors += issue.path + ": " + issue.text + '\n';
    return maps;
}

void append_line(std::string_view text, std::string& out)
{
    for (const char c : text)
        if (static_cast<unsigned char>(c) >= ' ') out += c;
}

} // namespace sluse
