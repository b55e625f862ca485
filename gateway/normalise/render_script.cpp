// gateway/normalise/render_script.cpp — a node's way through the map, gone again where the same fields are filled as they were before.
#include "gateway/normalise/render_script.hpp"
#include "gateway/normalise/render_row.hpp"

#include <optional>

namespace sluse {

namespace {

/// Where the same fields are filled and values come to something else, the ways part: so many are known beside each other (a sender's unit with a
/// code and a receiver's without).
constexpr std::uint64_t ways_max = 4;

void take_way(std::uint64_t way, Scripts::Key& key)
{
    key.words[0] = (key.words[0] & ~(std::uint64_t{ways_max - 1} << 62)) | way << 62;
    key.hash = hash_of(key.view());
}

} // namespace

Emitted Renderer::scripted(const Element& node, Frame& frame, bool root)
{
    if (!node.looks || context_->trace) return object(node, frame, root);
    Scripts::Key key;
    key_of(node, frame, key);
    const auto mark = buffer_.size();
    std::optional<Notes> notes; // most nodes need none
    const auto* script = scripts_.find(key);
    if (!script && !scripts_.worth(key)) return object(node, frame, root);
    for (std::uint64_t way = 1; script; ++way) {
        if (replay(*script, frame, mark, notes)) return script->emitted;
        frame.emitted = frame.top = 0; // as it was given
        frame.depth = 0;
        frame.asked = 0;
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

void Renderer::key_of(const Element& node, const Frame& frame, Scripts::Key& out) const
{
    const auto& looks = plan().looks.data()[node.looks];
    auto* word = out.words.data();
    *word++ = std::uint64_t{plan().number} << 32 | std::uint64_t{node.looks} << 8 | (looks.event ? event_ : 0);
    *word++ = frame.present & looks.components;
    const auto* look = plan().looked.data() + looks.first;
    for (const auto* end = look + looks.count; look != end; ++look) {
        const auto index = frame.group->slot.data()[look->slot];
        *word++ = index < 0 ? 0 : known_.data()[index] & look->mask;
    }
    out.size = static_cast<std::size_t>(word - out.words.data());
    out.hash = hash_of(out.view());
}

// False, and the notes hold what has been done, when a step came to something else than in the script: the way parts there. What they hold already
// is not done again.
bool Renderer::replay(const Script& script, Frame& frame, std::size_t mark, std::optional<Notes>& notes)
{
    std::array<std::uint32_t, Scripts::steps_max> begins;
    const auto* text = script.text.data();
    const auto* const first = script.steps.data();
    const auto* const end = first + script.steps.size();
    auto* begin = begins.data();
    const std::size_t known = notes ? notes->done.size() : 0;
    const auto again = [&](std::size_t n) {
        const auto& done = notes->done[n];
        buffer_ += std::string_view(notes->bytes).substr(done.begin, done.end - done.begin);
        return Outcome{done.emitted, done.first_after};
    };
    for (const auto* step = first; step != end; ++step) {
        buffer_.append_padded({text + step->text, step->size});
        *begin++ = static_cast<std::uint32_t>(buffer_.size());
        const auto n = static_cast<std::size_t>(step - first);
        const bool done = n < known;
        const auto came = done ? again(n) : repeat(*step, script, frame);
        if (came.emitted == step->emitted && came.first == step->first_after) continue;
        if (done) buffer_.cut(mark);
        else take_back(script, {begins.data(), begin}, came, mark, notes.emplace());
        return false;
    }
    buffer_.append_padded({text + script.end, script.end_size});
    for (const auto& fields : script.touched)
        if (const auto index = frame.group->slot.data()[fields.slot]; index >= 0) touched_.data()[index] |= fields.mask;
    return true;
}

[[gnu::always_inline]] inline Renderer::Outcome Renderer::repeat(const Step& step, const Script& script, Frame& frame)
{
    if (step.kind == Step::Kind::row) return {row_now(*step.row, frame), step.first_after};
    if (step.kind == Step::Kind::test) return {found_holds(*step.test, frame) ? Emitted::content : Emitted::nothing, step.first_after};
    const auto& state = script.states.data()[step.state];
    frame.emitted = state.emitted;
    frame.top = state.top;
    frame.depth = state.depth;
    bool first = step.first;
    const auto emitted = step.kind == Step::Kind::items ? array_rows(*step.element, frame, first) : object(*step.element, frame, false);
    return {emitted, first};
}

// What was done up to the step that came to something else is kept, and not done twice.
void Renderer::take_back(const Script& script, std::span<const std::uint32_t> begins, Outcome came, std::size_t mark, Notes& notes)
{
    notes.bytes = buffer_.view().substr(mark);
    for (std::size_t n = 0; n < begins.size(); ++n) {
        const auto& step = script.steps[n];
        const bool last = n + 1 == begins.size();
        const auto end = last ? buffer_.size() : begins[n + 1] - script.steps[n + 1].size;
        const auto outcome = last ? came : Outcome{step.emitted, step.first_after};
        notes.done.push_back({outcome.emitted, outcome.first, static_cast<std::uint32_t>(begins[n] - mark), static_cast<std::uint32_t>(end - mark)});
    }
    buffer_.cut(mark);
}

Emitted Renderer::noted_row(const Row& row, Frame& frame)
{
    if (row.action == Action::fixed && row.from.kind == SourcePath::Kind::none) return row_now(row, frame); // always the same
    Step step;
    step.kind = Step::Kind::row;
    step.row = &row;
    return stepped(step, frame, nullptr, [&] { return row_now(row, frame); });
}

bool Renderer::noted_test(const Test& test, Frame& frame)
{
    Step step;
    step.kind = Step::Kind::test;
    step.test = &test;
    return stepped(step, frame, nullptr, [&] { return found_holds(test, frame) ? Emitted::content : Emitted::nothing; }) == Emitted::content;
}

Emitted Renderer::noted_items(const Element& item, Frame& frame, bool& first)
{
    if (one_valued(plan(), item)) return array_rows(item, frame, first); // each row is a step
    Step step;
    step.kind = Step::Kind::items;
    step.element = &item;
    return stepped(step, frame, &first, [&] { return array_rows(item, frame, first); });
}

Emitted Renderer::noted_object(const Element& node, Frame& frame)
{
    Step step;
    step.kind = Step::Kind::object;
    step.element = &node;
    return stepped(step, frame, nullptr, [&] { return object(node, frame, false); });
}

} // namespace sluse
