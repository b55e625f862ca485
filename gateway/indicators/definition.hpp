// gateway/indicators/definition.hpp — an indicator's rule as its file says it: plain data, read by the evaluator and, on its own, by the batch check.
#pragma once

#include "gateway/indicators/code_table.hpp"
#include "gateway/indicators/regions.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluse {

/// What a timeline has many of, in time.
enum class Series : std::uint8_t { stays, admissions, contacts, results, diagnoses };

/// A moment of an item.
enum class Point : std::uint8_t { start, end, sample, answer };

struct CodeSet {
    std::string name; ///< file under schemas/codes/sets, without .tsv
    std::shared_ptr<const CodeTable> table;
};

/// One condition on an item. Which members mean something is said by `test`.
struct Condition {
    enum class Test : std::uint8_t { specialty, same_specialty, acute, encounter_class, unit, alive, age, code, status, result, diagnosis };
    Test test{};
    bool negate{};                  ///< stands under `not:`
    std::vector<std::string> words; ///< specialty, class, unit, status; result: the meanings wanted
    bool flag{true};                ///< acute
    Point at{Point::start};         ///< alive, age
    std::optional<int> from, below; ///< age in whole years, [from, below)
    CodeSet codes;                  ///< code, diagnosis, result
    std::optional<std::int64_t> rank; ///< diagnosis: 1 is the action diagnosis
};

enum class Counting : std::uint8_t { calendar_days, hours };
enum class Claims : std::uint8_t {
    latest, ///< an outcome counts for the latest index before it only, so each counts once
    every,  ///< an outcome counts for every index whose window holds it
};

/// A later item that makes the index count in the numerator.
struct Outcome {
    Series of{};
    std::vector<Condition> where;
    Point after{Point::end};      ///< of the index
    Millis more_than{};           ///< elapsed time between `after` and the outcome's start, exclusive
    std::int64_t within_days{};   ///< inclusive
    Counting counting{};
    Claims claims{};
};

/// Everything that decides the numbers.
struct Definition {
    enum class Kind : std::uint8_t { proportion, duration, count };
    Kind kind{};
    Series population{};
    std::vector<Condition> where;
    std::vector<Condition> numerator; ///< conditions on the index itself
    std::optional<Outcome> outcome;
    Point value_from{Point::start}, value_to{Point::end}; ///< duration, in minutes
    Point period{Point::start};       ///< its local day is counts_day
    Point municipality{Point::start}; ///< its local day decides residence, age and region
    Point matures_after{Point::start};
    std::int64_t matures_days{};
    bool by_region{}, by_municipality{}, by_unit{}, by_sex{}, by_age_band{};
    Day valid_from{}, valid_to{};
    Millis stay_gap_ms{4 * hour_ms}, admission_ms{12 * hour_ms};
};

} // namespace sluse
