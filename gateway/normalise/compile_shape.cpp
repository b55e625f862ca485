// gateway/normalise/compile_shape.cpp — segments.tsv: which elements open segments, and the names of their fields.
#include "gateway/normalise/compile.hpp"

#include <algorithm>
#include <array>

namespace sluse {
namespace {

constexpr std::size_t fields_max = 63; ///< coverage keeps a bit for each in 64

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = text.find(separator);
        if (end != 0) out.emplace_back(text.substr(0, end));
        text = end == text.npos ? std::string_view{} : text.substr(end + 1);
    }
    return out;
}

struct KindName {
    std::string_view name;
    FieldKind kind;
};
constexpr std::array kinds{
    KindName{"",        FieldKind::text   },
    KindName{"narrative", FieldKind::narrative},
    KindName{"time",    FieldKind::time   },
    KindName{"flag",    FieldKind::flag   },
    KindName{"decimal", FieldKind::decimal},
    KindName{"data",    FieldKind::data   },
    KindName{"uuid",    FieldKind::uuid   },
};

} // namespace

std::uint8_t SourceShape::Fields::number(std::string_view field) const
{
    const auto found = std::ranges::find(fields, field, &Field::name);
    return found == fields.end() ? std::uint8_t{0} : static_cast<std::uint8_t>(found - fields.begin() + 1);
}

const SourceShape::Segment* SourceShape::segment(std::string_view name) const
{
    const auto found = std::ranges::find(segments, name, &Segment::name);
    return found == segments.end() ? nullptr : &*found;
}

int SourceShape::field_set(std::string_view name) const
{
    const auto found = std::ranges::find(field_sets, name, &Fields::name);
    return found == field_sets.end() ? -1 : static_cast<int>(found - field_sets.begin());
}

void Compiler::segments(const MapFile& file)
{
    if (!plan_.shape) plan_.shape = std::make_unique<SourceShape>();
    auto& shape = *plan_.shape;
    SourceShape::Fields* fields = nullptr;
    const auto open = [&](const std::string& name) {
        shape.field_sets.push_back({name, {}, {}, {SourceShape::Step{}}});
        fields = &shape.field_sets.back();
    };
    for (const auto& line : file.lines) {
        const auto place = file.name + ':' + std::to_string(line.number);
        const auto& word = line.cells[0];
        if (word == "filler") {
            for (auto& text : split(cell(line, 1), ' ')) {
                shape.filler_max = std::max(shape.filler_max, text.size());
                shape.fillers.push_back(std::move(text));
            }
        } else if (word == "fields") {
            open(cell(line, 1));
        } else if (word == "segment") {
            fields = nullptr;
            if (shape.segment(cell(line, 1))) error(place, "segment '" + cell(line, 1) + "' stands twice");
            if (cell(line, 3).empty()) open(cell(line, 1));
            segment(line, place);
        } else if (word == "field" && fields) {
            field(*fields, line, place);
        } else {
            error(place, "a line is: segment, fields, filler, or a field below a segment");
        }
    }
    for (auto& marked : shape.openers)
        for (auto& openers : marked)
            std::ranges::stable_sort(openers.all, [](const auto& a, const auto& b) { return a.above.size() > b.above.size(); });
}

void Compiler::segment(const MapFile::Line& line, const std::string& place)
{
    auto& shape = *plan_.shape;
    const auto set = cell(line, 3).empty() ? static_cast<int>(shape.field_sets.size()) - 1 : shape.field_set(cell(line, 3));
    if (set < 0) {
        std::vector<std::string_view> names;
        for (const auto& known : shape.field_sets) names.push_back(known.name);
        return unknown(place, "set of fields", cell(line, 3), names);
    }
    const auto index = static_cast<std::uint16_t>(shape.segments.size());
    shape.segments.push_back({cell(line, 1), static_cast<std::uint16_t>(set)});
    for (const auto& path : split(cell(line, 2), ' ')) {
        auto steps = split(path, '/');
        std::ranges::reverse(steps);
        if (steps.empty()) continue;
        const auto name = steps.front();
        steps.erase(steps.begin());
        auto& marked = shape.openers[SourceShape::mark(name)];
        auto openers = std::ranges::find(marked, name, &SourceShape::Openers::name);
        if (openers == marked.end()) openers = marked.insert(openers, {name, {}});
        openers->all.push_back({std::move(steps), index});
    }
}

void Compiler::field(SourceShape::Fields& fields, const MapFile::Line& line, const std::string& place)
{
    const auto& name = cell(line, 1);
    const auto paths = cell(line, 2).empty() ? std::vector{name} : split(cell(line, 2), ' ');
    const auto* kind = std::ranges::find(kinds, cell(line, 3), &KindName::name);
    if (kind == kinds.end()) return error(place, "'" + cell(line, 3) + "' is no kind of field: narrative, time, flag, decimal, data, uuid, or nothing for text");
    if (fields.number(name)) return error(place, "field '" + name + "' stands twice");
    if (fields.fields.size() == fields_max) return error(place, "a segment of more than 63 fields: open a segment for some of them");
    if (paths.front().starts_with('=')) {
        fields.fields.push_back({name, {}, FieldKind::text});
        return lookup(fields, paths, place);
    }
    fields.fields.push_back({name, paths.front() == "." ? std::string() : paths.front(), kind->kind});
    for (const auto& path : paths) {
        std::uint16_t at = 0;
        for (const auto& step : path == "." ? std::vector<std::string>{} : split(path, '/')) {
            const auto* known = fields.child(fields.steps[at], step);
            auto next = known ? static_cast<std::uint16_t>(known - fields.steps.data()) : static_cast<std::uint16_t>(fields.steps.size());
            if (!known) {
                fields.steps.push_back({step, {}, 0, {}});
                fields.steps[at].children.push_back(next);
            }
            at = next;
        }
        if (fields.steps[at].field) error(place, "'" + path + "' is read by another field");
        fields.steps[at].field = static_cast<std::uint8_t>(fields.fields.size());
        fields.steps[at].kind = kind->kind;
    }
}

// "=Antibiotic-Name RefAntibiotic Antibiotic-Number"
void Compiler::lookup(SourceShape::Fields& fields, const std::vector<std::string>& words, const std::string& place)
{
    const auto& shape = *plan_.shape;
    const auto parts = split(words.front().substr(1), '-');
    const auto* segment = parts.size() == 2 ? shape.segment(parts[0]) : nullptr;
    const auto key = words.size() > 1 ? fields.number(words[1]) : std::uint8_t{0};
    if (!segment || !key) return error(place, "a looked up field is like '=Antibiotic-Name RefAntibiotic Antibiotic-Number', the segment and the key above it");
    const auto& there = shape.field_sets[segment->fields];
    SourceShape::Lookup out{static_cast<std::uint8_t>(fields.fields.size()), key, static_cast<std::uint16_t>(segment - shape.segments.data()), there.number(parts[1]), 0};
    if (words.size() > 2) out.number = there.number(words[2].substr(words[2].find('-') + 1));
    if (!out.source || (words.size() > 2 && !out.number)) return error(place, "segment '" + parts[0] + "' has no such field");
    fields.lookups.push_back(out);
}

// "Patient-CivilRegistrationNumber", "Relative*", ".Code": names stand for the numbers that a plan works with.
bool Compiler::parse_named(std::string_view text, const std::string& place, SourcePath& out)
{
    const auto& shape = *plan_.shape;
    const auto resolve = [&](const SourceShape::Fields& fields, std::string_view name) {
        out.field = fields.number(name);
        if (out.field) return true;
        std::vector<std::string_view> names;
        for (const auto& field : fields.fields) names.push_back(field.name);
        unknown(place, "field of " + fields.name, name, names);
        return false;
    };
    if (text.starts_with('.')) {
        out.kind = SourcePath::Kind::own;
        if (own_fields_ >= 0) return resolve(shape.field_sets[static_cast<std::size_t>(own_fields_)], text.substr(1));
        error(place, "'" + std::string(text) + "' needs a set of fields, named in the fourth column of the 'map' or 'type' line");
        return false;
    }
    const auto [name, field] = segment_part(text, out);
    const auto* segment = shape.segment(name);
    if (!segment) {
        std::vector<std::string_view> names;
        for (const auto& known : shape.segments) names.push_back(known.name);
        unknown(place, "segment", name, names);
        return false;
    }
    out.slot = slot_for(name);
    return !field.data() || resolve(shape.field_sets[segment->fields], field);
}

} // namespace sluse
