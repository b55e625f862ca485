// gateway/intake/mllp_listener.hpp — HL7 v2 over MLLP and MLLP over TLS: many connections, pipelined, answered in order.
#pragma once

#include "gateway/base/metrics.hpp"
#include "gateway/model/receive.hpp"
#include "gateway/net/io_threads.hpp"
#include "gateway/net/tls.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluse {

struct MllpOptions {
    std::string name{"mllp"};            ///< label in metrics and logs
    std::string address{"127.0.0.1"};
    std::uint16_t port{2575};            ///< 0: any free one
    std::string system;                  ///< when only one system may use this port; empty: what each message says
    std::optional<TlsOptions> tls;
    bool insecure_plaintext{false};      ///< plaintext beyond loopback, said explicitly
    std::size_t connections_max{4096}, connections_per_address_max{4096};
    std::size_t message_bytes_max{16u << 20};
    std::size_t window_messages_max{256};      ///< received and not yet answered, a connection
    std::size_t window_bytes_max{4u << 20};    ///< as above; one message may always be under way
    std::size_t in_flight_bytes_max{48u << 20}; ///< as above, all connections; keep it below the journal's append_bytes_max
    std::size_t buffer_bytes_max{512u << 20};  ///< frames not yet whole, all connections
    Millis handshake_max{10 * second_ms};
    Millis idle_max{10 * minute_ms};     ///< between frames
    Millis mid_frame_max{30 * second_ms}; ///< from a frame's first byte to its last, and a second more for each 64 KiB
    Millis answer_max{60 * second_ms};   ///< for the journal; past it the connection is closed unanswered
    Millis write_max{30 * second_ms};    ///< for the peer to take an answer
    Millis sweep{100};                   ///< how often deadlines are looked at
};

/// What forbids these options; empty when they may be used. Plaintext beyond loopback needs insecure_plaintext.
Issues validate(const MllpOptions& options);

/// Accepts on its own. Everything it is given outlives it; it goes before the IoThreads stop. A slow or silent peer costs a socket and
/// about a kilobyte.
class MllpListener {
public:
    static Result<std::unique_ptr<MllpListener>> open(const MllpOptions& options, IoThreads& io, Receiver& receiver, Metrics& metrics);
    virtual ~MllpListener() = default; ///< closes
    virtual std::uint16_t port() const = 0;
    virtual std::size_t connections() const = 0;
    /// Accepts no more, lets every connection finish the frame that it has begun, answers what is under way, closes; true when all
    /// have gone within the time. Blocks; not from an I/O thread.
    virtual bool drain(Millis at_most) = 0;
    /// Closes every connection at once: a second signal. Blocks until they have gone.
    virtual void close() = 0;
    /// Certificates again from their files, for new connections.
    virtual Result<void> reload_tls() = 0;
};

} // namespace sluse
