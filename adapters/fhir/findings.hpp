// adapters/fhir/findings.hpp — where the checks of one message write what they find, with FHIRPath places.
#pragma once

#include "adapters/fhir/message.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace sluse::fhir {

/// Not copied: `out` and `message` outlive it.
struct Findings {
    static constexpr std::size_t issues_max = 100;
    const Message& message;
    Checked& out;

    void add(Severity severity, IssueKind kind, std::uint32_t node, std::string_view below, std::string text)
    {
        if (out.issues.size() >= issues_max && (severity == Severity::warning || !forget_a_warning())) return;
        auto path = message.json.path(node, message.type.empty() || message.type.size() > 40 ? "$this" : message.type);
        if (!below.empty()) (path += '.') += below;
        out.issues.push_back({severity, kind, std::move(path), std::move(text)});
    }
    /// An error is told whatever was warned of before it.
    bool forget_a_warning()
    {
        const auto last = std::find_if(out.issues.rbegin(), out.issues.rend(), [](const Issue& issue) { return issue.severity == Severity::warning; });
        if (last == out.issues.rend()) return false;
        out.issues.erase(std::next(last).base());
        return true;
    }
    void say(Severity severity, IssueKind kind, std::uint32_t node, std::string_view below, std::string text)
    {
        if (severity == Severity::error)
            error(kind, node, below, std::move(text));
        else
            warn(kind, node, below, std::move(text));
    }
    /// The message is accepted all the same.
    void warn(IssueKind kind, std::uint32_t node, std::string_view below, std::string text) { add(Severity::warning, kind, node, below, std::move(text)); }
    /// The content is bad: the sender must correct it.
    void error(IssueKind kind, std::uint32_t node, std::string_view below, std::string text)
    {
        add(Severity::error, kind, node, below, std::move(text));
        if (out.answer == Answer::accepted) out.answer = Answer::content_error;
    }
    /// It is nothing that is taken here.
    void refuse(IssueKind kind, std::uint32_t node, std::string text)
    {
        add(Severity::error, kind, node, {}, std::move(text));
        out.answer = Answer::refused;
    }
};

} // namespace sluse::fhir
