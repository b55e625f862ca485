// gateway/intake/receiver.hpp — recognise → check → journal → acknowledge: the one implementation of the way in.
#pragma once

#include "adapters/adapter.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/intake/systems.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/model/receive.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace sluse {

/// A message that was not taken, for an operator to look at. `bytes` hold identities: keep it inside the boundary.
struct Refused {
    Ulid id;
    Millis received_ms{};
    std::string system, format, type, control_id, via, peer;
    Answer answer{};
    Issues issues;
    std::string bytes;
};

struct ReceiverOptions {
    std::span<const Adapter> adapters;       ///< sluse::adapters(), or a test's own
    HmacKey lane_key = Keys::demonstration().lane;
    std::shared_ptr<const Systems> systems = std::make_shared<Systems>();
    const Clock* clock = &system_clock();
    Metrics* metrics = &sluse::metrics();
    /// Called from any I/O thread with what was refused for its content or its sender; must be quick.
    std::function<void(const Refused&)> keep_refused;
    unsigned kept_per_minute_max = 600;      ///< a system; beyond it refused messages are counted, not kept: a broken sender must not fill the disk
    /// Hash of the bytes that the lane last accepted under this system and control id. Asked only for systems that refuse reuse,
    /// and only when the window in memory does not know.
    std::function<std::optional<Digest>(const Lane& lane, std::string_view system, std::string_view control_id)> known_control_id;
    std::size_t control_ids_max = 100'000;   ///< in memory, for those systems
    std::size_t systems_max = 600;           ///< distinct names counted on their own; the rest share "other"
};

/// The Receiver over a Log. `reload` swaps the systems; messages under way keep the old ones. The log and the metrics outlive it; it
/// outlives every listener and every append it has started (close the log first).
class JournalReceiver : public Receiver {
public:
    virtual void reload(std::shared_ptr<const Systems> systems) = 0;
    virtual std::shared_ptr<const Systems> systems() const = 0;
};
std::unique_ptr<JournalReceiver> make_receiver(Log& log, ReceiverOptions options);

} // namespace sluse
