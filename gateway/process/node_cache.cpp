// gateway/process/node_cache.cpp — nodes of the person graph in memory: read from the state, worked on, packed into one text each and back.
#include "gateway/base/codec.hpp"
#include "gateway/process/keys.hpp"
#include "gateway/process/persons_node.hpp"

#include <cstring>
#include <iterator>

namespace sluse {
namespace {

constexpr std::size_t spare_max = 16; ///< nodes whose memory waits for the next

/// What is written last gets its size before it; `scratch` holds it meanwhile.
template <class What> void write_sized(Writer& w, const What& what, std::string& scratch)
{
    scratch.clear();
    encode(what, scratch);
    w.bytes(scratch);
}

void write_facts(Writer& w, const std::vector<Fact>& facts, std::string& scratch)
{
    w.uint(facts.size());
    for (const auto& fact : facts) write_sized(w, fact, scratch);
}

void read_facts(Reader& r, std::vector<Fact>& facts)
{
    facts.resize(static_cast<std::size_t>(r.uint()));
    for (auto& fact : facts) decode_fact(r.bytes(), fact);
}

} // namespace

void Persons::Node::pack(std::string& out, std::string& scratch) const
{
    out.clear();
    Writer w(out);
    w.bytes(record.name);
    w.raw(view(id));
    w.u8(limits);
    w.bytes(pseudonym);
    write_sized(w, record, scratch);
    write_facts(w, own, scratch);
    w.uint(guests.size());
    for (const auto& g : guests) {
        w.raw(view(g.id));
        write_facts(w, g.facts, scratch);
    }
    w.uint(counted.size());
    for (const auto& c : counted) {
        w.uint(c.place);
        w.bytes(c.record);
    }
}

void Persons::Node::unpack(std::string_view packed)
{
    reset();
    Reader r(packed);
    r.bytes(); // the name is in the record as well
    r.raw(id);
    limits = r.u8() != 0;
    pseudonym = r.bytes();
    record = decode_node(r.bytes()).value_or(NodeRecord());
    read_facts(r, own);
    guests.resize(static_cast<std::size_t>(r.uint()));
    for (auto& g : guests) {
        r.raw(g.id);
        read_facts(r, g.facts);
    }
    counted.resize(static_cast<std::size_t>(r.uint()));
    for (auto& c : counted) {
        c.place = static_cast<std::size_t>(r.uint());
        c.record = r.bytes();
    }
}

void Persons::Node::reset()
{
    pseudonym.clear();
    counted_before.clear();
    touched = untouched;
    unwritten = limits = false;
}

Persons::Cache& Persons::cache(std::uint32_t partition)
{
    auto& slot = caches_[partition];
    if (!slot) slot = std::make_unique<Cache>();
    return *slot;
}

void Persons::forget(std::uint32_t partition)
{
    const auto found = caches_.find(partition);
    if (found == caches_.end()) return;
    packed_bytes_ -= found->second->packed.bytes();
    caches_.erase(found);
}

Persons::Node& Persons::node(const std::string& name, Unit& unit)
{
    auto& c = cache(unit.partition());
    if (const auto found = c.by_name.find(name); found != c.by_name.end()) {
        c.nodes.splice(c.nodes.begin(), c.nodes, found->second);
        return c.nodes.front();
    }
    if (c.spare.empty()) c.spare.emplace_front();
    c.nodes.splice(c.nodes.begin(), c.spare, c.spare.begin());
    auto& n = c.nodes.front();
    packed_bytes_ -= c.packed.bytes();
    const auto packed = c.packed.take(name);
    packed_bytes_ += c.packed.bytes();
    if (packed.empty()) load(n, name, unit);
    else n.unpack(packed);
    c.by_name.emplace(n.record.name, c.nodes.begin());
    return n;
}

void Persons::load(Node& n, const std::string& name, Unit& unit)
{
    n.reset();
    n.id = node_id(lane(name));
    n.record = {};
    n.record.name = name;
    n.own.clear();
    n.guests.clear();
    n.counted.clear();
    if (!unit.get(keys::node(n.id, 'n'))) return;
    const auto all = keys::node(n.id);
    unit.scan(all, [&](std::string_view key, std::string_view value) {
        take(n, key[all.size()], key.substr(all.size() + 1), value);
        return true;
    });
}

/// Packs those that were not worked on lately. What counts under packs that are no more is read from the state again.
void Persons::put_away(Cache& c)
{
    packed_bytes_ -= c.packed.bytes();
    while (c.nodes.size() > cache_limits_.ready) {
        const auto last = std::prev(c.nodes.end());
        c.by_name.erase(last->record.name);
        if (cache_limits_.bytes > 0 && last->counted_before.empty()) {
            last->pack(packed_, buffer_);
            c.packed.put(std::string(packed_));
        }
        if (c.spare.size() < spare_max) c.spare.splice(c.spare.begin(), c.nodes, last);
        else c.nodes.erase(last);
    }
    while (packed_bytes_ + c.packed.bytes() > cache_limits_.bytes && !c.packed.empty()) c.packed.drop_oldest();
    packed_bytes_ += c.packed.bytes();
    tell_memory();
}

/// Several workers share the gauge.
void Persons::tell_memory()
{
    memory_.add(static_cast<double>(packed_bytes_) - static_cast<double>(told_bytes_));
    told_bytes_ = packed_bytes_;
}

/// One of a node's keys, as it is stored.
void Persons::take(Node& n, char section, std::string_view rest, std::string_view value)
{
    if (section == 'n') {
        if (auto record = decode_node(value)) n.record = std::move(*record);
    } else if (section == 'f') {
        if (auto fact = decode_fact(value)) n.own.push_back(std::move(*fact));
    } else if (section == 'g') {
        NodeId guest;
        if (rest.size() < guest.size()) return;
        std::memcpy(guest.data(), rest.data(), guest.size());
        if (auto fact = decode_fact(value)) n.guest(guest).facts.push_back(std::move(*fact));
    } else if (section == 'c') {
        const auto pack = line_by_key_.find(rest);
        if (pack != line_by_key_.end()) take_counted(n, pack->second, value);
        else n.counted_before.emplace_back(rest, decode_contributions(value).value_or(std::vector<Contribution>()));
    } else if (section == 'w') {
        n.limits = true;
    }
}

} // namespace sluse
