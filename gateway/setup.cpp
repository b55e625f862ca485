// gateway/setup.cpp — what every command does first: the systems of the configuration, the folder of rules, and telling mistakes.
#include "gateway/setup.hpp"

#include <fmt/format.h>

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
    return missing("was not found; name the folder with maps, codes, indicators and goals (schemas: in the configuration, or --schemas)");
}

} // namespace sluse
