// gateway/process/rules.hpp — a set of maps and indicators as the journal knows it: by hash, activated by a record, archived for replay.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/indicators/packs.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/normalise/maps.hpp"
#include "gateway/normalise/registers/registers.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace sluse {

/// Everything under schemas/ that processing depends on. Immutable; shared between threads.
struct Rules {
    std::string hash; ///< over the maps' and the packs' hashes
    std::shared_ptr<const Maps> maps;
    std::shared_ptr<const Packs> packs;
    std::shared_ptr<const Registers> registers{}; ///< null: none were supplied
};

/// Compiles the set below `schemas`, with the registers in `codes` (empty: in schemas/codes/registers, if there are any); null when an
/// issue is an error.
std::shared_ptr<const Rules> load_rules(const std::filesystem::path& schemas, Issues& issues, const std::filesystem::path& codes = {});

/// Keeps a copy of each set that was ever active, in a folder named by its hash, and compiles one when a replay asks for it.
/// Thread-safe.
class RulesArchive {
public:
    explicit RulesArchive(std::filesystem::path folder) : folder_(std::move(folder)) {}
    /// Copies the set's files, whole or not at all, and remembers it as compiled.
    Result<void> keep(const std::filesystem::path& schemas, std::shared_ptr<const Rules> rules, const std::filesystem::path& codes = {});
    /// Null when the set is not in the archive or no longer compiles.
    std::shared_ptr<const Rules> find(const std::string& hash);

private:
    std::filesystem::path folder_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const Rules>> compiled_;
};

/// Key of the raw records that activate a set; no message has it (theirs are lanes).
constexpr std::string_view activation_key = "sluse.rules";
/// Raw record that activates a set in a partition; everything after it in that partition is processed under it.
std::string activation_record(const std::string& hash, const Ulid& id, Millis at);
/// The set active at a partition's committed offset; empty: none yet.
std::string active_rules(State& state);
/// Activation records processed in a partition; they are no messages, the balance leaves them out.
std::uint64_t activations(State& state);

/// Hands each record to the processor made for the set that is active at that record, whatever set the process was started with:
/// a replay is the same replay. Before the first activation, and where a set is lost, `fallback` is used (and counted as such).
struct RuledOptions {
    std::shared_ptr<const Rules> fallback;
    RulesArchive* archive{}; ///< outlives the processor
    std::function<std::unique_ptr<Processor>(const Rules&)> make;
    /// Called when a partition changes its set, or gets its first, inside the unit: what the new set counts differently is to be filled in.
    std::function<void(Processor& now, Unit& unit, const Ulid& cause, Millis at, bool first)> back_fill;
};
std::unique_ptr<Processor> make_ruled_processor(RuledOptions options);
/// The processor that a ruled one uses in the unit's partition now; `processor` itself when it is not a ruled one.
Processor& active_processor(Processor& processor, Unit& unit);

} // namespace sluse
