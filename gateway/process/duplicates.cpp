// gateway/process/duplicates.cpp — state: D + 16 bytes of hash(system, control id) → per saying 16 bytes of SHA-256, sint received.
#include "gateway/process/duplicates.hpp"

#include "gateway/base/codec.hpp"

#include <string>
#include <vector>

namespace sluse {
namespace {

constexpr std::size_t digest_bytes = 16;
constexpr std::size_t remembered_max = 32; ///< per control id; a system that sends one id for all it sends must not grow a value

std::string key_of(std::string_view system, std::string_view control_id, std::string_view digest)
{
    std::string name(system);
    name += '\x1f';
    name += control_id.empty() ? digest : control_id;
    std::string key = "D";
    key += view(sha256(name)).substr(0, digest_bytes);
    return key;
}

struct Saying {
    std::string_view digest;
    Millis received_ms{};
};

std::vector<Saying> sayings_in(std::string_view record)
{
    std::vector<Saying> all;
    for (Reader r(record); r.ok() && !r.done();) {
        const auto digest = r.raw(digest_bytes);
        const auto at = r.sint();
        if (r.ok()) all.push_back({digest, at});
    }
    return all;
}

} // namespace

Seen check_duplicate(Unit& unit, std::string_view system, std::string_view control_id, std::string_view bytes, Millis received_ms, Millis window_ms)
{
    const auto whole = sha256(bytes);
    const auto digest = view(whole).substr(0, digest_bytes);
    const auto key = key_of(system, control_id, digest);
    const auto stored = unit.get(key);
    auto sayings = stored ? sayings_in(*stored) : std::vector<Saying>();
    std::erase_if(sayings, [&](const Saying& s) { return s.received_ms < received_ms - window_ms; });
    for (const auto& s : sayings)
        if (s.digest == digest) return Seen::duplicate;
    if (sayings.size() >= remembered_max) sayings.erase(sayings.begin());
    const auto result = sayings.empty() ? Seen::first : Seen::reused;
    sayings.push_back({digest, received_ms});
    std::string record;
    Writer w(record);
    for (const auto& s : sayings) {
        w.raw(s.digest);
        w.sint(s.received_ms);
    }
    unit.put(key, record);
    return result;
}

void sweep_duplicates(Unit& unit, std::uint8_t slice, Millis now, Millis window_ms)
{
    const std::string prefix{'D', static_cast<char>(slice)};
    std::vector<std::string> gone;
    unit.scan(prefix, [&](std::string_view key, std::string_view record) {
        bool held = false;
        for (const auto& s : sayings_in(record)) held |= s.received_ms >= now - window_ms;
        if (!held) gone.emplace_back(key);
        return true;
    });
    for (const auto& key : gone) unit.erase(key);
}

} // namespace sluse
