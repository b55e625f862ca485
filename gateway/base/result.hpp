// gateway/base/result.hpp — the two kinds of trouble (Fault: the work could not be done; Issue: the data was poor), and nothing else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sluse {

enum class Errc { closed, timed_out, bad_frame, bad_message, unsupported, bad_config, not_found, storage, storage_full, broker, refused };
std::string_view name(Errc code);

/// The work could not be done. `where` says place and reason in words an operator can search for, never a patient's data.
struct Fault {
    Errc code{};
    std::string where;
};

/// Either a value or a Fault. Ours because it must be [[nodiscard]] and cheap to include.
template <class T> class [[nodiscard]] Result {
public:
    Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
    Result(Fault fault) : held_(std::in_place_index<1>, std::move(fault)) {}

    explicit operator bool() const { return held_.index() == 0; }
    bool has_value() const { return held_.index() == 0; }
    T& value() { return std::get<0>(held_); }
    const T& value() const { return std::get<0>(held_); }
    T& operator*() { return std::get<0>(held_); }
    const T& operator*() const { return std::get<0>(held_); }
    T* operator->() { return &std::get<0>(held_); }
    const T* operator->() const { return &std::get<0>(held_); }
    const Fault& error() const { return std::get<1>(held_); }

private:
    std::variant<T, Fault> held_;
};

template <> class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Fault fault) : fault_(std::move(fault)) {}

    explicit operator bool() const { return !fault_; }
    bool has_value() const { return !fault_; }
    const Fault& error() const { return *fault_; }

private:
    std::optional<Fault> fault_;
};

enum class Severity { warning, error };

/// What is wrong, in the few kinds that every standard's acknowledgement can say (HL7 table 0357, FHIR issue-type, MedCom codes).
enum class IssueKind {
    sequence,          ///< segment or part out of order or repeated (0357 100, FHIR structure)
    required_missing,  ///< 101, required
    wrong_type,        ///< 102, value
    unknown_code,      ///< 103, code-invalid
    unsupported_type,  ///< 200, not-supported
    unsupported_event, ///< 201, not-supported
    unsupported_processing, ///< 202, not-supported
    unsupported_version,    ///< 203, not-supported
    unknown_key,       ///< 204, not-found
    duplicate_key,     ///< 205, duplicate
    too_long,          ///< 102, too-long
    internal,          ///< 207, exception / transient
    unmapped,          ///< no acknowledgement code: a loss in mapping, counted
};

/// The work was done, but the data was poor; or, in a Verdict, why a message is refused. `path` names the place in the format's
/// own terms ("PID-3.1", "Bundle.entry[0].resource"), `text` what is wrong and what to do; never the value: it may name a patient.
struct Issue {
    Severity severity{Severity::warning};
    IssueKind kind{IssueKind::wrong_type};
    std::string path;
    std::string text;
    bool operator==(const Issue&) const = default;
};
using Issues = std::vector<Issue>;

} // namespace sluse
