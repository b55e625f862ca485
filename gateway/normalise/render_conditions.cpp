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

bool Renderer::holds(std::uint16_t index, Frame& frame)
{
    if (index == frame.asked) return frame.answer;
    const auto& condition = plan().conditions[index];
    const bool answer = holds_now(condition, frame);
    if (condition.steady) {
        frame.asked = index;
        frame.answer = answer;
    }
    return answer;
}

bool Renderer::holds_now(const RowCondition& condition, Frame& frame)
{
    for (const auto& terms : condition.any)
        if (std::ranges::all_of(terms, [&](const Term& term) { return term_holds(term, frame); })) return true;
    return false;
}

bool Renderer::term_holds(const Term& term, Frame& frame)
{
    if (term.op == Term::Op::without) return term.negate == static_cast<bool>((frame.depth ? frame.top : frame.emitted) >> term.bit & 1);
    const auto found = find(term.path, frame);
    bool holds = false;
    switch (term.op) {
    case Term::Op::valued: holds = !found.empty() && !null(found.text); break;
    case Term::Op::equals: {
        const auto source = trimmed(found.level == 0 ? part(found, 1).text : found.text);
        holds = source.size() <= 8 ? std::ranges::find(term.packed, packed(source)) != term.packed.end() : std::ranges::find(term.values, source) != term.values.end();
        break;
    }
    case Term::Op::predicate: holds = !found.empty() && term.predicate(*this, found); break;
    case Term::Op::repeated: {
        const auto& segment = message_->segments[static_cast<std::size_t>(std::max(found.segment, 0))];
        const auto whole = found.segment >= 0 ? segment.field(found.field) : std::string_view{};
        const auto at = message_->repetition ? whole.find(message_->repetition) : whole.npos;
        holds = at != whole.npos && at + 1 < whole.size();
        break;
    }
    case Term::Op::without: break;
    }
    return holds != term.negate;
}

} // namespace sluse
