// gateway/tools/simulate_letters.hpp — who writes to whom in the synthetic population's letters, and what they say, whatever the syntax.
#pragma once

#include "gateway/tools/simulate_write.hpp"

#include <array>
#include <string>
#include <string_view>

namespace sluse::simulated {

/// A sender or receiver. Its GLN has a right check digit and lies in a range that the tests use; no one has it.
struct Party {
    enum class Kind : std::uint8_t { hospital = 1, laboratory, practice, municipality, pharmacy } kind{};
    std::string gln, code;                 ///< code: SOR number, ydernummer or kommunenummer, by kind
    std::string organisation, department;  ///< at most 35 characters each
};
struct Parties {
    Party sender, receiver;
};
Parties parties_of(const Occasion& occasion);
/// The GLN of the sender alone: what the gateway will know the system by.
std::string sender_gln(const Occasion& occasion);

/// "DIS01" and its version, as EDIFACT names them (OIOXML puts an X before both).
struct LetterType {
    std::string_view type, version;
};
LetterType letter_type(const Occasion& occasion);
/// Number of the letter and of its interchange, at most 14 characters: 'B' or 'K' and digits.
std::string letter_number(const Occasion& occasion, char of);
/// Of the laboratory's report and of the sample, the same in each report about them.
std::string report_number(const Occasion& occasion);

/// What a discharge letter, a message or a referral says. As all texts of the synthetic population free of what XML and JSON reserve.
std::array<std::string, 3> letter_lines(const Occasion& occasion);

struct Drug {
    std::string_view package, name, form, size, strength, indication_code, indication, dosage;
};
/// What a prescription is for.
const Drug& prescribed(const Occasion& occasion);
/// "HI" above the reference interval, "LO" below, "" within.
std::string_view validation_of(const Measured& measured);

std::string local_minutes(const WallClock& clock, Millis at); ///< "202603011015"

} // namespace sluse::simulated
