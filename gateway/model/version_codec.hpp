// gateway/model/version_codec.hpp — the two stored forms of a Version: in full, and with the time of sending as its distance from that of recording.
#pragma once

#include "gateway/base/codec.hpp"
#include "gateway/model/fact.hpp"

namespace sluse {

inline void write_version(Writer& w, const Version& v)
{
    w.sint(v.recorded_ms);
    w.sint(v.sent_ms);
    w.uint(v.position);
}

inline Version read_version(Reader& r)
{
    Version v;
    v.recorded_ms = r.sint();
    v.sent_ms = r.sint();
    v.position = r.uint();
    return v;
}

/// Shorter: a message is mostly sent when it is recorded. To a Writer or a QuickWriter. Damage may hold any number: both ways count without overflow.
template <class Out> void write_version_by_delay(Out& w, const Version& v)
{
    w.sint(v.recorded_ms);
    w.sint(static_cast<std::int64_t>(static_cast<std::uint64_t>(v.sent_ms) - static_cast<std::uint64_t>(v.recorded_ms)));
    w.uint(v.position);
}

inline Version read_version_by_delay(Reader& r)
{
    Version v;
    v.recorded_ms = r.sint();
    const auto delay = static_cast<std::uint64_t>(r.sint());
    v.sent_ms = static_cast<Millis>(static_cast<std::uint64_t>(v.recorded_ms) + delay);
    v.position = r.uint();
    return v;
}

} // namespace sluse
