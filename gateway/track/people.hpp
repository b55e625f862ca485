// gateway/track/people.hpp — what each pseudonym adds to each indicator: for dropping repeats and for counting persons. No identity inside.
#pragma once

#include "gateway/model/contribution.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace sluse {

/// One indicator at one version.
struct IndicatorId {
    std::string indicator, version;
    auto operator<=>(const IndicatorId&) const = default;
};

/// Contributions are kept without their episode: two alike are one with a count of two.
struct Person {
    std::uint64_t sequence{}; ///< last event applied
    std::map<IndicatorId, std::map<Contribution, std::int64_t>> standing; ///< how often each stands

    void drop_zeros();
};

void encode(const Person& person, std::string& out);
bool decode(std::string_view bytes, Person& person);

} // namespace sluse
