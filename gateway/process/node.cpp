// gateway/process/node.cpp — link sets as joins, components, and the stored form of nodes and contributions (format 1).
#include "gateway/process/node.hpp"

#include "gateway/base/codec.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace sluse {
namespace {

auto ends(const Link& l)
{
    return std::tie(l.a, l.b);
}

void write(Writer& w, const Version& v)
{
    w.sint(v.recorded_ms);
    w.sint(v.sent_ms);
    w.uint(v.position);
}

Version read_version(Reader& r)
{
    Version v;
    v.recorded_ms = r.sint();
    v.sent_ms = r.sint();
    v.position = r.uint();
    return v;
}

constexpr std::string Dimensions::*dimension_members[] = {&Dimensions::region, &Dimensions::municipality, &Dimensions::unit, &Dimensions::sex, &Dimensions::age_band};

} // namespace

NodeId node_id(const Lane& lane)
{
    NodeId id;
    std::memcpy(id.data(), lane.digest.data(), id.size());
    return id;
}

std::string_view view(const NodeId& id)
{
    return {reinterpret_cast<const char*>(id.data()), id.size()};
}

IdentifierRank rank_of_node(std::string_view name)
{
    const auto cut = name.rfind('|');
    return PersonIdentifier{std::string(name.substr(0, cut)), {}}.rank();
}

LinkMerge merge_links(std::vector<Link>& known, std::span<const Link> incoming)
{
    LinkMerge result;
    std::size_t shared = 0;
    const auto before = known.size();
    for (const auto& news : incoming) {
        const auto at = std::ranges::lower_bound(known, ends(news), {}, ends);
        if (at == known.end() || ends(*at) != ends(news)) {
            known.insert(at, news);
            result.changed = result.touched = true;
            continue;
        }
        ++shared;
        const bool differs = at->active != news.active;
        if (news.newer_than(*at)) {
            result.changed |= differs;
            result.touched = true;
            *at = news;
        } else if (differs) {
            result.lacks = true;
        }
    }
    result.lacks |= shared < before;
    return result;
}

std::vector<std::string> names_in(std::span<const Link> links)
{
    std::vector<std::string> names;
    for (const auto& l : links) {
        names.push_back(l.a);
        names.push_back(l.b);
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::vector<std::string> component_of(std::span<const Link> links, std::string_view start)
{
    std::vector<std::string> found{std::string(start)};
    const auto add = [&](const std::string& name) {
        if (std::ranges::find(found, name) == found.end()) found.push_back(name);
    };
    for (std::size_t i = 0; i < found.size(); ++i)
        for (const auto& l : links) {
            if (!l.active) continue;
            if (l.a == found[i]) add(l.b);
            else if (l.b == found[i]) add(l.a);
        }
    return found;
}

void encode_links(std::span<const Link> links, std::string& out)
{
    Writer w(out);
    w.uint(links.size());
    for (const auto& l : links) {
        w.bytes(l.a);
        w.bytes(l.b);
        w.u8(l.active ? 1 : 0);
        write(w, l.version);
    }
}

bool decode_links(Reader& r, std::vector<Link>& links)
{
    const auto count = r.uint();
    if (!r.ok() || count > r.rest().size()) return false;
    links.resize(static_cast<std::size_t>(count));
    for (auto& l : links) {
        l.a = r.bytes();
        l.b = r.bytes();
        l.active = r.u8() != 0;
        l.version = read_version(r);
    }
    return r.ok();
}

void encode(const NodeRecord& n, std::string& out)
{
    Writer w(out);
    w.u8(1);
    w.bytes(n.name);
    w.uint(n.epoch);
    w.bytes(n.root);
    w.uint(n.sequence);
    encode_links(n.links, out);
    w.uint(n.guests.size());
    for (const auto& g : n.guests) {
        w.raw(view(g.id));
        w.uint(g.epoch);
    }
}

std::optional<NodeRecord> decode_node(std::string_view record)
{
    Reader r(record);
    if (r.u8() != 1) return {};
    NodeRecord n;
    n.name = r.bytes();
    n.epoch = r.uint();
    n.root = r.bytes();
    n.sequence = r.uint();
    if (!decode_links(r, n.links)) return {};
    const auto count = r.uint();
    if (!r.ok() || count > r.rest().size()) return {};
    n.guests.resize(static_cast<std::size_t>(count));
    for (auto& g : n.guests) {
        const auto id = r.raw(g.id.size());
        if (r.ok()) std::memcpy(g.id.data(), id.data(), id.size());
        g.epoch = r.uint();
    }
    return r.ok() && r.done() ? std::optional(std::move(n)) : std::nullopt;
}

void encode_contributions(std::span<const Contribution> contributions, std::string& out)
{
    Writer w(out);
    w.u8(1);
    w.uint(contributions.size());
    for (const auto& c : contributions) {
        w.bytes(c.episode);
        w.sint(c.counts_day);
        w.sint(c.matures_day);
        w.sint(c.numerator);
        w.sint(c.denominator);
        w.u8(c.has_value ? 1 : 0);
        w.sint(c.value);
        for (const auto member : dimension_members) w.bytes(c.dims.*member);
    }
}

std::optional<std::vector<Contribution>> decode_contributions(std::string_view record)
{
    Reader r(record);
    if (r.u8() != 1) return {};
    const auto count = r.uint();
    if (!r.ok() || count > r.rest().size()) return {};
    std::vector<Contribution> all(static_cast<std::size_t>(count));
    for (auto& c : all) {
        c.episode = r.bytes();
        c.counts_day = static_cast<Day>(r.sint());
        c.matures_day = static_cast<Day>(r.sint());
        c.numerator = r.sint();
        c.denominator = r.sint();
        c.has_value = r.u8() != 0;
        c.value = r.sint();
        for (const auto member : dimension_members) c.dims.*member = r.bytes();
    }
    return r.ok() && r.done() ? std::optional(std::move(all)) : std::nullopt;
}

} // namespace sluse
