// adapters/findings.hpp — what a check notes of a message, and what each note does to its answer.
#pragma once

#include "adapters/adapter.hpp"

#include <string>
#include <utility>

namespace sluse {

/// What was found last decides: an error before all that the check noted, answered also where no answer was asked for.
inline void overrule(Checked& checked, IssueKind kind, std::string path, std::string text)
{
    checked.issues.insert(checked.issues.begin(), {Severity::error, kind, std::move(path), std::move(text)});
    checked.answer = Answer::content_error;
    checked.expects_answer = true;
}

/// Base of an adapter's check. Of one message's issues the first hundred are kept; a refusal outlives whatever comes after it.
class Findings {
protected:
    explicit Findings(Checked& out) : out_(out) {}

    void warn(IssueKind kind, std::string path, std::string text) { add(Severity::warning, kind, std::move(path), std::move(text)); }
    void error(IssueKind kind, std::string path, std::string text)
    {
        add(Severity::error, kind, std::move(path), std::move(text));
        if (out_.answer == Answer::accepted) out_.answer = Answer::content_error;
    }
    void refuse(IssueKind kind, std::string path, std::string text)
    {
        add(Severity::error, kind, std::move(path), std::move(text));
        out_.answer = Answer::refused;
    }

    Checked& out_;

private:
    static constexpr std::size_t issues_max = 100;

    void add(Severity severity, IssueKind kind, std::string path, std::string text)
    {
        if (out_.issues.size() < issues_max) out_.issues.push_back({severity, kind, std::move(path), std::move(text)});
    }
};

} // namespace sluse
