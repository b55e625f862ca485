// gateway/normalise/render_script.cpp — a node's way through the map, gone again where the same fields are filled as they were before.
#include "gateway/normalise/render_script.hpp"
#include "gateway/normalise/render_row.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace sluse {

namespace {

/// Where the same fields are filled and values come to something else, the ways part: so many are known beside each other (a sender's unit with a
/// code and a receiver's without).
constexpr std::uint64_t ways_max = 4;

void take_way(std::uint64_t way, Scripts::Key& key)
{
    key.words[0] = (key.words[0] & ~(std::uint64_t{ways_max - 1} << 62)) | way << 62;
}

} // namespace

Emitted Renderer::scripted(const Element& node, Frame& frame, bool root)
{
    if (!node.looks || context_->trace) return object(node, frame, root);
    Scripts::Key key;
    const auto* script = scripts_.guess();
    const auto* known = script ? script->key.data() : nullptr;
    if (script && each_word(node, frame, [&](std::uint64_t word) { return word == *known++; })) { // nothing is hashed
        scripts_.guessed();
    } else {
        auto* at = key.words.data();
        each_word(node, frame, [&](std::uint64_t word) {
            *at++ = word;
            return true;
        });
        key.size = static_cast<std::size_t>(at - key.words.data());
        script = scripts_.find(key);
        if (!script && !scripts_.worth(key)) return object(node, frame, root);
    }
    const auto mark = buffer_.size();
    std::optional<Notes> notes; // most nodes need none
    for (std::uint64_t way = 1; script; ++way) {
        if (replay(*script, frame, mark, notes)) return script->emitted;
        frame.emitted = frame.top = 0; // as it was given
        frame.depth = 0;
        frame.asked = 0;
        if (key.size == 0) key.size = static_cast<std::size_t>(std::ranges::copy(script->key, key.words.begin()).out - key.words.begin());
        if (way == ways_max) break;
        take_way(way, key);
        script = scripts_.find(key);
    }
    notes_ = notes ? &*notes : &notes.emplace();
    const auto emitted = object(node, frame, root);
    notes_ = nullptr;
    scripts_.keep(key, *notes, buffer_.view().substr(mark), mark, emitted);
    return emitted;
}

template <class Use> [[gnu::always_inline]] inline bool Renderer::each_word(const Element& node, const Frame& frame, Use&& use) const
{
    const auto& looks = plan().looks.data()[node.looks];
    // What certain() and several() ask beside the fields: nulls, whether the base is divided and of a segment, and which segments hold repetitions.
    const bool placed = frame.base.segment >= 0;
    const bool own_repeats = looks.own && placed && marks_.data()[frame.base.segment] & repeats;
    const auto flags = unsigned{nulls_} | unsigned{frame.part_count > 0} << 1 | unsigned{placed} << 2 | unsigned{own_repeats} << 3;
    if (!use(std::uint64_t{plan().number} << 32 | std::uint64_t{flags} << 24 | std::uint64_t{node.looks} << 8 | (looks.event ? event_ : 0))) return false;
    if (looks.components && !use(frame.present & looks.components)) return false;
    std::uint64_t repeating = 0;
    const auto* look = plan().looked.data() + looks.first;
    for (unsigned n = 0; n < looks.count; ++n, ++look) {
        const auto index = frame.group->slot.data()[look->slot];
        if (!use(index < 0 ? 0 : known_.data()[index] & look->mask)) return false;
        if (n < looks.repeating && index >= 0) repeating |= static_cast<std::uint64_t>(marks_.data()[index] & repeats) << n;
    }
    return looks.repeating == 0 || use(repeating);
}

// False, and the notes hold what has been done, when a step came to something else than in the script: the way parts there. What they hold already
// is not done again.
bool Renderer::replay(const Script& script, Frame& frame, std::size_t mark, std::optional<Notes>& notes)
{
    std::array<std::uint32_t, Scripts::steps_max> begins;
    const auto* const text = script.text;
    const auto* const first = script.steps.data();
    const auto* const end = first + script.steps.size();
    auto* begin = begins.data();
    const std::size_t known = notes ? notes->done.size() : 0;
    const auto dropped = dropped_.size();
    const auto again = [&](std::size_t n) {
        const auto& done = notes->done[n];
        buffer_ += std::string_view(notes->bytes).substr(done.begin, done.end - done.begin);
        return Outcome{done.emitted, done.first_after};
    };
    for (const auto* step = first; step != end; ++step) {
        buffer_.append_padded({text + step->text, step->size});
        if (step + 1 != end) __builtin_prefetch(step[1].row);
        *begin++ = static_cast<std::uint32_t>(buffer_.size());
        const auto n = static_cast<std::size_t>(step - first);
        const bool done = n < known;
        const auto came = done ? again(n) : repeat(*step, script, frame, begins.data());
        if (came.emitted == step->emitted && came.first == step->first_after) {
            if (step->dropped) drop(begin[-1]);
            continue;
        }
        if (done) buffer_.cut(mark);
        else take_back(script, {begins.data(), begin}, came, mark, dropped, notes.emplace());
        dropped_.resize(dropped);
        return false;
    }
    buffer_.append_padded({text + script.end, script.end_size});
    dropped_.resize(dropped);
    for (const auto& fields : script.touched)
        if (const auto index = fields.slot == no_slot ? frame.base.segment : frame.group->slot.data()[fields.slot]; index >= 0) touched_.data()[index] |= fields.mask;
    return true;
}

[[gnu::always_inline]] inline Renderer::Outcome Renderer::repeat(const Step& step, const Script& script, Frame& frame, const std::uint32_t* begins)
{
    const auto holds = [&](bool answer) { return Outcome{answer ? Emitted::content : Emitted::nothing, step.first_after}; };
    switch (step.kind) {
    case Step::Kind::row: return {row_now(*step.row, frame), step.first_after};
    case Step::Kind::test: return holds(found_holds(*step.test, frame));
    case Step::Kind::forward: return holds(forward(begins[step.state] - step.behind).kind == Forward::Kind::as_it_is);
    case Step::Kind::items: break;
    }
    const auto& state = script.states.data()[step.state];
    frame.emitted = state.emitted;
    frame.top = state.top;
    frame.depth = state.depth;
    bool first = step.first;
    const auto emitted = array_rows(*step.element, frame, first);
    return {emitted, first};
}

// A step's outcome decided the way, and what it wrote belongs to an object that came to nothing.
void Renderer::drop(std::size_t begin)
{
    const auto written = buffer_.view().substr(begin);
    const auto size = static_cast<std::uint32_t>(written.size());
    dropped_.append(reinterpret_cast<const char*>(&size), sizeof size);
    dropped_ += written;
    buffer_.cut(begin);
}

// What was done up to the step that came to something else is kept, and not done twice.
void Renderer::take_back(const Script& script, std::span<const std::uint32_t> begins, Outcome came, std::size_t mark, std::size_t dropped, Notes& notes)
{
    notes.bytes = buffer_.view().substr(mark);
    for (std::size_t n = 0; n < begins.size(); ++n) {
        const auto& step = script.steps[n];
        const bool last = n + 1 == begins.size();
        auto begin = begins[n] - mark, end = (last ? buffer_.size() : begins[n + 1] - script.steps[n + 1].size) - mark;
        if (step.dropped && !last) {
            std::uint32_t size = 0;
            std::memcpy(&size, dropped_.data() + dropped, sizeof size);
            begin = notes.bytes.size();
            end = begin + size;
            notes.bytes.append(dropped_, dropped + sizeof size, size);
            dropped += sizeof size + size;
        }
        const auto outcome = last ? came : Outcome{step.emitted, step.first_after};
        notes.done.push_back({outcome.emitted, outcome.first, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    }
    buffer_.cut(mark);
}

Emitted Renderer::noted_row(const Row& row, Frame& frame)
{
    if (row.action == Action::fixed && (row.from.kind == SourcePath::Kind::none || (row.needs && certain(row.from, frame)))) { // always the same
        noted_touch(row.from, frame);
        return row_now(row, frame);
    }
    Step step;
    step.kind = Step::Kind::row;
    step.row = &row;
    return stepped(step, nullptr, [&] { return row_now(row, frame); });
}

bool Renderer::noted_test(const Test& test, Frame& frame)
{
    const auto same = std::ranges::find_if(notes_->steps, [&](const Step& step) { return step.kind == Step::Kind::test && step.test->alike == test.alike; });
    if (same != notes_->steps.end()) return same->emitted == Emitted::content;
    Step step;
    step.kind = Step::Kind::test;
    step.test = &test;
    return stepped(step, nullptr, [&] { return found_holds(test, frame) ? Emitted::content : Emitted::nothing; }) == Emitted::content;
}

Emitted Renderer::noted_items(const Element& item, Frame& frame, bool& first)
{
    const auto* rows = rows_ + item.rows;
    if (one_valued(plan(), item) && std::none_of(rows, rows + item.row_count, [&](const Row& row) { return several(row, frame); }))
        return array_rows(item, frame, first); // each row is a step
    Step step;
    step.kind = Step::Kind::items;
    step.element = &item;
    step.state = static_cast<std::uint32_t>(notes_->states.size());
    notes_->states.push_back({frame.emitted, frame.top, frame.depth});
    const auto emitted = stepped(step, &first, [&] { return array_rows(item, frame, first); });
    frame.asked = 0; // its own tests were not noted
    return emitted;
}

// Which way it runs hangs on values; that both ends are there, on the way. `first`: the first step since the period's beginning.
void Renderer::note_forward(std::size_t first, std::size_t mark)
{
    const auto kind = forward(mark).kind;
    if (kind == Forward::Kind::half || notes_->steps.size() == first) return;
    Step step;
    step.kind = Step::Kind::forward;
    step.state = static_cast<std::uint32_t>(first);
    step.behind = notes_->steps[first].text - static_cast<std::uint32_t>(mark);
    stepped(step, nullptr, [&] { return kind == Forward::Kind::as_it_is ? Emitted::content : Emitted::nothing; });
    notes_->lost = notes_->lost || kind != Forward::Kind::as_it_is;
}

} // namespace sluse
