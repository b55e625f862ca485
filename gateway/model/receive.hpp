// gateway/model/receive.hpp — the one way in: every listener hands whole messages here and gets the acknowledgement back.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/model/answer.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// One message as a listener has it.
struct Delivery {
    std::string bytes;
    std::string_view borrowed; ///< instead of `bytes`, which are then empty: needed only until receive() returns
    std::string via;    ///< "mllp", "http", "file"
    std::string format; ///< adapter name; empty: recognise
    std::string system; ///< when the listener knows it (certificate, port, folder); empty: what the message says
    std::string peer;   ///< address, for limits and logs
    /// Names in the client's certificate; null when the connection asked for none, so that nothing is bound to it.
    std::shared_ptr<const std::vector<std::string>> certificate_names;
    std::string_view text() const { return bytes.empty() ? borrowed : std::string_view(bytes); }
};

/// As reports and the API write it.
constexpr std::string_view word(Answer answer)
{
    switch (answer) {
    case Answer::accepted: return "accepted";
    case Answer::content_error: return "content-error";
    case Answer::refused: return "refused";
    case Answer::store_failed: return "store-failed";
    }
    return "refused";
}

/// What to tell the sender.
struct Receipt {
    Answer answer{};
    std::string reply;  ///< the format's own acknowledgement; empty when none is expected
    Ulid id;            ///< under which it is found: journalled, or refused and kept; zero when it is not
    std::string format, system, type, control_id;
    Issues issues;
    Millis pause_ms{};  ///< the system is over its rate: read no further from this peer for so long
};

/// Check → journal → acknowledge (design, decision 2). Thread-safe. Counts received = acknowledged + refused per system.
class Receiver {
public:
    virtual ~Receiver() = default;
    /// `done` is called exactly once, possibly from the journal's thread, possibly before receive() returns.
    virtual void receive(Delivery delivery, std::function<void(Receipt)> done) = 0;
};

} // namespace sluse
