// gateway/track/batch_person.hpp — the batch's own view of a person: attributes resolved, stays swept together.
#pragma once

#include "gateway/track/batch.hpp"

#include <limits>
#include <optional>

namespace sluse::batch {

constexpr Millis never = std::numeric_limits<Millis>::max();

struct Visit {
    std::string key, kind, priority, unit, specialty, basis;
    Millis from{}, to{never};
    bool open() const { return to == never; }
};
struct Sign { ///< a diagnosis
    std::string key, code, visit, category;
    std::int64_t rank{};
    std::optional<Millis> on;
};
struct Test {
    std::string key, code, status, words, unit, visit, basis, category;
    std::optional<std::int64_t> number;
    Millis taken{};
    std::optional<Millis> answered;
};
struct Deed { ///< an act of any kind
    FactKind kind{};
    std::string key, code, category, status, unit, visit, basis, replaces, words;
    std::optional<std::int64_t> number;
    Millis from{};
    std::optional<Millis> to;
};
struct Published {
    std::string key, indicator, reporter;
    Version said;
    Dimensions dims;
    Day from{}, until{};
    std::optional<std::int64_t> numerator, denominator, number;
    bool taken_back{};
};
struct Address {
    Day from{};
    Version said;
    std::string municipality;
};

struct Individual {
    std::optional<std::int64_t> birth, death;
    std::string sex;
    std::vector<Visit> visits;
    std::vector<Sign> signs;
    std::vector<Test> tests;
    std::vector<Deed> deeds;
    std::vector<Published> published;
    std::vector<Address> addresses;
    std::string municipality(Day day) const;
};

/// One person of all facts of all its identifiers.
Individual individual(const std::vector<const Fact*>& facts);

/// Something that happened to a person, as the rules ask for it.
struct Happening {
    std::string key, specialty, unit, kind, code, category, status, words, basis, replaces;
    bool acute{};
    Millis from{};
    std::optional<Millis> to;
    std::optional<std::int64_t> number;
    std::vector<std::string> visits;
};
/// Attendances swept along the time axis: a stay lasts as long as one is open or ended no longer ago than `gap`.
std::vector<Happening> swept(const Individual& who, Millis gap);

/// Who is one person: components over the newest saying of each link.
std::vector<std::vector<const BatchNode*>> components(std::span<const BatchNode> nodes);

} // namespace sluse::batch
