// gateway/setup.cpp — what every command does first: the systems of the configuration, the folder of rules, and telling mistakes.
#include "gateway/setup.hpp"

#include "gateway/base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace sluse {

namespace fs = std::filesystem;

bool report(const Issues& issues)
{
    bool failed = false;
    for (const auto& issue : issues) {
        failed |= issue.severity == Severity::error;
        fmt::print(stderr, "{}: {} {}\n", issue.severity == Severity::error ? "error" : "warning", issue.path, issue.text);
    }
    return !failed;
}

std::vector<System> systems_of(const Config& config)
{
    std::vector<System> systems;
    for (const auto& one : config.systems) {
        System system{one.settings, one.sender, {}, one.messages_per_second_max};
        if (!one.certificate.empty()) system.certificates.push_back(one.certificate);
        systems.push_back(std::move(system));
    }
    return systems;
}

fs::path find_schemas(const std::string& configured, Issues& issues)
{
    std::error_code error;
    const auto holds_rules = [&](const fs::path& folder) { return fs::is_directory(folder / "maps", error); };
    const auto missing = [&](std::string text) -> fs::path {
        issues.push_back({Severity::error, IssueKind::required_missing, "schemas", std::move(text)});
        return {};
    };
    if (!configured.empty()) return holds_rules(configured) ? fs::path(configured) : missing(configured + " has no folder maps in it");
    const auto binary = fs::read_symlink("/proc/self/exe", error);
    for (auto folder = binary.parent_path(); folder.has_relative_path(); folder = folder.parent_path())
        for (const auto* below : {"schemas", "share/sluse/schemas"}) // a source tree, an installation
            if (holds_rules(folder / below)) return folder / below;
    return missing("was not found; name the folder with maps, codes, indicators and goals (schemas: in the configuration; convert and maps take --schemas too)");
}

void check_overlays(const Config& config, const fs::path& schemas, Issues& issues, Severity severity)
{
    std::vector<std::string> names;
    std::error_code ec;
    for (fs::directory_iterator at(schemas / "maps" / "systems", ec), end; !ec && at != end; at.increment(ec))
        if (at->is_directory()) names.push_back(at->path().filename().string());
    for (std::size_t i = 0; i < config.systems.size(); ++i) {
        const auto& overlay = config.systems[i].settings.overlay;
        if (overlay.empty() || std::ranges::find(names, overlay) != names.end()) continue;
        const auto near = nearest(overlay, names);
        issues.push_back({severity, IssueKind::wrong_type, fmt::format("systems[{}].overlay", i),
                          fmt::format("there is no folder {}{}", (schemas / "maps" / "systems" / overlay).string(), near.empty() ? "" : "; did you mean '" + near + "'?")});
    }
}

} // namespace sluse
