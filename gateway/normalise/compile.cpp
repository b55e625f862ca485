// gateway/normalise/compile.cpp — rows, element paths and actions.
#include "gateway/normalise/compile.hpp"

#include "gateway/base/nearest.hpp"
#include "gateway/base/scan.hpp"
#include "gateway/normalise/json_text.hpp"
#include "gateway/normalise/resource_ids.hpp"

#include <algorithm>

namespace sluse {
namespace {

struct Step {
    std::string_view name, label;
};

// Dots inside brackets belong to the label.
std::vector<Step> steps_of(std::string_view path)
{
    std::vector<Step> out;
    std::size_t start = 0;
    int depth = 0;
    for (std::size_t i = 0; i <= path.size(); ++i) {
        if (i < path.size() && path[i] == '[') ++depth;
        if (i < path.size() && path[i] == ']') --depth;
        if (i < path.size() && (path[i] != '.' || depth > 0)) continue;
        auto text = path.substr(start, i - start);
        Step step{text, {}};
        if (const auto open = text.find('['); open != text.npos && text.ends_with(']')) {
            step.name = text.substr(0, open);
            step.label = text.substr(open + 1, text.size() - open - 2);
        }
        out.push_back(step);
        start = i + 1;
    }
    return out;
}

std::string fixed_json(Primitive primitive, std::string_view value)
{
    const bool bare = primitive == Primitive::boolean || primitive == Primitive::integer || primitive == Primitive::decimal;
    return bare ? std::string(value) : sluse::quoted(value);
}

template <class Map> std::vector<std::string_view> keys_of(const Map& map)
{
    std::vector<std::string_view> out;
    for (const auto& [name, value] : map) out.push_back(name);
    return out;
}

} // namespace

void Compiler::error(const std::string& place, std::string text)
{
    issues_.push_back({Severity::error, IssueKind::wrong_type, place, std::move(text)});
}

void Compiler::unknown(const std::string& place, std::string_view what, std::string_view name, const std::vector<std::string_view>& candidates)
{
    const auto near = nearest(name, candidates);
    auto text = std::string(what) + " '" + std::string(name) + "' is not known";
    if (!near.empty()) text += "; did you mean '" + std::string(near) + "'?";
    error(place, std::move(text));
}

void Compiler::declare(const MapFile& file)
{
    for (const auto& line : file.lines) {
        const auto place = file.name + ':' + std::to_string(line.number);
        const auto& word = line.cells[0];
        if (word != "map" && word != "type") continue;
        const auto& name = cell(line, 1);
        const auto& fhir = cell(line, 2);
        if (word == "map" ? maps_.contains(name) : types_.contains(name)) continue; // an overlay adds to it
        if (!elements_.has_type(fhir)) {
            unknown(place, "FHIR type", fhir, elements_.types());
            continue;
        }
        const auto node = static_cast<std::uint16_t>(plan_.nodes.size());
        plan_.nodes.emplace_back().period = fhir == "Period";
        if (word == "type") {
            types_.emplace(name, Type{node, fhir});
            continue;
        }
        ResourceMap map;
        map.name = name;
        map.type = fhir;
        map.root = node;
        const std::string id(uuid_length, ' ');
        map.open = "{\"fullUrl\":\"" + std::string(fhir_base) + fhir + '/';
        map.url_id = map.open.size();
        map.open += id + "\",\"resource\":";
        map.resource = map.open.size();
        map.open += "{\"resourceType\":\"" + fhir + "\",\"id\":\"" + id + '"';
        map.close = "},\"request\":{\"method\":\"PUT\",\"url\":\"" + fhir + '/';
        map.reference = "{\"reference\":\"" + fhir + '/';
        maps_.emplace(name, static_cast<std::uint16_t>(plan_.maps.size()));
        plan_.maps.push_back(std::move(map));
        declared_.push_back(place);
    }
}

void Compiler::rows(const MapFile& file, bool overlay)
{
    int map = -1;
    std::uint16_t root = 0;
    std::string type;
    for (const auto& line : file.lines) {
        const auto place = file.name + ':' + std::to_string(line.number);
        const auto& word = line.cells[0];
        if (word == "map" || word == "type") use_fields(line, place);
        if (word == "map") {
            map = map_index(cell(line, 1), place);
            if (map < 0) return;
            root = plan_.maps[static_cast<std::size_t>(map)].root;
            type = plan_.maps[static_cast<std::size_t>(map)].type;
        } else if (word == "type") {
            map = -1;
            const auto found = types_.find(cell(line, 1));
            if (found == types_.end()) return;
            root = found->second.node;
            type = found->second.fhir;
        } else if (type.empty()) {
            error(place, "stands before any 'map' or 'type' line");
        } else if (word == "id" || word == "when" || word == "part") {
            if (map < 0) error(place, "'" + word + "' belongs to a resource map");
            else directive(plan_.maps[static_cast<std::size_t>(map)], line, place);
        } else {
            row(root, type, line, place, overlay);
        }
    }
}

void Compiler::use_fields(const MapFile::Line& line, const std::string& place)
{
    own_fields_ = -1;
    if (cell(line, 3).empty()) return;
    own_fields_ = plan_.shape ? plan_.shape->field_set(cell(line, 3)) : -1;
    if (own_fields_ >= 0) return;
    std::vector<std::string_view> names;
    if (plan_.shape)
        for (const auto& set : plan_.shape->field_sets) names.push_back(set.name);
    unknown(place, "set of fields", cell(line, 3), names);
}

int Compiler::map_index(std::string_view name, const std::string& place)
{
    const auto found = maps_.find(name);
    if (found != maps_.end()) return found->second;
    unknown(place, "map", name, keys_of(maps_));
    return -1;
}

std::uint16_t Compiler::child(std::uint16_t parent, const ElementRule& element, std::string_view name, bool last, const std::string& place)
{
    std::uint8_t bit = 0;
    bool choice = false;
    for (const auto at : plan_.nodes[parent].children) {
        const auto& sibling = plan_.nodes[at];
        if (sibling.name == name) return at;
        const auto* other = sibling.choice && !element.choice.empty() && std::string_view(sibling.name).starts_with(element.choice) ? &sibling : nullptr;
        if (other) {
            bit = other->bit;
            choice = true;
        }
    }
    if (plan_.nodes[parent].children.size() == 64) error(place, "an object of more than 64 elements");
    if (!choice) {
        for (const auto at : plan_.nodes[parent].children) bit = std::max<std::uint8_t>(bit, static_cast<std::uint8_t>(plan_.nodes[at].bit + 1));
    }
    Node node;
    const bool under = name.starts_with('_');
    node.kind = element.repeats && !under ? Node::Kind::array : last ? Node::Kind::leaf : Node::Kind::object;
    node.bit = bit & 63;
    node.choice = !element.choice.empty() && !under;
    node.period = element.type == "Period" && !under;
    node.name = name;
    node.key = sluse::quoted(name) + ':';
    const auto index = static_cast<std::uint16_t>(plan_.nodes.size());
    plan_.nodes.push_back(std::move(node));
    plan_.nodes[parent].children.push_back(index);
    return index;
}

bool Compiler::locate(std::uint16_t root, const std::string& root_type, std::string_view path, const std::string& place, Target& out,
                      std::uint16_t& parent, bool create_item)
{
    out.type = root_type;
    out.node = parent = root;
    const auto steps = steps_of(path);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        auto name = steps[i].name;
        const bool vital = name.ends_with('!');
        if (vital) name.remove_suffix(1);
        const bool last = i + 1 == steps.size(), under = name.starts_with('_');
        const auto bare = under ? name.substr(1) : name;
        out.element = elements_.find(out.type, bare);
        if (!out.element || (under && (last || out.element->primitive == Primitive::none))) {
            unknown(place, "element of " + out.type, bare, elements_.names(out.type));
            return false;
        }
        parent = out.node;
        if (plan_.nodes[parent].kind != Node::Kind::object) {
            error(place, "an element before '" + std::string(name) + "' is written whole by another row");
            return false;
        }
        out.node = child(parent, *out.element, name, last, place);
        if (vital) plan_.nodes[parent].vital |= std::uint64_t{1} << plan_.nodes[out.node].bit;
        out.type = under ? "Element" : out.element->type;
        out.item = false;
        const bool array = plan_.nodes[out.node].kind == Node::Kind::array;
        if (!array) {
            if (last != (plan_.nodes[out.node].kind == Node::Kind::leaf)) {
                error(place, "'" + std::string(name) + "' is written whole by one row and in parts by another");
                return false;
            }
            continue;
        }
        const auto items = plan_.nodes[out.node].children;
        const bool unlabelled_value = last && steps[i].label.empty();
        auto found = std::ranges::find_if(items, [&](std::uint16_t at) { return !unlabelled_value && plan_.nodes[at].label == steps[i].label && (plan_.nodes[at].kind == Node::Kind::leaf) == last; });
        out.item = last;
        if (found != items.end()) {
            out.node = *found;
            continue;
        }
        if (!create_item && unlabelled_value) return true;
        Node item;
        item.kind = last ? Node::Kind::leaf : Node::Kind::object;
        item.label = steps[i].label;
        const auto index = static_cast<std::uint16_t>(plan_.nodes.size());
        plan_.nodes.push_back(std::move(item));
        plan_.nodes[out.node].children.push_back(index);
        out.node = index;
    }
    return true;
}

void Compiler::row(std::uint16_t root, const std::string& type, const MapFile::Line& line, const std::string& place, bool overlay)
{
    if (line.cells.size() < 3 || line.cells.size() > 6) return error(place, "a row is: source, condition, path, type, codes, value");
    Row out;
    const auto& path = cell(line, 2);
    path_text_ = path;
    Target target;
    std::uint16_t parent = root;
    if (path == ".") {
        if (plan_.nodes[root].children.empty()) plan_.nodes[root].kind = Node::Kind::leaf;
        if (plan_.nodes[root].kind != Node::Kind::leaf) return error(place, "the type is written in parts by other rows");
        static const ElementRule whole;
        target = {root, &whole, false, type};
    } else if (!locate(root, type, path, place, target, parent, true)) {
        return;
    }
    if (!cell(line, 0).empty() && !parse_source(cell(line, 0), place, out.from)) return;
    out.condition = parse_condition(cell(line, 1), place, root);
    RowPlace told{path == "." ? std::string() : path, place};
    std::erase(told.path, '!');
    out.primitive = path == "." ? primitive_of(type) : target.element->primitive;
    if (cell(line, 3) == "none") { // an overlay takes base rows away: those with the same source, or all
        std::erase_if(plan_.nodes[target.node].rows, [&](std::uint16_t at) {
            const auto& from = plan_.rows[at].from;
            return out.from.kind == SourcePath::Kind::none || (from.slot == out.from.slot && from.field == out.from.field && from.component == out.from.component);
        });
        return;
    }
    if (!action(line, place, target, out)) return;
    const bool in_segment = out.from.kind == SourcePath::Kind::segment || out.from.kind == SourcePath::Kind::own;
    out.items = in_segment && out.action != Action::function && out.action != Action::fixed && out.action != Action::remove && out.action != Action::argument;
    out.single = !target.item && out.items;
    const auto index = static_cast<std::uint16_t>(plan_.rows.size());
    plan_.rows.push_back(out);
    plan_.row_places.push_back(std::move(told));
    auto& rows = plan_.nodes[target.node].rows;
    rows.insert(overlay ? rows.begin() : rows.end(), index);
}

bool Compiler::action(const MapFile::Line& line, const std::string& place, const Target& target, Row& out)
{
    const std::string_view kind = cell(line, 3);
    const auto& codes = cell(line, 4);
    out.argument = plan_.texts.keep(cell(line, 5));
    if (!codes.empty()) {
        const auto found = tables_.find(codes);
        if (found == tables_.end()) {
            unknown(place, "code table", codes, keys_of(tables_));
            return false;
        }
        out.codes = static_cast<std::int16_t>(found->second);
    }
    const auto word = kind.substr(0, kind.find(' '));
    const auto rest = word.size() < kind.size() ? trimmed(kind.substr(word.size() + 1)) : std::string_view{};
    if (kind.empty()) {
        out.action = !out.argument.empty() ? Action::fixed : out.codes >= 0 ? Action::code : Action::text;
        out.json = plan_.texts.keep(fixed_json(out.primitive, out.argument));
        if (out.primitive == Primitive::none) {
            error(place, "'" + target.type + "' is no simple value: name a data type map or a function");
            return false;
        }
        if (out.action != Action::fixed && out.from.kind == SourcePath::Kind::none) {
            error(place, "neither a source nor a fixed value");
            return false;
        }
    } else if (kind == "delete") {
        out.action = Action::remove;
    } else if (kind == "argument") {
        out.action = Action::argument;
    } else if (word == "ref" || word == "refs" || word == "make") {
        out.action = word == "ref" ? Action::reference : word == "refs" ? Action::references : Action::make;
        const int map = map_index(rest, place);
        if (map < 0) return false;
        out.target = static_cast<std::uint16_t>(map);
        if (out.action == Action::make) made_.insert(out.target);
        if (target.type != "Reference" && (out.primitive != Primitive::uri || out.action != Action::reference)) {
            error(place, "'" + target.type + "' is no Reference");
            return false;
        }
    } else if (word == "each") {
        return each_action(rest, place, out);
    } else if (kind.find('[') != kind.npos) {
        const auto found = types_.find(kind);
        if (found == types_.end()) {
            unknown(place, "data type map", kind, keys_of(types_));
            return false;
        }
        if (found->second.fhir != target.type && !target.element->name.empty()) {
            error(place, "map '" + std::string(kind) + "' makes " + found->second.fhir + ", the element is " + target.type);
            return false;
        }
        out.action = Action::subtree;
        out.target = found->second.node;
    } else {
        out.action = Action::function;
        out.function = function_named(kind);
        if (!out.function) {
            unknown(place, "function", kind, function_names());
            return false;
        }
    }
    return true;
}

// "each MAP TYPE", or "each TYPE" for every group that the source's segment opens.
bool Compiler::each_action(std::string_view rest, const std::string& place, Row& out)
{
    const bool groups = out.from.kind == SourcePath::Kind::segment;
    const auto space = groups ? rest.npos : rest.find(' ');
    const int map = groups ? 0 : map_index(rest.substr(0, space), place);
    const auto name = groups ? rest : space == rest.npos ? std::string_view{} : trimmed(rest.substr(space + 1));
    const auto found = types_.find(name);
    if (map < 0 || found == types_.end()) {
        if (map >= 0) unknown(place, "data type map", name, keys_of(types_));
        return false;
    }
    out.action = Action::each;
    out.target = static_cast<std::uint16_t>(map);
    out.subtree = static_cast<std::int16_t>(found->second.node);
    return true;
}

} // namespace sluse
