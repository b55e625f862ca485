// gateway/normalise/compile_messages.cpp — message maps (groups of segments and what they make), ids, ignore rules.
#include "gateway/normalise/compile.hpp"

#include <algorithm>

namespace sluse {
namespace {

std::vector<std::string_view> words(std::string_view text)
{
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const auto space = text.find(' ');
        if (space != 0 && text.substr(0, space) != "-") out.push_back(text.substr(0, space));
        text = space == text.npos ? std::string_view{} : text.substr(space + 1);
    }
    return out;
}

struct LayoutName {
    std::string_view name;
    IdRule::Layout layout;
};
constexpr LayoutName layouts[] = {
    {"cx",  IdRule::Layout::cx },
    {"xcn", IdRule::Layout::xcn},
    {"xon", IdRule::Layout::xon},
    {"ei",  IdRule::Layout::ei },
    {"hd",  IdRule::Layout::hd },
    {"system", IdRule::Layout::plain},
    {"uuid", IdRule::Layout::uuid},
};

const std::string& cell(const MapFile::Line& line, std::size_t n)
{
    static const std::string empty;
    return n < line.cells.size() ? line.cells[n] : empty;
}

} // namespace

void Compiler::directive(ResourceMap& map, const MapFile::Line& line, const std::string& place)
{
    if (line.cells[0] == "part") map.part = true;
    else if (line.cells[0] == "when") map.condition = parse_condition(cell(line, 1), place, map.root);
    else id_rule(map, line, place);
}

void Compiler::id_rule(ResourceMap& map, const MapFile::Line& line, const std::string& place)
{
    IdRule rule;
    rule.place = place;
    const std::string_view kind = cell(line, 1);
    rule.scope = cell(line, 2);
    const auto* layout = std::ranges::find(layouts, kind, &LayoutName::name);
    if (layout != std::end(layouts)) {
        rule.kind = IdRule::Kind::identifier;
        rule.layout = layout->layout;
    } else if (kind == "part") {
        rule.kind = IdRule::Kind::part;
        const int owner = map_index(rule.scope, place);
        if (owner < 0) return;
        rule.owner = static_cast<std::int16_t>(owner);
    } else if (kind == "sender") {
        rule.kind = IdRule::Kind::sender;
    } else if (kind == "unit") {
        rule.kind = IdRule::Kind::unit;
    } else {
        return unknown(place, "id rule", kind, {"cx", "xcn", "xon", "ei", "hd", "part", "sender", "unit"});
    }
    for (const auto source : words(cell(line, 3))) {
        SourcePath path;
        if (!parse_source(source, place, path)) return;
        rule.parts.push_back(path);
    }
    for (const auto source : words(cell(line, 4))) {
        SourcePath path;
        if (!parse_source(source, place, path)) return;
        rule.extras.push_back(path);
    }
    map.ids.push_back(std::move(rule));
}

void Compiler::group(Structure& structure, const MapFile::Line& line, const std::string& place)
{
    GroupDef group;
    group.name = cell(line, 1);
    const auto within = std::ranges::find(structure.groups, cell(line, 2), &GroupDef::name);
    if (structure.groups.empty() != (cell(line, 2) == "-") || (!structure.groups.empty() && within == structure.groups.end()))
        return error(place, "group '" + group.name + "': its parent '" + cell(line, 2) + "' must stand above it ('-' for the first)");
    if (within != structure.groups.end()) {
        group.parent = static_cast<std::int16_t>(within - structure.groups.begin());
        within->children.push_back(static_cast<std::uint16_t>(structure.groups.size()));
    }
    for (const auto name : words(cell(line, 3))) group.starters.push_back(slot_for(name));
    for (const auto name : words(cell(line, 4))) group.members.set(slot_for(name));
    for (const auto name : words(cell(line, 5))) {
        const int map = map_index(name, place);
        if (map >= 0) group.makes.push_back(static_cast<std::uint16_t>(map));
    }
    structure.groups.push_back(std::move(group));
}

void Compiler::messages(const MapFile& file)
{
    Structure* structure = nullptr;
    for (const auto& line : file.lines) {
        const auto place = file.name + ':' + std::to_string(line.number);
        const auto& word = line.cells[0];
        if (word == "structure") {
            const auto [at, fresh] = structures_.try_emplace(cell(line, 1), static_cast<std::uint16_t>(plan_.structures.size()));
            if (fresh) plan_.structures.emplace_back();
            structure = &plan_.structures[at->second];
            *structure = Structure{cell(line, 1), {}, cell(line, 2) == "partial"};
        } else if (!structure) {
            error(place, "stands before any 'structure' line");
        } else if (word == "types") {
            const auto index = static_cast<std::uint16_t>(structure - plan_.structures.data());
            for (const auto type : words(cell(line, 1))) {
                if (type == "*") plan_.fallback = static_cast<std::int16_t>(index);
                else plan_.by_type.insert_or_assign(std::string(type), index);
            }
        } else if (word == "group") {
            group(*structure, line, place);
        } else {
            unknown(place, "line", word, {"structure", "types", "group"});
        }
    }
}

void Compiler::ignores(const MapFile& file)
{
    for (const auto& line : file.lines) {
        const auto place = file.name + ':' + std::to_string(line.number);
        if (line.cells.size() < 3) {
            error(place, "an ignore rule is: name, fields, reason");
            continue;
        }
        for (const auto field : words(line.cells[1])) {
            SourcePath path;
            if (!parse_source(field, place, path) || path.kind != SourcePath::Kind::segment) continue;
            if (path.field == 0) plan_.ignored_segments.set(path.slot);
            else plan_.ignored[path.slot][path.field / 64] |= std::uint64_t{1} << (path.field % 64);
            plan_.ignore_rules.push_back({line.cells[0], place, path.slot, path.field});
        }
    }
}

} // namespace sluse
