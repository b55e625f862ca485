// gateway/process/own_records.hpp — what the gateway tells itself: records of its own in the journal, numbers of its own in a partition's state.
#pragma once

#include "gateway/base/codec.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/model/envelope.hpp"

#include <string>
#include <string_view>

namespace sluse {

/// A raw record that came from no system. `kind` is its key in the journal and its format; `bytes` what it says.
inline std::string own_record(std::string_view kind, std::string_view via, const Ulid& id, Millis at, std::string_view bytes = {})
{
    Envelope envelope;
    envelope.id = id;
    envelope.received_ms = at;
    envelope.system = "sluse";
    envelope.format = kind;
    envelope.via = via;
    envelope.bytes = bytes;
    std::string record;
    encode(envelope, record);
    return record;
}

/// 0 until it is put.
inline std::uint64_t number(State& state, std::string_view key)
{
    const auto text = state.get(key);
    return text ? get_be(*text) : 0;
}

inline void put_number(State& state, std::string_view key, std::uint64_t value)
{
    std::string text;
    put_be(text, value, 8);
    state.put(key, text);
}

} // namespace sluse
