// gateway/normalise/render_elements.cpp — walks a map's element nodes and writes JSON, taking back what came to nothing.
#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/json_text.hpp"
#include "gateway/normalise/render.hpp"

#include <algorithm>
#include <bit>
#include <span>

namespace sluse {

Renderer::Forward Renderer::forward(std::size_t mark) const
{
    const auto text = buffer_.view().substr(mark);
    const auto value = [&](std::string_view key) {
        const auto at = text.find(key);
        return at == text.npos ? std::string_view{} : text.substr(at + key.size(), text.find('"', at + key.size()) - at - key.size());
    };
    const auto start = value("\"start\":\""), end = value("\"end\":\"");
    if (start.empty() || end.empty()) return {};
    // "2026" and "2026-03-01T10:15": which is first FHIR cannot say, and refuses. Both then say what both know.
    const auto known = std::min({start.size(), end.size(), std::size_t{10}});
    const bool vague = (start.size() > 10) != (end.size() > 10) || (known < 10 && start.size() != end.size());
    if (vague && start.substr(0, known) == end.substr(0, known)) return {Forward::Kind::day_alone, start.substr(0, known)};
    return {runs_backwards(start, end) ? Forward::Kind::no_end : Forward::Kind::as_it_is, start};
}

// FHIR's periods do not run backwards: of one that does, the start is kept and the end told.
void Renderer::keep_forward(const Element& node, std::size_t mark)
{
    const auto told = forward(mark);
    if (told.kind == Forward::Kind::half || told.kind == Forward::Kind::as_it_is) return;
    const std::string start(told.start);
    cut_back(mark);
    buffer_ += "{\"start\":";
    append_quoted(buffer_, start);
    if (told.kind == Forward::Kind::day_alone) {
        buffer_ += ",\"end\":";
        append_quoted(buffer_, start);
        return;
    }
    const auto& name = plan().nodes[static_cast<std::size_t>(&node - elements_)].name;
    issue({}, IssueKind::wrong_type, (name.empty() ? std::string("a period") : name) + " ends before it starts: the end is left out");
}

// One element of an object, or item of an array, behind a comma if told. Text that never changes is written at once; a trace wants each row of it.
[[gnu::always_inline]] inline Emitted Renderer::child(const Trial& tried, Frame& frame, bool comma)
{
    if (tried.constant && !context_->trace) {
        buffer_.append_behind(comma, {tried.text, tried.size});
        return Emitted::fixed;
    }
    const auto& node = elements_[tried.node];
    __builtin_prefetch(rows_ + node.rows);
    buffer_.append_behind(comma, {tried.text, tried.key});
    if (tried.kind == NodeKind::leaf) return leaf(node, frame);
    if (tried.kind == NodeKind::array) return array(node, frame);
    // Parts of one element see the same source, but are an object of their own for `without` and choices.
    const auto emitted = frame.emitted;
    if (frame.depth++ == 0) frame.top = emitted;
    frame.emitted = 0;
    const auto result = object(node, frame, false);
    frame.emitted = emitted;
    --frame.depth;
    return result;
}

Emitted Renderer::object(const Element& node, Frame& frame, bool root)
{
    const auto mark = buffer_.size(), noted = notes_ ? notes_->steps.size() : 0;
    auto result = Emitted::nothing;
    bool first = !root;
    if (!root) buffer_ += '{';
    const auto* trials = trials_ + node.trials;
    std::uint64_t left = 0;
    if (node.pick) left = picked(plan().picks.data()[node.pick], frame);
    else for (unsigned n = 0; n < node.trial_count; ++n) left |= std::uint64_t{may_yield(trials[n], frame)} << n;
    for (; left; left &= left - 1) {
        const auto& tried = trials[std::countr_zero(left)];
        if (const auto rest = left & (left - 1)) __builtin_prefetch(elements_ + trials[std::countr_zero(rest)].node);
        if (frame.emitted >> tried.bit & 1) continue; // another type of the same choice is there
        const auto before = buffer_.size();
        const auto emitted = child(tried, frame, !first);
        if (emitted == Emitted::nothing) {
            cut_back(before);
            continue;
        }
        first = false;
        frame.emitted |= std::uint64_t{1} << tried.bit;
        result = std::max(result, emitted);
    }
    if (root) return result;
    if (result == Emitted::nothing || (node.sourced && result != Emitted::content) || (frame.emitted & node.vital) != node.vital) {
        cut_back(mark);
        return Emitted::nothing;
    }
    if (node.period) {
        if (notes_) note_forward(noted, mark);
        keep_forward(node, mark);
    }
    buffer_ += '}';
    return result;
}

// What is asked here is read from where it was written: the frame's copy is not there yet.
void Renderer::divide(const Value& base, Frame& frame) const
{
    frame.base = base;
    const auto text = base.text;
    if (message_->field_name) { // a tree's text has no parts: what is asked for are the fields beside it
        frame.present = (base.segment < 0 ? 0 : present_.data()[base.segment]) | !text.empty();
        frame.part_count = 1;
        frame.starts[0] = 0;
        return;
    }
    const char separator = base.level == 0 ? message_->component : base.level == 1 ? message_->subcomponent : '\0';
    if (text.empty()) { // of most resources
        frame.present = base.level > 0 ? divided_component : 0;
        frame.part_count = 1;
        frame.starts[0] = 0;
        frame.starts[1] = 1;
        return;
    }
    frame.present = ~std::uint32_t{0};
    if (text.size() > 60000) return;
    unsigned part = 1;
    std::uint32_t present = 1;
    if (base.level > 0) present |= divided_component;
    std::size_t start = 0;
    frame.starts[0] = 0;
    const bool whole = separator == '\0' || each_char(text, separator, message_->subcomponent, [&](std::size_t at) {
        if (text.data()[at] != separator) {
            present |= divided_component;
            return true;
        }
        present |= std::uint32_t{at > start} << part;
        start = at + 1;
        frame.starts.data()[part++] = static_cast<std::uint16_t>(start);
        return part < components_max; // more than any data type has: found one by one
    });
    if (!whole) return;
    present |= std::uint32_t{text.size() > start} << part;
    frame.starts[part] = static_cast<std::uint16_t>(text.size() + 1);
    frame.part_count = static_cast<std::uint8_t>(part);
    frame.present = present;
}

Emitted Renderer::array(const Element& node, Frame& frame)
{
    const auto mark = buffer_.size();
    buffer_ += '[';
    bool first = true;
    auto result = Emitted::nothing;
    const auto one = [&](const Trial& tried) {
        auto emitted = Emitted::nothing;
        if (tried.kind == NodeKind::leaf) {
            const auto& item = elements_[tried.node];
            emitted = notes_ ? noted_items(item, frame, first) : array_rows(item, frame, first);
        } else {
            const auto before = buffer_.size();
            emitted = child(tried, frame, !first);
            if (emitted == Emitted::nothing) cut_back(before);
            else first = false;
        }
        result = std::max(result, emitted);
        if (!first && frame.depth == 0) frame.emitted |= std::uint64_t{1} << node.bit; // `without` holds for later items too
    };
    const auto* trials = trials_ + node.trials;
    if (node.pick) {
        for (auto left = picked(plan().picks.data()[node.pick], frame); left; left &= left - 1) one(trials[std::countr_zero(left)]);
    } else {
        for (const auto* end = trials + node.trial_count; trials != end; ++trials)
            if (may_yield(*trials, frame)) one(*trials);
    }
    if (first) {
        cut_back(mark);
        return Emitted::nothing;
    }
    buffer_ += ']';
    return result;
}

bool Renderer::several(const Row& row, const Frame& frame) const
{
    if (!row.items) return false;
    const bool known = row.from.kind == SourcePath::Kind::segment || row.from.kind == SourcePath::Kind::own;
    if (!row.needs || !known) return true; // what a script does not know of
    const auto index = segment_of(row.from, frame);
    return index >= 0 && marks_.data()[index] & repeats;
}

// The first alternative that yields anything gives all its values as items.
Emitted Renderer::array_rows(const Element& item, Frame& frame, bool& first)
{
    const auto* row_at = rows_ + item.rows;
    for (const auto* end = row_at + item.row_count; row_at != end; ++row_at) {
        const auto& candidate = *row_at;
        if (!may_yield(candidate, frame)) continue;
        if (candidate.condition && !holds(candidate.condition, frame)) continue;
        auto result = Emitted::nothing;
        const auto one = [&](auto&& write) {
            const auto before = buffer_.size();
            if (!first) buffer_ += ',';
            const auto emitted = write();
            if (emitted == Emitted::nothing) cut_back(before);
            else first = false;
            result = std::max(result, emitted);
        };
        if (candidate.action == Action::each) {
            result = each(candidate, frame, first);
        } else if (candidate.action == Action::references) {
            instances_below(candidate.target, frame.group, [&](const Instance& instance) {
                one([&] {
                    return traced(candidate, {}, frame, [&] {
                        append_reference(instance);
                        return Emitted::content;
                    });
                });
            });
        } else if (candidate.action == Action::remove) {
            deleted(candidate, frame);
            return Emitted::nothing;
        } else if (several(candidate, frame)) {
            bool nulls = false;
            for_each(candidate.from, frame, [&](const Value& found) {
                if (null(found.text)) {
                    nulls = true;
                    return;
                }
                one([&] { return value(candidate, found, frame); });
            });
            if (nulls && result == Emitted::nothing) deleted(candidate, frame);
        } else {
            one([&] { return notes_ ? noted_row(candidate, frame) : row(candidate, frame); });
        }
        if (result != Emitted::nothing) return result;
    }
    return Emitted::nothing;
}

} // namespace sluse
