// gateway/journal/embedded_keys.hpp — keys and record bytes of the embedded log; stored state as a source for units.
#pragma once

#include "gateway/base/codec.hpp"
#include "gateway/journal/packed_value.hpp"
#include "gateway/journal/stores.hpp"
#include "gateway/journal/unit.hpp"

namespace sluse {

inline std::string offset_key(std::uint64_t offset)
{
    std::string key;
    put_be(key, offset, 8);
    return key;
}

inline std::string partition_key(char kind, std::uint32_t partition)
{
    std::string key(1, kind);
    put_be(key, partition, 2);
    return key;
}

/// What stands before a record's value: timestamp and key.
inline void encode_head(Millis timestamp, std::string_view key, std::string& out)
{
    out.clear();
    Writer writer(out);
    writer.sint(timestamp);
    writer.bytes(key);
}

/// The record as it is stored: the head in `head`, and what follows it, which lies in `value` or in `packed`.
inline std::string_view encode_record(Millis timestamp, std::string_view key, std::string_view value, std::string& head, std::string& packed)
{
    encode_head(timestamp, key, head);
    packed.clear();
    if (!pack(value, packed)) return value;
    head.insert(0, packed_mark);
    return packed;
}

inline bool decode_record(std::string_view stored, Record& record)
{
    const bool packed = stored.starts_with(packed_mark);
    Reader reader(packed ? stored.substr(packed_mark.size()) : stored);
    record.timestamp = reader.sint();
    record.key = reader.bytes();
    if (packed) return reader.ok() && unpack(reader.rest(), record.value);
    record.value = reader.rest();
    return reader.ok();
}

/// One partition's keys in a store. A read that fails leaves its fault here: absent and unreadable are not the same.
class StoredState final : public StateSource {
public:
    StoredState(Store& store, std::size_t family, std::uint32_t partition) : store_(store), family_(family)
    {
        put_be(key_, partition, 2);
    }
    std::optional<std::string> get(std::string_view key) override
    {
        auto value = store_.get(family_, whole(key));
        if (value) return std::move(*value);
        fault_ = value.error();
        return std::nullopt;
    }
    void scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& each) override
    {
        const std::string from(whole(prefix)); // a copy: the callback may read, which reuses key_
        const auto done = store_.scan(family_, from, [&](std::string_view key, std::string_view value) { return each(key.substr(2), value); });
        if (!done) fault_ = done.error();
    }
    std::string_view whole(std::string_view key)
    {
        key_.resize(2);
        key_ += key;
        return key_;
    }
    const std::optional<Fault>& fault() const { return fault_; }

private:
    Store& store_;
    std::size_t family_;
    std::string key_;
    std::optional<Fault> fault_;
};

} // namespace sluse
