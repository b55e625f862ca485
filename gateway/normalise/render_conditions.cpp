// gateway/normalise/render_conditions.cpp — conditions of rows and maps, and what is told of poor data.
#include "gateway/normalise/render.hpp"

#include <algorithm>

namespace sluse {

void Renderer::issue_path(const Value& at, std::string& path) const
{
    if (at.segment < 0) return;
    if (message_->place) return message_->place(message_->self, static_cast<std::size_t>(at.segment), at.field, path);
    path = message_->segments[static_cast<std::size_t>(at.segment)].id;
    if (at.field) path += '-' + std::to_string(at.field);
}

void Renderer::issue(const Value& at, IssueKind kind, std::string text)
{
    ++remarks_;
    if (result_->issues.size() >= 200) return; // a bound, so that a hostile message cannot fill the memory
    Issue issue{Severity::warning, kind, {}, std::move(text)};
    issue_path(at, issue.path);
    for (const auto& known : result_->issues)
        if (known == issue) return;
    result_->issues.push_back(std::move(issue));
}

bool Renderer::certain(const SourcePath& path, const Frame& frame) const
{
    if (path.sub) return false;
    if (path.kind == SourcePath::Kind::relative)
        return frame.part_count && path.component < components_max && frame.base.segment >= 0 && !nulls_;
    const bool field = path.kind == SourcePath::Kind::segment || path.kind == SourcePath::Kind::own;
    if (!field || path.component || path.all || path.field == 0 || path.field > 63) return false;
    const auto index = segment_of(path, frame);
    return index >= 0 && !nulls_ && !(marks_.data()[index] & repeats);
}

// Of a step that needs not be taken: the field is read all the same.
void Renderer::noted_touch(const SourcePath& path, const Frame& frame)
{
    if (path.kind != SourcePath::Kind::segment && path.kind != SourcePath::Kind::own) return;
    touch(segment_of(path, frame), path.field);
    if (notes_) notes_->touch(path.kind == SourcePath::Kind::own ? no_slot : path.slot, std::uint64_t{1} << path.field);
}

[[gnu::always_inline]] inline bool Renderer::test_holds(const Test& test, Frame& frame)
{
    if (test.op == Test::Op::without) return test.negate == static_cast<bool>((frame.depth ? frame.top : frame.emitted) >> test.bit & 1);
    if (test.op == Test::Op::fact) {
        const auto index = frame.group->slot.data()[test.path.slot];
        if (index < 0) return test.negate;
        touch(index, test.path.field);
        if (notes_ && test.path.field < 64) notes_->touch(test.path.slot, std::uint64_t{1} << test.path.field);
        return static_cast<bool>(known_.data()[index] >> test.bit & 1) != test.negate;
    }
    if (test.op == Test::Op::event) return plan().event_sets.data()[test.events][event_] != test.negate;
    if (test.needs && absent(test.path, frame)) return test.negate;
    if (test.op == Test::Op::valued && certain(test.path, frame)) {
        noted_touch(test.path, frame);
        return !test.negate;
    }
    return (notes_ ? noted_test(test, frame) : found_holds(test, frame)) != test.negate;
}

[[gnu::always_inline]] inline bool Renderer::holds_now(const Question& question, Frame& frame)
{
    const auto* test = plan().tests.data() + question.first;
    const auto* const end = test + question.count;
    while (test != end) { // an alternative
        while (test_holds(*test, frame)) {
            if (test->last) return true;
            ++test;
        }
        while (!test++->last) {}
    }
    return false;
}

bool Renderer::holds(std::uint16_t index, Frame& frame)
{
    if (index == frame.asked) return frame.answer;
    const auto& question = plan().questions.data()[index];
    if (question.slot != no_slot && !says({question.slot, std::uint64_t{1} << question.field}, frame)) return false;
    const bool answer = holds_now(question, frame);
    if (question.steady) {
        frame.asked = index;
        frame.answer = answer;
    }
    return answer;
}

bool Renderer::equals(const Test& test, const Value& found) const
{
    const auto source = trimmed(found.level == 0 ? part(found, 1).text : found.text);
    if (source.size() > 8) {
        const auto* texts = plan().test_texts.data() + test.texts;
        return std::find(texts, texts + test.text_count, source) != texts + test.text_count;
    }
    const auto* words = plan().test_words.data() + test.words;
    return std::find(words, words + test.word_count, packed(source)) != words + test.word_count;
}

bool Renderer::repeated(const Value& found) const
{
    if (found.segment < 0 || !message_->repetition) return false;
    const auto whole = message_->segments[static_cast<std::size_t>(found.segment)].field(found.field);
    const auto at = whole.find(message_->repetition);
    return at != whole.npos && at + 1 < whole.size();
}

bool Renderer::found_holds(const Test& test, Frame& frame)
{
    const auto found = find_now(test.path, frame);
    switch (test.op) {
    case Test::Op::valued: return !found.empty() && !null(found.text);
    case Test::Op::equals: return equals(test, found);
    case Test::Op::predicate: return !found.empty() && test.predicate(*this, found);
    default: return repeated(found);
    }
}

} // namespace sluse
