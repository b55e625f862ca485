// gateway/process/counters.hpp — per system, what became of its messages; committed with the work itself, so the balance is exact.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluse {

/// Of one system in one partition; the API adds the partitions up. accepted = normalised + filtered + duplicates + quarantined +
/// parked + discarded + waiting + joined holds in every committed state; what is pending is the log's end less its commit.
struct SystemCounters {
    std::uint64_t accepted{};    ///< raw records worked on
    std::uint64_t normalised{}, filtered{}, duplicates{};
    std::uint64_t quarantined{}; ///< failed, now held
    std::uint64_t parked{};      ///< behind a failed one of the same patient and system, now held
    std::uint64_t discarded{};   ///< taken out of quarantine by an operator
    std::uint64_t control_id_reused{}, equal_content{}, ties{}, after_tombstone{};
    std::uint64_t unmapped{};    ///< fields
    std::uint64_t issues{};
    std::uint64_t links_refused{}, pack_faults{};
    std::uint64_t mojibake{};    ///< messages whose letters look read in the wrong character set
    std::uint64_t waiting{};     ///< parts of a message whose other parts have not come yet
    std::uint64_t joined{};      ///< parts that were mapped as one with the first part of their message
    std::uint64_t impossible_courses{}; ///< notifications that tell what cannot come next of a stay; taken all the same
    std::uint64_t last_received_ms{};
    std::map<std::string, std::uint64_t, std::less<>> unmapped_by_path; ///< at most unmapped_paths_max; the rest is in `unmapped` only

    static constexpr std::size_t unmapped_paths_max = 256;
    void add(const SystemCounters& other);
    std::uint64_t settled() const { return normalised + filtered + duplicates + quarantined + parked + discarded + waiting + joined; }
};

struct CounterName {
    const char* name;
    std::uint64_t SystemCounters::*member;
};
/// Every counter by its name in the API and the metrics, in the stored order.
extern const CounterName counter_names[19];

void encode(const SystemCounters& counters, std::string& out);
std::optional<SystemCounters> decode_counters(std::string_view record);

} // namespace sluse
