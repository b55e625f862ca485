// gateway/normalise/maps.cpp — finds the map files, compiles one plan a format and overlay, and names the set by its content.
#include "gateway/normalise/maps.hpp"

#include "gateway/base/files.hpp"
#include "gateway/base/ids.hpp"
#include "gateway/normalise/charset.hpp"
#include "gateway/normalise/compile.hpp"

#include <algorithm>
#include <iterator>

namespace sluse {
namespace {

namespace fs = std::filesystem;

struct FileSet {
    std::vector<MapFile> messages, maps, codes, ignores, systems, tables, segments;
};

std::vector<fs::path> tsv_files(const fs::path& folder)
{
    std::vector<fs::path> out;
    std::error_code ec;
    for (fs::directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec))
        if (at->path().extension() == ".tsv") out.push_back(at->path());
    std::ranges::sort(out);
    return out;
}

class Loader {
public:
    Loader(fs::path schemas, Issues& issues) : schemas_(std::move(schemas)), issues_(issues) {}

    MapFile file(const fs::path& path)
    {
        const auto text = bytes_of(path);
        auto below = path.lexically_relative(schemas_); // asking the system for each part of each path is a tenth of the start
        if (below.empty() || *below.begin() == "..") below = fs::relative(path, schemas_);
        const auto name = below.generic_string();
        hash_input_ += name + '\0' + hex(view(sha256(text))) + '\n';
        if (!valid_utf8(text)) not_utf8(name, text);
        return parse_map_file(name, text);
    }
    void folder(const fs::path& folder, std::vector<MapFile>& out)
    {
        for (const auto& path : tsv_files(folder)) out.push_back(file(path));
    }
    FileSet set(const fs::path& maps, const fs::path& codes)
    {
        FileSet out;
        folder(maps / "messages", out.messages);
        folder(maps / "types", out.maps);
        folder(maps / "resources", out.maps);
        folder(codes, out.codes);
        if (fs::exists(maps / "ignore.tsv")) out.ignores.push_back(file(maps / "ignore.tsv"));
        if (fs::exists(maps / "coding-systems.tsv")) out.systems.push_back(file(maps / "coding-systems.tsv"));
        if (fs::exists(maps / "segments.tsv")) out.segments.push_back(file(maps / "segments.tsv"));
        if (fs::exists(maps / "v2-tables.tsv")) out.tables.push_back(file(maps / "v2-tables.tsv"));
        return out;
    }
    std::string hash() const { return hex(view(sha256(hash_input_))); }
    const fs::path& schemas() const { return schemas_; }
    void note(const fs::path& path) { hash_input_ += bytes_of(path); }

private:
    /// Fixed values are written as they stand, and JSON is UTF-8.
    void not_utf8(const std::string& name, std::string_view text)
    {
        int line = 1;
        for (; valid_utf8(text.substr(0, text.find('\n'))); ++line) text.remove_prefix(text.find('\n') + 1);
        issues_.push_back({Severity::error, IssueKind::wrong_type, name + ':' + std::to_string(line), "is not UTF-8; save the file as UTF-8"});
    }

    fs::path schemas_;
    Issues& issues_;
    std::string hash_input_;
};

std::unique_ptr<Plan> compile(const Elements& elements, const FileSet& base, const FileSet* overlay, Issues& issues)
{
    auto plan = std::make_unique<Plan>();
    Compiler compiler(elements, *plan, issues);
    const auto each = [&](auto member, auto&& step) {
        for (const auto& file : base.*member) step(file, false);
        if (overlay)
            for (const auto& file : overlay->*member) step(file, true);
    };
    each(&FileSet::segments, [&](const MapFile& f, bool) { compiler.segments(f); });
    each(&FileSet::codes, [&](const MapFile& f, bool) { compiler.codes(f, fs::path(f.name).stem().string()); });
    each(&FileSet::systems, [&](const MapFile& f, bool) { compiler.code_systems(f); });
    each(&FileSet::tables, [&](const MapFile& f, bool) { compiler.table_codes(f); });
    each(&FileSet::maps, [&](const MapFile& f, bool) { compiler.declare(f); });
    each(&FileSet::maps, [&](const MapFile& f, bool over) { compiler.rows(f, over); });
    each(&FileSet::messages, [&](const MapFile& f, bool) { compiler.messages(f); });
    each(&FileSet::ignores, [&](const MapFile& f, bool) { compiler.ignores(f); });
    compiler.finish();
    return plan;
}

std::vector<fs::path> folders_in(const fs::path& parent)
{
    std::vector<fs::path> out;
    std::error_code ec;
    for (fs::directory_iterator at(parent, ec), end; !ec && at != end; at.increment(ec))
        if (at->is_directory()) out.push_back(at->path());
    std::ranges::sort(out);
    return out;
}

} // namespace

const Plan* CompiledMaps::plan(std::string_view format, std::string_view overlay) const
{
    if (!overlay.empty()) {
        const auto found = plans_.find(std::string(format) + '/' + std::string(overlay));
        if (found != plans_.end()) return found->second.get();
    }
    const auto found = plans_.find(format);
    return found == plans_.end() ? nullptr : found->second.get();
}

std::shared_ptr<const Maps> Maps::load(const std::filesystem::path& schemas, Issues& issues, const std::filesystem::path& extra)
{
    const auto before = issues.size();
    const auto elements = Elements::load(schemas / "maps" / "fhir-r4.tsv");
    if (!elements) {
        issues.push_back({Severity::error, IssueKind::wrong_type, "maps/fhir-r4.tsv", elements.error().where});
        return nullptr;
    }
    auto maps = std::make_shared<CompiledMaps>();
    auto systems = folders_in(schemas / "maps" / "systems");
    if (!extra.empty()) {
        std::erase_if(systems, [&](const fs::path& system) { return system.filename() == extra.filename(); });
        systems.push_back(extra);
    }
    Loader loader(schemas, issues);
    loader.note(schemas / "maps" / "fhir-r4.tsv");
    std::vector<MapFile> shared; // code tables of no one format
    loader.folder(schemas / "codes" / "shared", shared);
    for (const auto& folder : folders_in(schemas / "maps")) {
        if (folder.filename() == "systems" || !fs::exists(folder / "messages")) continue;
        const auto format = folder.filename().string();
        auto base = loader.set(folder, schemas / "codes" / format);
        base.codes.insert(base.codes.begin(), shared.begin(), shared.end());
        maps->plans_[format] = compile(*elements, base, nullptr, issues);
        for (const auto& system : systems) {
            Issues overlay_issues; // the base's own mistakes are told once
            const auto own = format == "hl7v2" ? system : system / format; // a row of one format means nothing in another
            if (!fs::exists(own)) continue;
            const auto overlay = loader.set(own, own / "codes");
            maps->plans_[format + '/' + system.filename().string()] = compile(*elements, base, &overlay, overlay_issues);
            for (auto& issue : overlay_issues)
                if (std::ranges::find(issues, issue) == issues.end()) issues.push_back(std::move(issue));
        }
    }
    if (maps->plans_.empty()) issues.push_back({Severity::error, IssueKind::required_missing, "maps", "holds no maps"});
    maps->hash_ = loader.hash();
    for (auto& [name, plan] : maps->plans_) plan->map_set = &maps->hash_;
    for (std::size_t i = before; i < issues.size(); ++i)
        if (issues[i].severity == Severity::error) return nullptr;
    return maps;
}

} // namespace sluse
