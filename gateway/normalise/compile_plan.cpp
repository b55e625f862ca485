// gateway/normalise/compile_plan.cpp — when every row is read: what each node needs to yield, what never changes, what can be remembered.
#include "gateway/normalise/compile.hpp"

#include <algorithm>

namespace sluse {

// A data type map that comes back to itself would never end. `seen`: 1 being looked into, 2 done.
bool Compiler::refuse_cycles(std::uint16_t at, std::vector<std::uint8_t>& seen)
{
    if (seen[at] == 2) return true;
    if (seen[at] == 1) return false;
    seen[at] = 1;
    for (const auto index : plan_.nodes[at].rows) {
        const auto& row = plan_.rows[index];
        const bool calls = row.action == Action::subtree || row.action == Action::each;
        if (calls && !refuse_cycles(row.action == Action::each ? static_cast<std::uint16_t>(row.subtree) : row.target, seen))
            error(plan_.row_places[index].place, "the data type map calls itself, directly or by way of others");
    }
    for (const auto child : plan_.nodes[at].children) static_cast<void>(refuse_cycles(child, seen));
    seen[at] = 2;
    return true;
}

bool Compiler::mark_sourced(std::uint16_t at)
{
    auto& node = plan_.nodes[at];
    bool sourced = false;
    for (const auto row : node.rows) {
        const auto& r = plan_.rows[row];
        if (r.action == Action::fixed || r.action == Action::argument || r.action == Action::remove) continue;
        sourced = sourced || r.from.kind != SourcePath::Kind::none || r.action == Action::function || r.action == Action::reference || r.action == Action::references || r.action == Action::each;
    }
    for (const auto child : node.children) sourced = mark_sourced(child) || sourced;
    // A profile that is claimed and a label that is set have nothing to do with each other, though both stand in meta.
    return plan_.nodes[at].sourced = sourced && node.name != "meta";
}

void Needs::add(Slot slot, std::uint64_t mask)
{
    if (first.slot == no_slot) first.slot = slot;
    if (first.slot == slot) {
        first.mask |= mask;
        return;
    }
    const auto known = std::ranges::find(others, slot, &Fields::slot);
    if (known == others.end()) others.push_back({slot, mask});
    else known->mask |= mask;
}

void Needs::add(const Needs& other)
{
    always = always || other.always;
    components |= other.components;
    if (other.first.slot != no_slot) add(other.first.slot, other.first.mask);
    for (const auto& fields : other.others) add(fields.slot, fields.mask);
}

// Whether the presence of its source decides alone.
static bool says_nothing_without_source(const Row& row)
{
    if (row.action == Action::reference || row.action == Action::references || row.action == Action::each || row.action == Action::remove) return false;
    if (row.from.kind == SourcePath::Kind::relative) return row.from.component < components_max;
    const bool field = row.from.kind == SourcePath::Kind::segment || row.from.kind == SourcePath::Kind::own;
    return field && row.from.field != 0 && row.from.field < 64 && !row.from.all;
}

void Compiler::mark_needs(std::uint16_t at)
{
    for (const auto child : plan_.nodes[at].children) mark_needs(child);
    auto& node = plan_.nodes[at];
    node.needs = {};
    node.needs.always = false;
    for (const auto index : node.rows) {
        auto& row = plan_.rows[index];
        row.needs = says_nothing_without_source(row);
        node.removes = node.removes || row.action == Action::remove;
        node.needs.add(needs_of(row));
    }
    for (const auto index : node.children) {
        const auto& child = plan_.nodes[index];
        // A sourced object's fixed elements do not make it an object.
        if (node.sourced && node.kind == Node::Kind::object && !child.sourced && !child.removes) continue;
        node.needs.add(child.needs);
        node.removes = node.removes || child.removes;
    }
    mark_constant(node);
}

void Compiler::mark_constant(Node& node)
{
    if (node.sourced || node.removes) return;
    std::string text;
    if (node.kind == Node::Kind::leaf) {
        if (node.rows.empty()) return;
        const auto& row = plan_.rows[node.rows[0]];
        if (row.action != Action::fixed || row.condition || row.from.kind != SourcePath::Kind::none) return;
        text = row.json;
    } else {
        if (node.children.empty()) return;
        std::uint64_t bits = 0;
        for (const auto at : node.children) {
            const auto& child = plan_.nodes[at];
            const auto bit = std::uint64_t{1} << child.bit;
            if (child.constant.empty() || (node.kind == Node::Kind::object && bits & bit)) return;
            bits |= bit;
            if (!text.empty()) text += ',';
            text += child.constant;
        }
        if ((bits & node.vital) != node.vital) return;
        text = node.kind == Node::Kind::object ? '{' + text + '}' : '[' + text + ']';
    }
    node.constant = node.key + text;
}

bool Compiler::local(const SourcePath& path) const
{
    if (path.kind != SourcePath::Kind::variable) return path.kind != SourcePath::Kind::segment && path.kind != SourcePath::Kind::own;
    return path.variable == SourcePath::Variable::argument || path.variable == SourcePath::Variable::sender || path.variable == SourcePath::Variable::map_set;
}

bool Compiler::local(std::uint16_t condition) const
{
    if (!condition) return true;
    for (const auto& terms : plan_.conditions[condition].any)
        for (const auto& term : terms) {
            if (term.op == Term::Op::repeated || !local(term.path)) return false;
            if (term.op == Term::Op::predicate && !predicate_is_local(term.predicate)) return false;
        }
    return true;
}

// An id made from the field itself, not from an owner or from other segments.
bool Compiler::local_ids(const ResourceMap& map) const
{
    const auto paths = [&](const std::vector<SourcePath>& all) { return std::ranges::all_of(all, [&](const SourcePath& path) { return local(path); }); };
    return local(map.condition) && std::ranges::all_of(map.ids, [&](const IdRule& rule) { return rule.kind != IdRule::Kind::part && paths(rule.parts) && paths(rule.extras); });
}

bool Compiler::local_row(const Row& row)
{
    if (!local(row.condition) || !local(row.from)) return false;
    switch (row.action) {
    case Action::reference:
    case Action::references:
    case Action::each: return false;
    case Action::make: return local_ids(plan_.maps[row.target]);
    case Action::subtree: return local_node(row.target);
    default: return true;
    }
}

bool Compiler::local_node(std::uint16_t at)
{
    if (local_[at] >= 0) return local_[at] == 1;
    local_[at] = 0; // a map within itself is not looked into
    const auto& node = plan_.nodes[at];
    const bool all = std::ranges::all_of(node.rows, [&](std::uint16_t row) { return local_row(plan_.rows[row]); }) &&
                     std::ranges::all_of(node.children, [&](std::uint16_t child) { return local_node(child); });
    local_[at] = all;
    return all;
}

void Compiler::mark_memos()
{
    local_.assign(plan_.nodes.size(), -1);
    for (auto& row : plan_.rows)
        row.memo = (row.action == Action::subtree && local_node(row.target)) || (row.action == Action::make && local_ids(plan_.maps[row.target]));
    for (auto& map : plan_.maps) map.memo = local_ids(map) && local_node(map.root);
}

/// A part has no id of its own and stands in no entry of the bundle.
void Compiler::refuse_ways_to_parts()
{
    for (std::size_t at = 0; at < plan_.rows.size(); ++at) {
        const auto& row = plan_.rows[at];
        const bool to_resource = row.action == Action::reference || row.action == Action::references || row.action == Action::make;
        if (to_resource && plan_.maps[row.target].part)
            error(plan_.row_places[at].place, "'" + plan_.maps[row.target].name + "' is a part of other resources: take 'each', or leave out its line 'part'");
    }
}

void Compiler::finish()
{
    if (plan_.rows.size() > 60000 || plan_.nodes.size() > 30000) error("maps", "too many rows");
    std::vector<std::uint8_t> seen(plan_.nodes.size());
    for (const auto& [name, type] : types_) static_cast<void>(refuse_cycles(type.node, seen));
    note_fields();
    for (const auto& [name, type] : types_) {
        mark_sourced(type.node);
        mark_needs(type.node);
    }
    mark_further_groups();
    refuse_many_roots();
    refuse_idle_maps();
    refuse_ways_to_parts();
    mark_memos();
    for (const auto& map : plan_.maps) {
        mark_sourced(map.root);
        mark_needs(map.root);
        if (map.part) continue;
        const auto& place = declared_[static_cast<std::size_t>(&map - plan_.maps.data())];
        if (map.ids.empty()) error(place, "map '" + map.name + "' has no 'id' line");
        for (const auto name : elements_.names(map.type)) {
            const auto* element = elements_.find(map.type, name);
            if (!element->required || name == "id") continue;
            const auto& children = plan_.nodes[map.root].children;
            const bool there = std::ranges::any_of(children, [&](std::uint16_t at) {
                const auto& child = plan_.nodes[at].name;
                return child == name || (!element->choice.empty() && std::string_view(child).starts_with(element->choice));
            });
            if (!there && element->choice.empty()) error(place, "map '" + map.name + "': " + map.type + '.' + std::string(name) + " is required by FHIR and no row writes it");
        }
    }
    pack();
}

} // namespace sluse
