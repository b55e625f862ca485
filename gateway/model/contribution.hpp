// gateway/model/contribution.hpp — what one person adds to one indicator for one episode, and the signed event that says it changed.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/base/time.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// Dimensions of a contribution, as codes; empty: unknown.
template <class Text> struct DimensionsOf {
    Text region;       ///< ISO 3166-2 "DK-82"
    Text municipality; ///< "0751"
    Text unit;         ///< SOR/SHAK/local code
    Text sex;          ///< administrative-gender
    Text age_band;     ///< "65-69", "90+"
    auto operator<=>(const DimensionsOf&) const = default;
};

/// Pure value computed from a timeline. Integers only; `value` is scaled as the pack says (e.g. minutes, or thousandths).
template <class Text> struct ContributionOf {
    Text episode;               ///< stable key of the index event within the person; stays inside as a bare hash, leaves under the pseudonym key (Persons::emit)
    Day counts_day{};           ///< local day it belongs to: which period it counts in
    Day matures_day{};          ///< local day from which its outcome is final
    std::int64_t numerator{};
    std::int64_t denominator{};
    std::int64_t value{};       ///< for durations and means: the summand; enters the histogram as well
    bool has_value{};
    DimensionsOf<Text> dims;
    auto operator<=>(const ContributionOf&) const = default;
};

using Dimensions = DimensionsOf<std::string>;
using Contribution = ContributionOf<std::string>;
/// What an evaluation gives and a record holds, before anybody keeps it: most of it is compared and forgotten. Views, sorted alike.
using DimensionsView = DimensionsOf<std::string_view>;
using ContributionView = ContributionOf<std::string_view>;

/// The same in texts of the other kind; a view must not outlive what it was made of.
template <class To, class From> void assign(ContributionOf<To>& to, const ContributionOf<From>& from)
{
    to.episode = from.episode;
    to.counts_day = from.counts_day;
    to.matures_day = from.matures_day;
    to.numerator = from.numerator;
    to.denominator = from.denominator;
    to.value = from.value;
    to.has_value = from.has_value;
    to.dims.region = from.dims.region;
    to.dims.municipality = from.dims.municipality;
    to.dims.unit = from.dims.unit;
    to.dims.sex = from.dims.sex;
    to.dims.age_band = from.dims.age_band;
}
inline Contribution owned(const ContributionView& view)
{
    Contribution c;
    assign(c, view);
    return c;
}
inline ContributionView view_of(const Contribution& contribution)
{
    ContributionView c;
    assign(c, contribution);
    return c;
}

/// One signed delta on sluse.indicator-events. Serialised as CloudEvents 1.0 structured JSON, schema schemas/events/indicator-event.schema.json.
struct IndicatorEvent {
    std::string id;         ///< hash of message, link epoch, indicator, n: the same on a replay
    std::string indicator;  ///< "G1.1"
    std::string version;    ///< definition's version
    int sign{};             ///< +1 or −1
    Contribution contribution;
    std::string unit;       ///< unit of value: "min", "1"
    std::string person;     ///< pseudonym for the purpose "indicators", also the record's key
    std::string key_id;     ///< the pseudonym key's id
    std::uint64_t sequence{}; ///< counts up by one per (key id, person); consumers drop what they have seen
    std::string cause;      ///< ULID of the message
    std::string system;     ///< that sent it: whose watermark the number has; empty in events of older gateways
    std::string rule;       ///< map or pack rule that led to it
    Millis received_ms{};   ///< when that message was received: the day it is known from
};

std::string to_cloud_event(const IndicatorEvent& event);
std::optional<IndicatorEvent> parse_cloud_event(std::string_view json);

/// The same for many events of one message about one person: what they have in common is written once. One thread.
class EventText {
public:
    /// Time, person, key id, cause and system are from now on those of `event`.
    void about(const IndicatorEvent& event);
    void append(const IndicatorEvent& event, std::string& out);

private:
    struct Date { ///< mostly the day asked for last
        Day of_{};
        std::string text;
        const std::string& of(Day day);
    };
    std::string head_, person_, cause_; ///< with the names of what stands before and after
    Date counts_, matures_;
};

} // namespace sluse
