// adapters/edifact/unknown.hpp — a segment that no table row takes: does its letter say what nobody can read, or is it an extra that is left out?
#pragma once

#include "adapters/edifact/match.hpp"
#include "adapters/edifact/syntax.hpp"
#include "adapters/edifact/table.hpp"

namespace sluse::edifact {

/// Judges the segments of one letter that its table has no place for.
class Unknown {
public:
    Unknown(const Text& text, const LetterTable& table, const Tables& tables, const Matcher& matcher) : text_(text), table_(table), tables_(tables), matcher_(matcher) {}

    /// An error where the segment decides what the letter says or has a qualifier that no MedCom letter has; else a warning that it is left
    /// out. `twice`: the group has had its like.
    Trouble segment(std::uint32_t at, bool twice) const;
    /// The group that begins `at`: its first telling segment is at fault, or its own where the letter has no such group. `end`: where it ends.
    Trouble group(std::uint32_t at, std::uint32_t last, std::uint32_t& end) const;

private:
    bool said_before(std::uint32_t at) const;

    const Text& text_;
    const LetterTable& table_;
    const Tables& tables_;
    const Matcher& matcher_;
};

} // namespace sluse::edifact
