// gateway/normalise/render_values.cpp — what one row comes to: a value, a code, a reference, a data type map, another resource.
#include "gateway/base/ascii.hpp"
#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/functions_hl7.hpp"
#include "gateway/normalise/json_text.hpp"
#include "gateway/normalise/render_memo.hpp"
#include "gateway/normalise/render_row.hpp"

#include <algorithm>
#include <span>

namespace sluse {
namespace {

bool is_integer(std::string_view text)
{
    if (text.starts_with('-')) text.remove_prefix(1);
    return text.size() <= 9 && all_digits(text);
}

std::string_view without_zeros(std::string_view text)
{
    while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
    return text;
}

} // namespace

Value Renderer::find(const SourcePath& path, Frame& frame)
{
    return find_now(path, frame);
}

Emitted Call::write_string(std::string_view text) const
{
    if (text.empty()) return Emitted::nothing;
    append_quoted(out, text);
    return Emitted::content;
}

Emitted Renderer::row(const Row& row, Frame& frame)
{
    return row_now(row, frame);
}

Emitted Renderer::leaf(const Element& node, Frame& frame)
{
    const auto* row_at = rows_ + node.rows;
    for (const auto* end = row_at + node.row_count; row_at != end; ++row_at) {
        const auto& candidate = *row_at;
        if (!may_yield(candidate, frame)) continue;
        if (candidate.condition && !holds(candidate.condition, frame)) continue;
        if (candidate.action == Action::remove) { // says that it is gone: later alternatives must not bring it back
            if (notes_) notes_->lost = true;
            deleted(candidate, frame);
            return Emitted::nothing;
        }
        const auto emitted = notes_ ? noted_row(candidate, frame) : row_now(candidate, frame);
        if (emitted != Emitted::nothing) return emitted;
    }
    return Emitted::nothing;
}

Emitted Renderer::sourceless(const Row& row, Frame& frame)
{
    if (row.action == Action::reference) return reference(row, frame);
    if (row.action == Action::fixed) {
        buffer_.append_padded(row.json);
        return Emitted::fixed;
    }
    if (row.action == Action::argument && !frame.argument.empty()) {
        append_quoted(buffer_, frame.argument);
        return Emitted::fixed;
    }
    const Value none;
    if (row.action == Action::subtree) return subtree(row.target, none, row, frame);
    if (row.action != Action::function) return Emitted::nothing;
    Call call{*this, row, none, frame, buffer_};
    return row.function(call);
}

Emitted Renderer::value(const Row& row, const Value& value, Frame& frame)
{
    return traced(row, value, frame, [&] { return value_now(row, value, frame); });
}

Emitted Renderer::subtree(std::uint16_t node_index, const Value& base, const Row& row, Frame& outer)
{
    if (!row.memo) return subtree_now(node_index, base, row, outer);
    Memo::Key key{static_cast<std::uint32_t>(&row - rows_), row.codes >= 0 ? row.codes : outer.codes, 0, {},
                  row.argument.empty() ? outer.argument : row.argument};
    return remembered(key, base, outer, [&] { return subtree_now(node_index, base, row, outer); });
}

Emitted Renderer::subtree_now(std::uint16_t node_index, const Value& base, const Row& row, Frame& outer)
{
    Frame frame;
    frame.group = outer.group;
    frame.argument = row.argument.empty() ? outer.argument : row.argument;
    frame.codes = row.codes >= 0 ? row.codes : outer.codes;
    frame.outer = &outer;
    frame.row = &row;
    divide(base, frame);
    const auto& node = elements_[node_index];
    return node.kind == NodeKind::leaf ? leaf(node, frame) : scripted(node, frame, false);
}

Emitted Renderer::code(const Row& row, const Value& value)
{
    const auto source = text(value.level == 0 ? part(value, 1) : value);
    if (source.empty()) return Emitted::nothing;
    const auto* found = plan().tables[static_cast<std::size_t>(row.codes)].find(source);
    if (!found) {
        issue(value, IssueKind::unknown_code, "is no code of table " + plan().tables[static_cast<std::size_t>(row.codes)].name);
        return Emitted::nothing;
    }
    if (found->code.empty()) return Emitted::nothing; // known, and deliberately without an equal
    buffer_ += found->json;
    return Emitted::content;
}

Emitted Renderer::reference(const Row& row, Frame& frame)
{
    if (row.from.kind != SourcePath::Kind::none && find(row.from, frame).empty()) return Emitted::nothing;
    const auto* instance = nearest_instance(row.target, frame.group);
    if (!instance) // none around: the first within, as the patient of an appointment
        instances_below(row.target, frame.group, [&](const Instance& found) { instance = instance ? instance : &found; });
    if (!instance || (instance->alias && instance->id_text() == rendering_id())) return Emitted::nothing; // nothing replaces itself
    const auto& map = plan().maps[instance->map];
    if (row.primitive == Primitive::uri) { // an Attachment's url
        (((buffer_ += '"') += map.type) += '/') += instance->id_text();
        buffer_ += '"';
        return Emitted::content;
    }
    append_reference(*instance);
    return Emitted::content;
}

// One item in the frame of another group; false, and nothing written, when it came to nothing.
bool Renderer::each_one(const Row& row, Frame& frame, const GroupInstance& group, const Value& base, bool first)
{
    const auto before = buffer_.size();
    if (!first) buffer_ += ',';
    Frame inner;
    inner.group = &group;
    divide(base, inner);
    inner.argument = row.argument;
    inner.outer = &frame;
    inner.row = &row;
    const auto& node = elements_[row.subtree];
    if ((node.kind == NodeKind::leaf ? leaf(node, inner) : scripted(node, inner, false)) == Emitted::content) return true;
    cut_back(before);
    return false;
}

// "each MAP TYPE": for each resource of that map below; "OBX … each TYPE": for each group below that such a segment opens.
Emitted Renderer::each(const Row& row, Frame& frame, bool& first)
{
    auto result = Emitted::nothing;
    const auto one = [&](const GroupInstance& group, const Value& base) {
        if (!each_one(row, frame, group, base, first)) return;
        first = false;
        result = Emitted::content;
    };
    if (row.from.kind == SourcePath::Kind::none) {
        instances_below(row.target, frame.group, [&](const Instance& instance) { one(groups_[static_cast<std::size_t>(instance.group)], instance.base); });
        return result;
    }
    const auto top = frame.group - groups_.data();
    for (auto g = top + 1; g < static_cast<std::ptrdiff_t>(groups_.size()) && groups_[static_cast<std::size_t>(g)].parent >= top; ++g) {
        const auto& group = groups_[static_cast<std::size_t>(g)];
        if (slots_[group.first_segment] != row.from.slot) continue;
        if (further_ && group.parent != top && is_apart(static_cast<std::size_t>(g), static_cast<std::int32_t>(top))) continue; // a second TQ1 is what is asked for
        one(group, {});
    }
    return result;
}

Emitted Renderer::make(const Row& row, const Value& value, Frame& frame)
{
    if (!row.memo) return make_now(row, value, frame);
    Memo::Key key{static_cast<std::uint32_t>(&row - rows_), -1, 0, {}, {}};
    return remembered(key, value, frame, [&] { return make_now(row, value, frame); });
}

Emitted Renderer::make_now(const Row& row, const Value& value, Frame& frame)
{
    Instance instance;
    instance.map = row.target;
    Frame inner;
    inner.group = frame.group;
    inner.base = value;
    const auto& map = plan().maps[row.target];
    if ((map.condition && !holds(map.condition, inner)) || !make_id(instance, inner)) return Emitted::nothing;
    add_side(row.target, value, frame, instance.id);
    append_reference(instance);
    return Emitted::content;
}

void Renderer::add_side(std::uint16_t map, const Value& base, const Frame& frame, const std::array<char, uuid_length>& id)
{
    sides_.push_back({map, base, id});
    auto& instance = instances_.emplace_back(); // in place: a copy of what was just written would wait for it
    instance.map = map;
    mark_made(map);
    instance.group = static_cast<std::int32_t>(frame.group - groups_.data());
    instance.base = base;
    instance.side = true;
    instance.id = id;
    if (enter(instances_.size() - 1) != instances_.size() - 1) instances_.pop_back();
}

Emitted Renderer::write_primitive(const Value& whole, Primitive primitive)
{
    const auto value = whole.level == 0 ? part(whole, 1) : whole;
    const auto source = text(value);
    if (source.empty()) return Emitted::nothing;
    switch (primitive) {
    case Primitive::boolean:
        if (source != "Y" && source != "N" && source != "1" && source != "0") {
            issue(value, IssueKind::unknown_code, "is neither Y nor N");
            return Emitted::nothing;
        }
        buffer_ += source == "Y" || source == "1" ? "true" : "false";
        return Emitted::content;
    case Primitive::integer:
        if (!is_integer(source)) {
            issue(value, IssueKind::wrong_type, "is no whole number");
            return Emitted::nothing;
        }
        buffer_ += without_zeros(source);
        return Emitted::content;
    case Primitive::decimal:
        if (append_decimal(buffer_, source)) return Emitted::content;
        issue(value, IssueKind::wrong_type, "is no number");
        return Emitted::nothing;
    case Primitive::date:
    case Primitive::date_time:
    case Primitive::instant:
    case Primitive::time: {
        const auto before = buffer_.size();
        const auto* wrong = append_time_of(buffer_, source, primitive);
        if (!wrong) return Emitted::content;
        cut_back(before);
        issue(value, IssueKind::wrong_type, wrong);
        return Emitted::nothing;
    }
    case Primitive::code:
        if (source.find_first_of("\t\r\n") == source.npos && source.find("  ") == source.npos) {
            append_quoted(buffer_, source);
        } else {
            std::string code(source);
            single_blanks(code);
            append_quoted(buffer_, code);
        }
        return Emitted::content;
    case Primitive::uri:
        if (source.find_first_of(" \t\r\n") != source.npos && primitive == Primitive::uri) {
            issue(value, IssueKind::wrong_type, "holds blanks and is no URI");
            return Emitted::nothing;
        }
        [[fallthrough]];
    default: append_quoted(buffer_, source); return Emitted::content;
    }
}

const char* Renderer::append_time_of(Bytes& out, std::string_view text, Primitive primitive)
{
    for (auto& seen : std::span(times_).first(std::min(times_count_, times_.size()))) {
        if (seen.primitive != primitive || std::string_view(seen.text.data(), seen.text_size) != text) continue;
        out += std::string_view(seen.out.data(), seen.out_size);
        return seen.wrong;
    }
    const auto before = out.size();
    const auto* wrong = append_time(out, text, primitive, *context_);
    const auto written = wrong ? std::string_view{} : out.view().substr(before);
    auto& kept = times_[times_count_ % times_.size()];
    if (text.size() > kept.text.size() || written.size() > kept.out.size()) return wrong;
    ++times_count_;
    kept.primitive = primitive;
    kept.wrong = wrong;
    kept.text_size = static_cast<std::uint8_t>(text.copy(kept.text.data(), text.size()));
    kept.out_size = static_cast<std::uint8_t>(written.copy(kept.out.data(), written.size()));
    return wrong;
}

Emitted Renderer::write_string(const Value& value)
{
    const auto source = text(value);
    if (source.empty()) return Emitted::nothing;
    append_quoted(buffer_, source);
    return Emitted::content;
}

} // namespace sluse
