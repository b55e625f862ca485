// adapters/receipts.hpp — acknowledgements that come as messages of their own: which earlier message they name, and by what that may be named.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

enum class Verdict : std::uint8_t {
    accepted = 1,
    later = 2,   ///< its receiver could not take it yet; a final word may follow
    refused = 3,
};
std::string_view name(Verdict outcome);

/// What an acknowledgement says of one earlier message.
struct Acknowledged {
    std::string id;     ///< as its sender called it: the letter's, the MessageHeader's, the envelope's
    std::string sender; ///< who sent it, as Checked::system would name them; empty: not said, and not needed to tell it
    Verdict outcome{};
    std::string text;   ///< why it is not accepted
};

struct Receipts {
    std::vector<std::string> names;          ///< by which a later acknowledgement may name this message; empty: none will come
    std::vector<Acknowledged> acknowledged;  ///< when this message is an acknowledgement
};

} // namespace sluse
