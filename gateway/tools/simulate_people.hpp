// gateway/tools/simulate_people.hpp — the people of the synthetic population: numbers, names, addresses, all derived from (seed, index).
#pragma once

#include "gateway/base/time.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sluse::simulated {

struct Municipality {
    std::string_view code, name, city, postal;
    std::uint8_t region; ///< 0 Hovedstaden, 1 Sjælland, 2 Syddanmark, 3 Midtjylland, 4 Nordjylland
    std::uint16_t weight; ///< inhabitants in thousands, roughly
};

/// What never changes about a person, and what changes with `moves`.
struct Person {
    std::uint32_t index{};
    bool male{};
    Day birth{};
    std::array<char, 10> cpr{}, ecpr{};
    bool regional_ecpr{};     ///< D-eCPR, else X-eCPR
    std::string_view family, given, middle, street;
    std::uint32_t house{}, phone{}, practice{};
    std::uint16_t municipality{};
    std::string_view cpr_text() const { return {cpr.data(), cpr.size()}; }
    std::string_view ecpr_text() const { return {ecpr.data(), ecpr.size()}; }
};

/// Derives any person in constant time, without keeping one. Immutable.
class Population {
public:
    Population(std::uint64_t seed, std::uint32_t people, Day start);
    /// The person as they live after `moves` moves.
    Person person(std::uint32_t index, unsigned moves) const;
    Day birth(std::uint32_t index) const { return days_[(index * stride_ + shift_) % days_.size()]; }
    std::uint32_t size() const { return people_; }
    static const Municipality& municipality(std::uint16_t index);

private:
    void number(Person& person) const;

    std::uint64_t seed_;
    std::uint32_t people_;
    std::uint64_t stride_{7919}, shift_{};
    std::vector<Day> days_;                  ///< possible birthdays
    std::vector<std::uint16_t> by_weight_;   ///< municipality of each thousand inhabitants
};

/// Remainder of the CPR check sum; 0 is what numbers with a valid check digit have.
int modulus_11(std::string_view cpr);

} // namespace sluse::simulated
