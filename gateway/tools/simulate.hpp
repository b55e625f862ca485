// gateway/tools/simulate.hpp — a synthetic Danish population and the messages its hospitals, laboratories and practices send.
#pragma once

#include "gateway/base/time.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// Each is written by its own file, simulate_FORMAT.cpp. `medcom`: MedCom's FHIR messages; `vans`: letters in envelopes.
enum class SimulateFormat : std::uint8_t { hl7v2, fhir, medcom, edifact, oioxml, cda, vans };

/// A set of them.
class SimulateFormats {
public:
    constexpr SimulateFormats(std::initializer_list<SimulateFormat> formats)
    {
        for (const auto format : formats) bits_ |= bit(format);
    }
    /// All: Denmark's mix.
    static constexpr SimulateFormats all() { return {SimulateFormat::hl7v2, SimulateFormat::fhir, SimulateFormat::medcom, SimulateFormat::edifact, SimulateFormat::oioxml, SimulateFormat::cda, SimulateFormat::vans}; }
    /// What hospitals and laboratories send among themselves, without letters.
    static constexpr SimulateFormats hospitals() { return {SimulateFormat::hl7v2, SimulateFormat::fhir}; }
    /// "hl7v2,edifact", "all", or "mix" for hl7v2,fhir; nothing when a name is none of them.
    static std::optional<SimulateFormats> parse(std::string_view names);
    constexpr bool has(SimulateFormat format) const { return (bits_ & bit(format)) != 0; }
    constexpr bool letters() const { return (bits_ & ~hospitals().bits_) != 0; }

private:
    static constexpr unsigned bit(SimulateFormat format) { return 1u << static_cast<unsigned>(format); }
    unsigned bits_{};
};
/// "hl7v2", "edifact", …
std::string_view name(SimulateFormat format);

/// Rates are per ten thousand messages, integers so that a seed gives the same bytes on every machine.
struct SimulateOptions {
    std::uint64_t seed{1};
    std::uint64_t messages{200'000};
    std::uint32_t people{0};          ///< 0: one for every four messages, at least a thousand
    Day start{20454};                 ///< first local day of the feed; 20454 is 2026-01-01
    int months{3};                    ///< the messages are spread over this many months
    SimulateFormats formats{SimulateFormats::all()};
    unsigned systems{12};             ///< sending systems, 1 to 999
    unsigned duplicates{50};          ///< sent again, byte for byte
    unsigned late{300};               ///< delivered minutes to ten days after they were made, so out of order
    unsigned same_time{200};          ///< of the corrections: two with equal times
    std::string out{"-"};             ///< "-": standard output; else a folder, one file per system and format
    std::string truth;                ///< file for what really happened, a table; empty: none
    std::vector<std::string> to;      ///< mllp://host:port, http://host:port: send to running gateways instead of writing
    unsigned connections{8};          ///< to each of `to`
};

/// One message as its sender would hand it over.
struct SimulatedMessage {
    std::string system;       ///< "EPJ|RH1": MSH-3|MSH-4, or MessageHeader.source.name; of letters the sender's GLN
    std::string_view format;  ///< name(SimulateFormat): of a letter in an envelope "vans"
    std::string bytes;        ///< HL7 v2 with CR terminators, EDIFACT, one line of JSON or XML; UTF-8 or ISO 8859-1 as the sender declares
    Millis sent{};            ///< when it was made (MSH-7, Bundle.timestamp, UNB)
    bool duplicate{};         ///< the same bytes were returned before
};

/// The feed for one set of options: the same options give the same messages in the same order. No person in it exists: every CPR
/// number fails the modulus-11 check and lies on no first of January, and no number like that has been given to anyone.
class Simulator {
public:
    explicit Simulator(const SimulateOptions& options);
    ~Simulator();
    Simulator(Simulator&&) noexcept;
    /// The next message in order of delivery; false after the last. Reuses the capacity of `out`.
    bool next(SimulatedMessage& out);
    /// Names of the hospitals' and laboratories' systems, in order of their numbers.
    std::vector<std::string> systems() const;
    /// With options.truth: the table's lines since the last call, the first time with their header. A line is there when its thing is over.
    std::string take_truth();

private:
    struct Feed;
    std::unique_ptr<Feed> feed_;
};

/// `sluse simulate`: writes the feed to standard output or a folder, a line feed after each message, or sends it, with a progress bar
/// on a terminal. Returns the exit code: 1 when something was refused, 69 when something was never answered.
int run_simulate(const SimulateOptions& options);

} // namespace sluse
