// gateway/process/said_again.cpp — its stored form: u8 format · uint size · 8 bytes hash · base · newest; versions as in facts.
#include "gateway/process/said_again.hpp"

#include "gateway/model/version_codec.hpp"

#include <functional>

namespace sluse {
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
    write_version(w, said.base);
    write_version(w, said.newest);
}

std::optional<SaidAgain> decode_said_again(std::string_view record)
{
    Reader r(record);
    if (r.u8() != 1) return {};
    SaidAgain said;
    said.size = r.uint();
    said.hash = get_be(r.raw(8));
    said.base = read_version(r);
    said.newest = read_version(r);
    return r.ok() && r.done() ? std::optional(said) : std::nullopt;
}

} // namespace sluse
