// gateway/model/receive.hpp — the one way in: every listener hands whole messages here and gets the acknowledgement back.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/base/result.hpp"
#include "gateway/model/answer.hpp"

#include <functional>
#include <string>

namespace sluse {

/// One message as a listener has it.
struct Delivery {
    std::string bytes;
    std::string via;    ///< "mllp", "http", "file"
    std::string format; ///< adapter name; empty: recognise
    std::string system; ///< when the listener knows it (certificate, port, folder); empty: what the message says
    std::string peer;   ///< address, for limits and logs
};

/// What to tell the sender.
struct Receipt {
    Answer answer{};
    std::string reply;  ///< the format's own acknowledgement; empty when none is expected
    Ulid id;            ///< zero when refused
    std::string format, system, type, control_id;
    Issues issues;
};

/// Check → journal → acknowledge (design, decision 2). Thread-safe. Counts received = acknowledged + refused per system.
class Receiver {
public:
    virtual ~Receiver() = default;
    /// `done` is called exactly once, possibly from the journal's thread, possibly before receive() returns.
    virtual void receive(Delivery delivery, std::function<void(Receipt)> done) = 0;
};

} // namespace sluse
