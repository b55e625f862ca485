// gateway/serve/intake.hpp — messages that come over HTTP: what is let in, and what the sender is told.
#pragma once

#include "gateway/serve/routes.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace sluse::serve {

constexpr std::size_t messages_per_request_max = 1000;

/// Refuses what cannot be a message by its headers alone; empty when the body may be read.
std::optional<Reply> check_intake_header(const Route& route, std::string_view content_type);

/// The body as deliveries, or why not.
struct Split {
    std::vector<Delivery> deliveries;
    Issues issues; ///< of the body as a whole, not of one of its messages
    std::optional<Reply> refused;
};
Split split_body(const ApiSources& sources, const Route& route, const Call& call);

/// Hands all to the receiver at once, so that they share a sync; `done` is called once, when the last is answered.
void receive_all(Receiver& receiver, std::vector<Delivery> deliveries, std::function<void(std::vector<Receipt>)> done);

/// What the receipts and the body's own issues mean in HTTP. 2xx only when every message is durable and checked, and none is missed.
Reply intake_reply(const Route& route, const std::vector<Receipt>& receipts, const Issues& whole, const Call& call);

} // namespace sluse::serve
