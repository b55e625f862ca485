// gateway/journal/stores.cpp — opening the embedded log's two stores, and moving raw records out of the state's where they still lie there.
#include "gateway/journal/stores.hpp"

#include "gateway/base/log_lines.hpp"

#include <algorithm>
#include <cstdlib>

namespace sluse {
namespace {

constexpr std::size_t raw_memtable_bytes = 64u << 20, raw_wal_bytes_max = 96u << 20, raw_cache_bytes = 8u << 20;
constexpr std::size_t move_bytes = 4u << 20;
constexpr unsigned long stored_format = 1; ///< raised when those before could misread what this version writes
constexpr const char* moved_key = "moved"; ///< in the raw store: nothing is left to be taken over

std::string family_name(Topic topic, std::uint32_t partition)
{
    return std::string(name(topic)) + '.' + std::to_string(partition);
}

StoreOptions state_options(const EmbeddedOptions& options, bool with_raw)
{
    StoreOptions wanted;
    wanted.path = options.path;
    wanted.name = "state";
    wanted.cache_bytes = options.cache_bytes;
    wanted.wal_bytes_per_sync = 1u << 20; // a little at a time: a later sync of all of it would hold up the raw store's
    wanted.disk = options.disk;
    wanted.families = {{"meta", FamilyShape::table}, {"state", FamilyShape::state}};
    for (std::size_t topic = 1; topic < topic_count; ++topic) // all but raw, in the order in which place_of() counts
        for (std::uint32_t p = 0; p < options.partitions; ++p) wanted.families.push_back({family_name(static_cast<Topic>(topic), p), compacted(static_cast<Topic>(topic)) ? FamilyShape::table : FamilyShape::log});
    for (std::uint32_t p = 0; with_raw && p < options.partitions; ++p) wanted.families.push_back({family_name(Topic::raw, p), FamilyShape::log});
    return wanted;
}

StoreOptions raw_options(const EmbeddedOptions& options)
{
    StoreOptions wanted;
    wanted.path = options.path + "/raw";
    wanted.name = "raw";
    wanted.cache_bytes = raw_cache_bytes;
    wanted.memtable_bytes = raw_memtable_bytes;
    wanted.wal_bytes_max = raw_wal_bytes_max;
    wanted.disk = options.disk;
    for (std::uint32_t p = 0; p < options.partitions; ++p) wanted.families.push_back({family_name(Topic::raw, p), FamilyShape::log});
    wanted.families.push_back({"meta", FamilyShape::table});
    return wanted;
}

Result<void> check_partitions(Store& state, const EmbeddedOptions& options)
{
    const auto known = state.get(meta_family, "partitions");
    if (!known) return known.error();
    const auto wanted = std::to_string(options.partitions);
    if (known.value() && **known != wanted) {
        return Fault{Errc::bad_config, "storage.partitions: " + options.path + " was made with " + **known + ", not " + wanted +
                                           "; the number is fixed, because a patient's lane must stay where it is"};
    }
    if (known.value()) return {};
    Store::Batch batch(state);
    batch.put(meta_family, "partitions", wanted);
    return state.write(batch, options.sync);
}

/// A version that does not know what lies there must not begin to work on it.
Result<void> check_format(Store& state, const EmbeddedOptions& options)
{
    const auto known = state.get(meta_family, "format");
    if (!known) return known.error();
    if (known.value() && std::strtoul((*known)->c_str(), nullptr, 10) > stored_format) {
        return Fault{Errc::bad_config, "data: " + options.path + " was written by a newer version of Sluse (format " + **known + ", this one reads up to " +
                                           std::to_string(stored_format) + "); install that version again, or restore the copy made before it"};
    }
    if (known.value()) return {};
    Store::Batch batch(state);
    batch.put(meta_family, "format", std::to_string(stored_format));
    return state.write(batch, options.sync);
}

/// From behind what was moved already: records keep their offsets and their bytes.
Result<void> move_partition(Store& from, std::size_t family, Store& to, std::size_t partition)
{
    const auto last = to.last_key(partition);
    if (!last) return last.error();
    auto next = last.value() ? **last + '\0' : std::string();
    for (bool more = true; more;) {
        more = false;
        Store::Batch batch(to);
        const auto read = from.range(family, next, "", [&](std::string_view key, std::string_view value) {
            batch.put(partition, key, value);
            next.assign(key).push_back('\0');
            more = batch.bytes() >= move_bytes;
            return !more;
        });
        if (!read) return read;
        if (const auto written = to.write(batch, false); !written) return written;
    }
    return to.sync();
}

/// The old families go only when all of theirs is on the disk in the new place.
Result<void> move_raw(Stores& stores, const EmbeddedOptions& options)
{
    const std::size_t first = 2 + (topic_count - 1) * options.partitions;
    const auto moved = stores.raw->get(options.partitions, moved_key);
    if (!moved) return moved.error();
    if (!moved.value()) {
        log_lines().info("journal.moving_raw", {{"to", options.path + "/raw"}});
        for (std::uint32_t p = 0; p < options.partitions; ++p)
            if (const auto done = move_partition(*stores.state, first + p, *stores.raw, p); !done) return done;
        Store::Batch batch(*stores.raw);
        batch.put(options.partitions, moved_key, "1");
        if (const auto written = stores.raw->write(batch, true); !written) return written;
    }
    for (std::uint32_t p = options.partitions; p-- > 0;)
        if (const auto dropped = stores.state->drop(first + p); !dropped) return dropped;
    return {};
}

} // namespace

Result<Stores> open_stores(const EmbeddedOptions& options)
{
    const auto present = Store::names(options.path);
    const bool old = std::ranges::find(present, family_name(Topic::raw, 0)) != present.end();
    auto state = Store::open(state_options(options, false));
    if (!state) return state.error();
    if (const auto checked = check_format(**state, options); !checked) return checked.error();
    if (const auto checked = check_partitions(**state, options); !checked) return checked.error();
    if (old) { // opened again with the old families, now that their number is known to be right
        (*state)->close();
        if (state = Store::open(state_options(options, true)); !state) return state.error();
    }
    auto raw = Store::open(raw_options(options));
    if (!raw) return raw.error();
    Stores stores{std::move(*state), std::move(*raw)};
    if (old)
        if (const auto moved = move_raw(stores, options); !moved) return moved.error();
    return stores;
}

} // namespace sluse
