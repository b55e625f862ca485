// adapters/fhir/findings.hpp — where the checks of one message write what they find, with FHIRPath places.
#pragma once

#include "adapters/fhir/message.hpp"

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
        if (out.issues.size() >= issues_max) return;
        auto path = message.json.path(node, message.type.empty() || message.type.size() > 40 ? "$this" : message.type);
        if (!below.empty()) (path += '.') += below;
        out.issues.push_back({severity, kind, std::move(path), std::move(text)});
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
