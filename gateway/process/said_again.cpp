// gateway/process/said_again.cpp — its stored form: u8 format · uint size · 8 bytes hash · base · newest; versions as in facts.
#include "gateway/process/said_again.hpp"

#include "gateway/base/codec.hpp"

#include <functional>

namespace sluse {
namespace {

void write(Writer& w, const Version& v)
{
    w.sint(v.recorded_ms);
    w.sint(v.sent_ms);
    w.uint(v.position);
}

Version read(Reader& r)
{
    Version v;
    v.recorded_ms = r.sint();
    v.sent_ms = r.sint();
    v.position = r.uint();
    return v;
}

} // namespace

bool SaidAgain::is(std::string_view json) const
{
    return json.size() == size && std::hash<std::string_view>()(json) == hash;
}

SaidAgain said_now(std::string_view json, const Version& version)
{
    return {std::hash<std::string_view>()(json), json.size(), version, version};
}

void encode(const SaidAgain& said, std::string& out)
{
    Writer w(out);
    w.u8(1);
    w.uint(said.size);
    put_be(out, said.hash, 8);
    write(w, said.base);
    write(w, said.newest);
}

std::optional<SaidAgain> decode_said_again(std::string_view record)
{
    Reader r(record);
    if (r.u8() != 1) return {};
    SaidAgain said;
    said.size = r.uint();
    said.hash = get_be(r.raw(8));
    said.base = read(r);
    said.newest = read(r);
    return r.ok() && r.done() ? std::optional(said) : std::nullopt;
}

} // namespace sluse
