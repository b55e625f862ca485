// gateway/process/said_again.cpp — its stored form: u8 format · uint size · 16 bytes digest · base · newest; versions as in facts.
#include "gateway/process/said_again.hpp"

#include "gateway/model/version_codec.hpp"

#include "gateway/base/ids.hpp"

#include <algorithm>

namespace sluse {
namespace {

using ShortDigest = decltype(SaidAgain::digest);

ShortDigest digest_of(std::string_view json)
{
    const auto whole = sha256(json);
    ShortDigest digest;
    std::copy_n(whole.begin(), digest.size(), digest.begin());
    return digest;
}

} // namespace

bool SaidAgain::is(std::string_view json) const
{
    return json.size() == size && digest_of(json) == digest;
}

SaidAgain said_now(std::string_view json, const Version& version)
{
    return {digest_of(json), json.size(), version, version};
}

void encode(const SaidAgain& said, std::string& out)
{
    Writer w(out);
    w.u8(2);
    w.uint(said.size);
    w.raw(said.digest);
    write_version(w, said.base);
    write_version(w, said.newest);
}

std::optional<SaidAgain> decode_said_again(std::string_view record)
{
    Reader r(record);
    const auto format = r.u8();
    if (format != 1 && format != 2) return {};
    SaidAgain said;
    said.size = r.uint();
    std::ranges::copy(r.raw(format == 1 ? 8 : said.digest.size()), said.digest.begin()); // the first format's hash is no digest: it equals none
    said.base = read_version(r);
    said.newest = read_version(r);
    return r.ok() && r.done() ? std::optional(said) : std::nullopt;
}

} // namespace sluse
