// gateway/indicators/watches.hpp — what signals are made of: limits of open courses, segments, run charts, as data under schemas/signals.
#pragma once

#include "gateway/indicators/definition.hpp"
#include "gateway/indicators/packs.hpp"
#include "gateway/indicators/read_pack.hpp"

#include <string>
#include <vector>

namespace sluse {

class Reading;

/// One watch. Immutable once read.
struct Watch {
    enum class Kind : std::uint8_t { breach, segment, chart };
    std::string id;
    Kind kind{};
    Title title;
    std::string source, mark;
    // breach: a course that is open too long
    Series of{};
    std::shared_ptr<const Cohort> cohort;
    std::vector<Search> markers;
    std::vector<Condition> where;
    Point from;
    std::vector<Point> until;     ///< the first of these that there is closes the course
    std::vector<Search> less;     ///< time that does not count
    Counting counting{};
    bool chained{};               ///< what is replaced by a newer one is no course; the newer begins when it did
    CodeSet standard;             ///< limits are before and after the days that this has for the thing's code; no table: after its beginning
    std::vector<Millis> at;       ///< limits, ascending
    std::vector<std::string> at_words; ///< "20 d", as the file says them
    unsigned kinds{};             ///< bit per FactKind whose change can change it
    // segment, chart
    std::vector<std::string> indicators; ///< segment: level packs; chart: which, empty: all
    std::vector<std::string> by;         ///< chart: "" and dimensions
    std::size_t points_min{}, points_max{};
};

/// Every file below schemas/signals. Mistakes are issues with file:line.
std::vector<Watch> read_watches(const std::filesystem::path& schemas, CodeTables& tables, Cohorts& cohorts, Issues& issues);

/// A limit that an open course reaches.
struct Due {
    std::string watch, episode, what, unit;
    Millis at{}, since{}; ///< when it is reached, when the course began
    auto operator<=>(const Due&) const = default;
};
/// The limits of the person's open courses, sorted; a clock that stands still reaches none. Pure: no clock; whether one is reached is a
/// comparison with a tick's time.
std::vector<Due> dues_of(std::span<const Watch> watches, const Timeline& timeline);
std::vector<Due> dues_of(std::span<const Watch> watches, Reading& reading); ///< whose memory is used again

/// Time in a segment, as a level's steps say it.
struct Membership {
    std::string episode;
    Day from{};
    std::optional<Day> to;
    auto operator<=>(const Membership&) const = default;
};
std::vector<Membership> memberships_of(std::span<const ContributionView> steps);

} // namespace sluse
