// gateway/normalise/render_trace.cpp — what rendering tells a trace: rows, sources, bytes, and every field's fate.
#include "gateway/normalise/render.hpp"

#include <algorithm>

namespace sluse {
namespace {

/// Which part of `whole` the text at `offset` begins in, from 1.
std::size_t number_of(std::string_view whole, std::size_t offset, char separator)
{
    const auto before = whole.substr(0, offset);
    return separator ? static_cast<std::size_t>(std::ranges::count(before, separator)) + 1 : 1;
}

/// The part in which `offset` lies, and the offset within it.
std::string_view part_around(std::string_view whole, std::size_t& offset, char separator)
{
    if (!separator) return whole;
    const auto before = offset ? whole.rfind(separator, offset - 1) : whole.npos;
    const auto start = before == whole.npos ? 0 : before + 1;
    const auto end = whole.find(separator, offset);
    offset -= start;
    return whole.substr(start, end == whole.npos ? whole.npos : end - start);
}

std::string_view variable_name(SourcePath::Variable variable)
{
    switch (variable) {
    case SourcePath::Variable::argument: return "$value";
    case SourcePath::Variable::event: return "$event";
    case SourcePath::Variable::sender: return "$sender";
    case SourcePath::Variable::message_id: return "$message-id";
    case SourcePath::Variable::map_set: return "$map-set";
    case SourcePath::Variable::type: return "$type";
    }
    return {};
}

} // namespace

// "PID[1]-3[2].4.1", found by where the text lies within its field; a value made elsewhere names the field alone.
std::string Renderer::source_text(const Value& value) const
{
    if (value.segment < 0) return {};
    const auto index = static_cast<std::size_t>(value.segment);
    const auto& segment = message_->segments[index];
    const auto same = std::ranges::count(message_->segments.first(index), segment.id, &SourceSegment::id);
    auto out = std::string(segment.id) + '[' + std::to_string(same + 1) + ']';
    if (!value.field) return out;
    out += '-';
    append_field_name(index, value.field, out);
    auto whole = segment.field(value.field);
    const std::less_equal<const char*> not_after;
    if (!value.text.data() || !not_after(whole.data(), value.text.data()) || !not_after(value.text.data() + value.text.size(), whole.data() + whole.size())) return out;
    auto offset = static_cast<std::size_t>(value.text.data() - whole.data());
    if (message_->repetition && whole.find(message_->repetition) != whole.npos) {
        out += '[' + std::to_string(number_of(whole, offset, message_->repetition)) + ']';
        whole = part_around(whole, offset, message_->repetition);
    }
    if (value.level == 0 || !message_->component) return out;
    out += '.' + std::to_string(number_of(whole, offset, message_->component));
    whole = part_around(whole, offset, message_->component);
    if (value.level > 1) out += '.' + std::to_string(number_of(whole, offset, message_->subcomponent));
    return out;
}

void Renderer::trace_row(const Row& row, const Value& value, Frame& frame, std::size_t start)
{
    if (row.action == Action::subtree || row.action == Action::each) return; // its own rows have told
    TracedValue told{start, buffer_.size(), {}, {}, place_of(row).place, {}};
    const auto add = [&](const Value& one) {
        if (!told.source.empty()) (told.source += ", ", told.bytes += " ");
        told.source += source_text(one);
        told.bytes += one.text;
    };
    if (row.from.kind == SourcePath::Kind::variable) {
        told.source = variable_name(row.from.variable);
        told.bytes = value.text;
    } else if (row.from.all && row.action == Action::function) {
        for_each(row.from, frame, add);
    } else if (value.segment >= 0) {
        add(value);
    }
    for (const auto* at = &frame; at; at = at->outer)
        if (at->row) told.callers.push_back(place_of(*at->row).place);
    context_->trace->values.push_back(std::move(told));
}

// An id has no row; the rule that made it, and the first part of its key, say where it is from.
void Renderer::trace_id(std::size_t index, Frame& frame, std::size_t start)
{
    Instance again = instances_[index];
    const auto* rule = make_id(again, frame);
    if (!rule) return;
    TracedValue told{start, start + uuid_length, {}, {}, rule->place, {}};
    for (const auto& path : rule->parts) {
        const auto found = find(path, frame);
        if (found.empty() || found.segment < 0) continue;
        if (!told.source.empty()) (told.source += ", ", told.bytes += " ");
        told.source += source_text(found);
        told.bytes += found.text;
    }
    context_->trace->values.push_back(std::move(told));
}

void Renderer::trace_fields()
{
    for (std::size_t i = 0; i < message_->segments.size(); ++i) {
        const auto& segment = message_->segments[i];
        const auto slot = slots_[i];
        for (unsigned n = 1; n <= segment.fields.size(); ++n) {
            if (segment.fields[n - 1].empty()) continue;
            TracedField field{source_text({{}, 0, static_cast<std::int32_t>(i), 0}) + '-', std::string(segment.fields[n - 1]), TracedField::Fate::unmapped, {}, {}};
            append_field_name(i, n, field.path);
            const auto rule = std::ranges::find_if(plan().ignore_rules, [&](const IgnoreRule& r) { return r.slot == slot && (r.field == 0 || r.field == n); });
            if (n < 64 && (touched_[i] >> n & 1)) {
                field.fate = TracedField::Fate::mapped;
            } else if (slot != no_slot && rule != plan().ignore_rules.end()) {
                field.fate = TracedField::Fate::ignored;
                field.rule = rule->name;
                field.place = rule->place;
            }
            context_->trace->fields.push_back(std::move(field));
        }
    }
}

} // namespace sluse
