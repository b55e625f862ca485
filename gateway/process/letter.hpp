// gateway/process/letter.hpp — what one node of the person graph tells another; between partitions it is a record of Topic::facts.
#pragma once

#include "gateway/process/node.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// The message that is behind a change, carried wherever the change goes.
struct Cause {
    Ulid message;
    Millis received_ms{};
    std::string system;
    bool partial{}; ///< tells of contacts only in passing
};

enum class LetterKind : std::uint8_t {
    said = 1,     ///< a message says these facts about the node
    guest = 2,    ///< the sender's facts, to be counted at the node, under the sender's epoch
    withdraw = 3, ///< the sender's facts no longer count at the node
    links = 4,    ///< the sender's link set; without sender: what a message says
};

struct Letter {
    LetterKind kind{};
    std::string to, from; ///< node names
    std::uint64_t epoch{};
    Cause cause;
    std::vector<Fact> facts;
    std::vector<Link> links;
};

/// Format 1. Holds identities: stays inside the boundary.
void encode(const Letter& letter, std::string& out);
std::optional<Letter> decode_letter(std::string_view record);

} // namespace sluse
