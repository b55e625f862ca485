// gateway/normalise/render_script.hpp — what the walk through a node tells the notes of which a script is made.
#pragma once

#include "gateway/normalise/render.hpp"

#include <utility>

namespace sluse {

// Within a step nothing is noted: it is done as a whole, or its own nodes have scripts of their own.
template <class Do> inline Emitted Renderer::stepped(Step step, bool* first, Do&& work)
{
    auto* const notes = std::exchange(notes_, nullptr);
    step.text = static_cast<std::uint32_t>(buffer_.size());
    step.first = first && *first;
    if (notes->taken < notes->done.size()) {
        const auto& done = notes->done[notes->taken++];
        buffer_ += std::string_view(notes->bytes).substr(done.begin, done.end - done.begin);
        step.emitted = done.emitted;
        if (first) *first = done.first_after;
    } else {
        step.emitted = work();
    }
    step.first_after = first && *first;
    step.size = static_cast<std::uint32_t>(buffer_.size());
    notes->steps.push_back(step);
    notes_ = notes;
    return step.emitted;
}

} // namespace sluse
