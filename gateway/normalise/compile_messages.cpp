// gateway/normalise/compile_messages.cpp — message maps (groups of segments and what they make), ids, ignore rules.
#include "gateway/normalise/compile.hpp"

#include "gateway/base/nearest.hpp"

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

template <class Map> std::vector<std::string_view> keys_of(const Map& map)
{
    std::vector<std::string_view> out;
    for (const auto& [name, value] : map) out.push_back(name);
    return out;
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
    if (cell(line, 2) != "-" && within == structure.groups.end())
        return error(place, "group '" + group.name + "': its parent '" + cell(line, 2) + "' must stand above it ('-' for the first)");
    if (within != structure.groups.end()) {
        group.parent = static_cast<std::int16_t>(within - structure.groups.begin());
        within->children.push_back(static_cast<std::uint16_t>(structure.groups.size()));
    }
    auto starters = cell(line, 3); // "ORC OBR" come in that order, "OBR/ORC" in any
    group.any_order = starters.find('/') != starters.npos;
    std::ranges::replace(starters, '/', ' ');
    for (const auto name : words(starters)) group.starters.push_back(slot_for(name));
    for (const auto name : words(cell(line, 4))) group.members.set(slot_for(name));
    for (const auto name : words(cell(line, 5))) {
        const int map = map_index(name, place);
        if (map >= 0) group.makes.push_back(static_cast<std::uint16_t>(map));
    }
    structure.groups.push_back(std::move(group));
}

// "use NAME within": another structure's groups; those of them that have no parent, within the named one ('-': they have none here either).
void Compiler::use(Structure& structure, const MapFile::Line& line, const std::string& place)
{
    const auto found = structures_.find(cell(line, 1));
    const auto within = std::ranges::find(structure.groups, cell(line, 2), &GroupDef::name);
    if (found == structures_.end()) return unknown(place, "structure (it must stand above, or in a file that sorts before)", cell(line, 1), keys_of(structures_));
    const bool root = cell(line, 2) == "-";
    if (!root && within == structure.groups.end()) return error(place, "group '" + cell(line, 2) + "' must stand above this line");
    const auto first = static_cast<std::int16_t>(structure.groups.size());
    const auto parent = static_cast<std::int16_t>(root ? -1 : within - structure.groups.begin());
    const auto groups = plan_.structures[found->second].groups; // a copy: a structure may use itself by mistake
    for (auto group : groups) {
        if (group.parent < 0 && !root) structure.groups[static_cast<std::size_t>(parent)].children.push_back(static_cast<std::uint16_t>(structure.groups.size()));
        group.parent = group.parent < 0 ? parent : static_cast<std::int16_t>(group.parent + first);
        for (auto& child : group.children) child = static_cast<std::uint16_t>(child + first);
        structure.groups.push_back(std::move(group));
    }
}

// "add GROUP segments maps": more for a group that is there already.
void Compiler::add(Structure& structure, const MapFile::Line& line, const std::string& place)
{
    const auto group = std::ranges::find(structure.groups, cell(line, 1), &GroupDef::name);
    if (group == structure.groups.end()) return error(place, "group '" + cell(line, 1) + "' must stand above this line");
    for (const auto name : words(cell(line, 2))) group->members.set(slot_for(name));
    for (const auto name : words(cell(line, 3))) {
        const int map = map_index(name, place);
        if (map >= 0) group->makes.push_back(static_cast<std::uint16_t>(map));
    }
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
            if (fresh || cell(line, 2) != "extend") *structure = Structure{cell(line, 1), {}, cell(line, 2) == "partial"};
        } else if (!structure) {
            error(place, "stands before any 'structure' line");
        } else if (word == "types") {
            types_of(*structure, line);
        } else if (word == "group") {
            group(*structure, line, place);
        } else if (word == "use") {
            use(*structure, line, place);
        } else if (word == "add") {
            add(*structure, line, place);
        } else {
            unknown(place, "line", word, {"structure", "types", "group", "use", "add"});
        }
    }
}

// A group that opens with what its parent takes one of (a second PV1 within a patient): the further ones are groups of their own.
void Compiler::mark_further_groups()
{
    for (auto& structure : plan_.structures) {
        for (auto& group : structure.groups) {
            if (group.parent < 0) continue;
            auto& parent = structure.groups[static_cast<std::size_t>(group.parent)];
            for (const auto slot : group.starters) {
                if (!parent.members[slot]) continue;
                group.further = true;
                parent.reopens.set(slot);
            }
        }
    }
}

// A part that others use may have several groups without a parent; a message has one.
void Compiler::refuse_many_roots()
{
    const auto check = [&](std::size_t index) {
        const auto& structure = plan_.structures[index];
        if (std::ranges::count_if(structure.groups, [](const GroupDef& group) { return group.parent < 0; }) > 1)
            error(structure.name, "a message has one group with the parent '-', which its first segment opens");
    };
    for (const auto& [type, index] : plan_.by_type) check(index);
    if (plan_.fallback >= 0) check(static_cast<std::size_t>(plan_.fallback));
}

// A misspelt name makes a map that nothing comes of.
void Compiler::refuse_idle_maps()
{
    if (plan_.structures.empty()) return; // no message maps to ask
    auto used = made_;
    for (const auto& structure : plan_.structures)
        for (const auto& group : structure.groups) used.insert(group.makes.begin(), group.makes.end());
    for (std::size_t i = 0; i < plan_.maps.size(); ++i) {
        const auto& map = plan_.maps[i];
        if (map.part || used.contains(static_cast<std::uint16_t>(i))) continue;
        auto others = keys_of(maps_);
        std::erase(others, map.name);
        const auto near = nearest(map.name, others);
        error(declared_[i], "map '" + map.name + "' is made by no group of a message map, nor by a row" + (near.empty() ? "" : "; did you mean '" + near + "'?"));
    }
}

// "ORU^R01": that message; "SIU^*": any event; "ORU": an event of that type that no line names; "*": anything else.
void Compiler::types_of(const Structure& structure, const MapFile::Line& line)
{
    const auto index = static_cast<std::uint16_t>(&structure - plan_.structures.data());
    for (const auto type : words(cell(line, 1))) {
        if (type == "*") plan_.fallback = static_cast<std::int16_t>(index);
        else plan_.by_type.insert_or_assign(std::string(type), index);
    }
}

const Structure* Plan::structure_of(std::string_view type, bool& known) const
{
    thread_local std::string any_event;
    auto found = by_type.find(type);
    const auto bare = type.substr(0, type.find('^'));
    if (found == by_type.end()) found = by_type.find(any_event.assign(bare).append("^*"));
    known = found != by_type.end();
    if (!known) found = by_type.find(bare);
    if (found != by_type.end()) return &structures[found->second];
    return fallback < 0 ? nullptr : &structures[static_cast<std::size_t>(fallback)];
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
