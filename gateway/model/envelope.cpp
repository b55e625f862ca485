// gateway/model/envelope.cpp — the raw log's record format, version 1:
// u8 version · 16 bytes id · sint received_ms · bytes system, format, type, control id, via · u8 has_person · 32 bytes lane · bytes message.
#include "gateway/model/envelope.hpp"

#include "gateway/base/codec.hpp"

#include <cstring>

namespace sluse {

void encode(const Envelope& e, std::string& out)
{
    encode(e, e.bytes, out);
}

void encode(const Envelope& e, std::string_view bytes, std::string& out)
{
    out.reserve(out.size() + bytes.size() + 160);
    Writer w(out);
    w.u8(1);
    w.raw({reinterpret_cast<const char*>(e.id.bytes.data()), e.id.bytes.size()});
    w.sint(e.received_ms);
    for (const auto* text : {&e.system, &e.format, &e.type, &e.control_id, &e.via}) w.bytes(*text);
    w.u8(e.lane.has_person ? 1 : 0);
    w.raw(view(e.lane.digest));
    w.bytes(bytes);
}

Result<Envelope> decode_envelope(std::string_view record)
{
    Reader r(record);
    if (r.u8() != 1) return Fault{Errc::storage, "envelope: unknown record version"};
    Envelope e;
    const auto id = r.raw(16);
    if (r.ok()) std::memcpy(e.id.bytes.data(), id.data(), 16);
    e.received_ms = r.sint();
    for (auto* text : {&e.system, &e.format, &e.type, &e.control_id, &e.via}) *text = r.bytes();
    e.lane.has_person = r.u8() != 0;
    const auto lane = r.raw(32);
    if (r.ok()) std::memcpy(e.lane.digest.data(), lane.data(), 32);
    e.bytes = r.bytes();
    if (!r.ok() || !r.done()) return Fault{Errc::storage, "envelope: record is cut or has trailing bytes"};
    return e;
}

} // namespace sluse
