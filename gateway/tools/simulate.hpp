// gateway/tools/simulate.hpp — a synthetic Danish population and the messages its hospitals, laboratories and practices send.
#pragma once

#include "gateway/base/time.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

enum class SimulateFormat { hl7v2, fhir, mix };

/// Rates are per ten thousand messages, integers so that a seed gives the same bytes on every machine.
struct SimulateOptions {
    std::uint64_t seed{1};
    std::uint64_t messages{200'000};
    std::uint32_t people{0};          ///< 0: one for every four messages, at least a thousand
    Day start{20454};                 ///< first local day of the feed; 20454 is 2026-01-01
    int months{3};                    ///< the messages are spread over this many months
    SimulateFormat format{SimulateFormat::mix};
    unsigned systems{12};             ///< sending systems, 1 to 999
    unsigned duplicates{50};          ///< sent again, byte for byte
    unsigned late{300};               ///< delivered minutes to ten days after they were made, so out of order
    unsigned same_time{200};          ///< of the corrections: two with equal times
    std::string out{"-"};             ///< "-": standard output; else a folder, one file per system
    std::vector<std::string> to;      ///< mllp://host:port, http://host:port: send to running gateways instead of writing
    unsigned connections{8};          ///< to each of `to`
};

/// One message as its sender would hand it over.
struct SimulatedMessage {
    std::string system;       ///< "EPJ|RH1": MSH-3|MSH-4, or MessageHeader.source.name
    std::string_view format;  ///< "hl7v2" or "fhir"
    std::string bytes;        ///< HL7 v2 with CR terminators, or one line of JSON; UTF-8 or ISO 8859-1 as the sender declares
    Millis sent{};            ///< when it was made (MSH-7, Bundle.timestamp)
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
    /// Names of the sending systems, in order of their numbers.
    std::vector<std::string> systems() const;

private:
    struct Feed;
    std::unique_ptr<Feed> feed_;
};

/// `sluse simulate`: writes the feed to standard output or a folder, a line feed after each message, or sends it, with a progress bar
/// on a terminal. Returns the exit code: 1 when something was refused, 69 when something was never answered.
int run_simulate(const SimulateOptions& options);

} // namespace sluse
