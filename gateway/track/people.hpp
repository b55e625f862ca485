// gateway/track/people.hpp — what each pseudonym adds to each indicator: for dropping repeats and for counting persons. No identity inside.
#pragma once

#include "gateway/model/contribution.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// One indicator at one version.
struct IndicatorId {
    std::string indicator, version;
    auto operator<=>(const IndicatorId&) const = default;
};

/// Contributions are kept without their episode: two alike are one with a count of two. A message changes a few indicators of the many that
/// count a person, so what stands of the others stays as it is stored.
struct Person {
    using Standing = std::map<Contribution, std::int64_t>; ///< how often each stands
    std::uint64_t sequence{};                              ///< last event applied

    /// Of one indicator; valid as long as the person.
    Standing& standing(const IndicatorId& id);

private:
    friend void encode(const Person& person, std::string& out);
    friend bool decode(std::string_view bytes, Person& person);
    /// One indicator's contributions, encoded in record_.
    struct Stored {
        IndicatorId id;
        std::size_t begin{}, end{};
    };
    std::string_view bytes_of(const Stored& one) const { return std::string_view(record_).substr(one.begin, one.end - one.begin); }

    std::string record_;
    std::vector<Stored> stored_;           ///< by id
    std::map<IndicatorId, Standing> read_; ///< in the place of what is stored
};

void encode(const Person& person, std::string& out);
bool decode(std::string_view bytes, Person& person);

} // namespace sluse
