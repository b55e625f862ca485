// gateway/explain/person.cpp — reads a person out of the process stage's state, and names contributions.
#include "gateway/explain/person.hpp"

#include "gateway/base/ascii.hpp"
#include "gateway/base/codec.hpp"
#include "gateway/process/keys.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace sluse {
namespace {

void join_all(std::vector<Fact>& facts, Fact news)
{
    const auto same = [&](const Fact& f) { return f.kind == news.kind && f.key == news.key; };
    const auto known = std::ranges::find_if(facts, same);
    if (known == facts.end()) facts.push_back(std::move(news));
    else join(*known, news);
}

std::optional<NodeId> parse_node(std::string_view text)
{
    NodeId id;
    if (text.size() != 2 * id.size()) return {};
    for (std::size_t i = 0; i < id.size(); ++i) {
        const int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) return {};
        id[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return id;
}

} // namespace

std::optional<KeptPerson> person_at(Log& log, std::uint32_t partition, const NodeId& id)
{
    std::optional<KeptPerson> out;
    if (partition >= log.partitions()) return out;
    log.inspect(partition, [&](State& state) {
        const auto stored = state.get(keys::node(id, 'n'));
        auto record = stored ? decode_node(*stored) : std::nullopt;
        if (!record) return;
        out = KeptPerson{id, partition, std::move(*record), {}};
        for (const char section : {'f', 'g'})
            state.scan(keys::node(id, section), [&](std::string_view, std::string_view value) {
                if (auto fact = decode_fact(value)) join_all(out->facts, std::move(*fact));
                return true;
            });
    });
    if (out) std::ranges::sort(out->facts, {}, [](const Fact& f) { return std::tie(f.kind, f.key); });
    return out;
}

std::optional<KeptPerson> person_at(Log& log, const HmacKey& lane, std::string_view node)
{
    const auto home = lane_of(lane, node);
    return person_at(log, home.partition(log.partitions()), node_id(home));
}

std::optional<KeptPerson> root_of(Log& log, const HmacKey& lane, std::string_view node)
{
    auto person = person_at(log, lane, node);
    if (!person || person->record.root.empty()) return person;
    return person_at(log, lane, person->record.root);
}

std::optional<std::size_t> pack_at(const Packs& packs, std::string_view indicator, std::string_view version)
{
    std::optional<std::size_t> found; // the last loaded when no version is asked for
    for (std::size_t i = 0; i < packs.packs().size(); ++i)
        if (packs.packs()[i].id == indicator && (version.empty() || packs.packs()[i].version == version)) found = i;
    return found;
}

std::string pack_key(const Pack& pack)
{
    return pack.id + '@' + pack.version;
}

std::string hash_of(const Contribution& contribution)
{
    std::string bytes;
    encode_contributions({&contribution, 1}, bytes);
    return hex(view(sha256(bytes)).substr(0, 8));
}

std::string text_of(const ContributionRef& ref)
{
    return std::to_string(ref.partition) + '~' + hex(view(ref.node)) + '~' + ref.pack + '~' + ref.hash;
}

std::optional<ContributionRef> parse_ref(std::string_view text)
{
    std::vector<std::string_view> parts;
    for (std::size_t from = 0;;) {
        const auto end = text.find('~', from);
        parts.push_back(text.substr(from, end - from));
        if (end == text.npos) break;
        from = end + 1;
    }
    if (parts.size() != 4) return {};
    ContributionRef ref;
    const auto [end, error] = std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), ref.partition);
    const auto node = parse_node(parts[1]);
    if (error != std::errc() || end != parts[0].data() + parts[0].size() || !node) return {};
    ref.node = *node;
    ref.pack = parts[2];
    ref.hash = parts[3];
    return ref;
}

} // namespace sluse
