// gateway/normalise/render_row.hpp — the way from a row to its value.
#pragma once

#include "gateway/normalise/json_text.hpp"
#include "gateway/normalise/render.hpp"

namespace sluse {

[[gnu::always_inline]] inline Emitted Renderer::value_now(const Row& row, const Value& value, Frame& frame)
{
    switch (row.action) {
    case Action::text: return write_primitive(value, row.primitive);
    case Action::code: return code(row, value);
    case Action::fixed: buffer_.append_padded(row.json); return Emitted::fixed;
    case Action::argument:
        if (frame.argument.empty()) return Emitted::nothing;
        append_quoted(buffer_, frame.argument);
        return Emitted::fixed;
    case Action::subtree: return subtree(row.target, value, row, frame);
    case Action::make: return make(row, value, frame);
    case Action::function: {
        Call call{*this, row, value, frame, buffer_};
        return row.function(call);
    }
    default: return Emitted::nothing;
    }
}

// Inlined where most rows are read: each call on the way to a value costs as much as a short value does.
[[gnu::always_inline]] inline Emitted Renderer::row_now(const Row& row, Frame& frame)
{
    if (row.action == Action::reference || row.from.kind == SourcePath::Kind::none) return traced(row, {}, frame, [&] { return sourceless(row, frame); });
    const auto found = find_now(row.from, frame);
    if (found.empty()) return Emitted::nothing;
    if (null(found.text)) {
        if (row.action != Action::fixed && row.action != Action::argument) deleted(row, frame);
        return Emitted::nothing;
    }
    if (row.single && row.from.field && !row.from.all && marks_.data()[found.segment] & repeats) {
        const auto whole = message_->segments[static_cast<std::size_t>(found.segment)].field(row.from.field);
        const auto more = whole.find(message_->repetition);
        if (more != whole.npos && more + 1 < whole.size() && trimmed(whole.substr(0, more)) == trimmed(found.text))
            issue(found, IssueKind::unmapped, "repeats, and the element does not: it holds the first");
    }
    return traced(row, found, frame, [&] { return value_now(row, found, frame); });
}

} // namespace sluse
