// gateway/process/persons.cpp — letters between nodes until all is quiet, then one evaluation of each root that was touched.
#include "gateway/process/persons.hpp"

#include "gateway/process/inspect.hpp"
#include "gateway/process/keys.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <tuple>

namespace sluse {
namespace {

constexpr unsigned all_kinds = ~0u;
unsigned bit(FactKind kind)
{
    return 1u << static_cast<unsigned>(kind);
}

auto name_of(const Fact& f)
{
    return std::tie(f.kind, f.key);
}

/// Whether the sayings would leave a trace: only then is anything written or sent on.
bool brings_news(const Fact& known, const Fact& news)
{
    return std::ranges::any_of(news.attributes, [&](const Attribute& n) {
        const auto at = std::ranges::lower_bound(known.attributes, n.attr, {}, &Attribute::attr);
        return at == known.attributes.end() || at->attr != n.attr || n.version > at->version;
    });
}

Fact* find(std::vector<Fact>& facts, const Fact& like)
{
    const auto at = std::ranges::lower_bound(facts, name_of(like), {}, name_of);
    return at == facts.end() || name_of(*at) != name_of(like) ? nullptr : &*at;
}

/// Joins into a sorted set of facts. Null when there was nothing new in it; else the joined fact, with `changed` set when a value did.
const Fact* join_into(std::vector<Fact>& facts, const Fact& news, bool& changed, std::uint64_t* ties = nullptr)
{
    auto* known = find(facts, news);
    if (!known) {
        changed = true;
        return &*facts.insert(std::ranges::lower_bound(facts, name_of(news), {}, name_of), news);
    }
    const bool anything = brings_news(*known, news);
    changed |= join(*known, news, ties);
    return anything ? known : nullptr;
}

/// Whether a newer saying of the same values can still change a number: of several addresses the newest said holds, and a contact's
/// list of diagnoses takes out those that are older.
bool version_decides(const std::vector<Fact>& own, const Fact& news)
{
    switch (news.kind) {
    case FactKind::residence: return std::ranges::count(own, FactKind::residence, &Fact::kind) > 1;
    case FactKind::contact: return news.find(Attr::diagnoses) != nullptr;
    case FactKind::diagnosis: return true;
    default: return false;
    }
}

bool tells_of_the_cancelled(const Fact* known, const Fact& news)
{
    return known && news.kind == FactKind::contact && known->number(Attr::cancelled) == 1 && !news.find(Attr::cancelled);
}

/// What a contribution's value is counted in, beside the unit in which the pack shows it.
std::string_view value_unit(const Pack& pack)
{
    if (pack.value_scale == 1) return pack.unit;
    return pack.unit == "days" && pack.value_scale == 1440 ? "min" : "1";
}

std::string event_id(const IndicatorEvent& e, std::uint64_t epoch)
{
    std::string text;
    for (const std::string_view part : {std::string_view(e.person), std::string_view(e.key_id), std::string_view(e.indicator), std::string_view(e.version), std::string_view(e.cause)}) {
        text += part;
        text += '\x1f';
    }
    put_be(text, epoch, 8);
    put_be(text, e.sequence, 8);
    return hex(view(sha256(text)).substr(0, 16));
}

std::string key_of(const Pack& pack)
{
    return pack.id + '@' + pack.version;
}

} // namespace

/// A node as worked on: always equal to what the unit would read back, so that it can be dropped at any time between records.
struct Persons::Node {
    struct GuestFacts {
        NodeId id{};
        std::vector<Fact> facts; ///< sorted by kind, key
    };
    NodeId id{};
    NodeRecord record;
    std::vector<Fact> own; ///< sorted by kind, key
    std::vector<GuestFacts> guests;
    std::vector<std::vector<Contribution>> counted; ///< per pack
    std::vector<std::pair<std::string, std::vector<Contribution>>> counted_before; ///< under packs that are no more
    std::string pseudonym;
    unsigned dirty{};    ///< kinds whose facts changed since the last evaluation
    bool touched{};      ///< in touched_
    bool unwritten{};    ///< the record changed

    std::string_view name() const { return record.name; }
    bool has_guests() const
    {
        return std::ranges::any_of(guests, [](const GuestFacts& g) { return !g.facts.empty(); });
    }
    GuestFacts& guest(const NodeId& guest)
    {
        const auto at = std::ranges::find(guests, guest, &GuestFacts::id);
        return at != guests.end() ? *at : guests.emplace_back(GuestFacts{guest, {}});
    }
};

/// Least recently used first out; nodes do not move while they are in.
struct Persons::Cache {
    std::list<Node> nodes; ///< newest first
    std::unordered_map<std::string, std::list<Node>::iterator> by_name;
};

Persons::Persons(std::shared_ptr<const Packs> packs, const Keys& keys, std::size_t cache_nodes_max)
    : packs_(std::move(packs)), keys_(keys), cache_nodes_max_(cache_nodes_max)
{
    for (const auto& pack : packs_->packs()) {
        pack_keys_.push_back(key_of(pack));
        unsigned kinds = 0;
        for (const auto kind : pack.uses) kinds |= bit(kind);
        pack_kinds_.push_back(kinds);
    }
}

Persons::~Persons() = default;

Persons::Cache& Persons::cache(std::uint32_t partition)
{
    auto& slot = caches_[partition];
    if (!slot) slot = std::make_unique<Cache>();
    return *slot;
}

void Persons::forget(std::uint32_t partition)
{
    caches_.erase(partition);
}

Persons::Node& Persons::node(const std::string& name, Unit& unit)
{
    auto& c = cache(unit.partition());
    if (const auto found = c.by_name.find(name); found != c.by_name.end()) {
        c.nodes.splice(c.nodes.begin(), c.nodes, found->second);
        return c.nodes.front();
    }
    auto& n = c.nodes.emplace_front();
    n.record.name = name;
    n.id = node_id(lane(name));
    n.counted.resize(pack_keys_.size());
    load(n, unit);
    c.by_name.emplace(name, c.nodes.begin());
    return n;
}

void Persons::load(Node& n, Unit& unit)
{
    const auto stored = unit.get(keys::node(n.id, 'n'));
    if (!stored) return;
    if (auto record = decode_node(*stored)) n.record = std::move(*record);
    unit.scan(keys::node(n.id, 'f'), [&](std::string_view, std::string_view value) {
        if (auto fact = decode_fact(value)) n.own.push_back(std::move(*fact));
        return true;
    });
    const auto guests = keys::node(n.id, 'g');
    if (!n.record.guests.empty())
        unit.scan(guests, [&](std::string_view key, std::string_view value) {
            NodeId id;
            std::memcpy(id.data(), key.data() + guests.size(), id.size());
            if (auto fact = decode_fact(value)) n.guest(id).facts.push_back(std::move(*fact));
            return true;
        });
    const auto counted = keys::node(n.id, 'c');
    unit.scan(counted, [&](std::string_view key, std::string_view value) {
        const auto pack = std::ranges::find(pack_keys_, key.substr(counted.size()));
        auto contributions = decode_contributions(value).value_or(std::vector<Contribution>());
        if (pack != pack_keys_.end()) n.counted[static_cast<std::size_t>(pack - pack_keys_.begin())] = std::move(contributions);
        else n.counted_before.emplace_back(key.substr(counted.size()), std::move(contributions));
        return true;
    });
}

void Persons::touch(Node& n, unsigned kinds)
{
    n.dirty |= kinds;
    if (n.touched) return;
    n.touched = true;
    touched_.push_back(&n);
}

/// Same partition: it waits in the queue; another's: it goes out as mail.
void Persons::post(Letter letter, Unit& unit)
{
    const auto to = lane(letter.to);
    const auto home = to.partition(unit.partitions());
    if (home == unit.partition()) return queue_.push_back(std::move(letter));
    buffer_.clear();
    encode(letter, buffer_);
    unit.send(Topic::facts, home, hex(view(node_id(to))), buffer_);
}

const Settled& Persons::say(const Cause& cause, std::vector<Said>& said, std::vector<Link> links, Unit& unit)
{
    settled_ = {};
    for (auto& one : said) {
        const auto name = one.person.node();
        const auto same = std::ranges::find_if(queue_, [&](const Letter& l) { return l.to == name; });
        if (same != queue_.end()) {
            same->facts.push_back(std::move(one.fact));
            continue;
        }
        auto& letter = queue_.emplace_back();
        letter.kind = LetterKind::said;
        letter.to = name;
        letter.cause = cause;
        letter.facts.push_back(std::move(one.fact));
    }
    // Gathered in the queue first, so that each person gets one letter; those that live elsewhere then leave.
    for (auto own = std::exchange(queue_, {}); auto& letter : own) post(std::move(letter), unit);
    for (auto& link : links) {
        if (link.a == link.b) continue;
        if (link.b < link.a) std::swap(link.a, link.b);
        Letter letter;
        letter.kind = LetterKind::links;
        letter.to = rank_of_node(link.b) < rank_of_node(link.a) ? link.b : link.a; // the better end passes it on
        letter.cause = cause;
        letter.links.push_back(std::move(link));
        post(std::move(letter), unit);
    }
    settle(cause, unit);
    return settled_;
}

bool Persons::receive(std::string_view record, Unit& unit)
{
    settled_ = {};
    auto letter = decode_letter(record);
    if (!letter) return false;
    const auto cause = letter->cause;
    queue_.push_back(std::move(*letter));
    settle(cause, unit);
    return true;
}

void Persons::settle(const Cause& cause, Unit& unit)
{
    cause_ = cause;
    while (!queue_.empty()) {
        const auto letter = std::move(queue_.front());
        queue_.pop_front();
        handle(letter, unit);
    }
    for (auto* n : touched_) {
        evaluate(*n, cause, unit);
        if (n->unwritten) {
            buffer_.clear();
            encode(n->record, buffer_);
            unit.put(keys::node(n->id, 'n'), buffer_);
        }
        n->unwritten = n->touched = false;
    }
    touched_.clear();
    auto& c = cache(unit.partition());
    while (c.nodes.size() > cache_nodes_max_) {
        c.by_name.erase(c.nodes.back().record.name);
        c.nodes.pop_back();
    }
}

void Persons::handle(const Letter& letter, Unit& unit)
{
    auto& n = node(letter.to, unit);
    touch(n, 0);
    switch (letter.kind) {
    case LetterKind::said: return on_said(n, letter, unit);
    case LetterKind::guest:
    case LetterKind::withdraw: return on_guest(n, letter, unit);
    case LetterKind::links: return on_links(n, letter, unit);
    }
}

void Persons::on_said(Node& n, const Letter& letter, Unit& unit)
{
    std::vector<Fact> onward;
    bool dead = false;
    if (n.own.empty()) n.unwritten = true; // the record is what says that the node exists
    for (const auto& news : letter.facts) {
        dead |= !letter.cause.partial && tells_of_the_cancelled(find(n.own, news), news);
        bool changed = false;
        const auto* fact = join_into(n.own, news, changed, &settled_.ties);
        if (!fact) continue;
        buffer_.clear();
        encode(*fact, buffer_);
        unit.put(keys::fact(n.id, *fact), buffer_);
        // With guests a version alone can matter: it decides between our saying and theirs.
        if (changed || n.has_guests() || version_decides(n.own, news)) touch(n, bit(fact->kind));
        if (!n.record.root.empty()) onward.push_back(*fact);
    }
    if (dead) settled_.after_tombstone.push_back(letter.cause);
    if (!onward.empty()) tell_root(n, std::move(onward), letter.cause, unit);
}

void Persons::tell_root(Node& n, std::vector<Fact> facts, const Cause& cause, Unit& unit)
{
    Letter letter;
    letter.kind = LetterKind::guest;
    letter.to = n.record.root;
    letter.from = n.record.name;
    letter.epoch = n.record.epoch;
    letter.cause = cause;
    letter.facts = std::move(facts);
    post(std::move(letter), unit);
}

void Persons::on_guest(Node& n, const Letter& letter, Unit& unit)
{
    const auto id = node_id(lane(letter.from));
    auto guest = std::ranges::find(n.record.guests, id, &Guest::id);
    if (guest == n.record.guests.end()) guest = n.record.guests.insert(guest, Guest{id, 0});
    if (letter.epoch < guest->epoch) return; // told before it moved on
    auto& held = n.guest(id);
    if (letter.epoch > guest->epoch) {
        guest->epoch = letter.epoch;
        n.unwritten = true;
        for (const auto& f : held.facts) {
            unit.erase(keys::guest_fact(n.id, id, f));
            touch(n, bit(f.kind));
        }
        held.facts.clear();
    }
    for (const auto& news : letter.facts) {
        bool changed = false;
        const auto* fact = join_into(held.facts, news, changed);
        if (!fact) continue;
        buffer_.clear();
        encode(*fact, buffer_);
        unit.put(keys::guest_fact(n.id, id, *fact), buffer_);
        touch(n, bit(fact->kind)); // also when only a version grew: it decides between this guest's saying and another's
    }
}

void Persons::on_links(Node& n, const Letter& letter, Unit& unit)
{
    const auto limit = letter.from.empty() ? links_max : 4 * links_max;
    if (n.record.links.size() >= limit) {
        // A number that everybody got (9999999999) is no identity; joining all who have it would make one patient of them.
        const auto fresh = [&](const Link& l) { return std::ranges::none_of(n.record.links, [&](const Link& k) { return k.a == l.a && k.b == l.b; }); };
        if (std::ranges::any_of(letter.links, fresh)) {
            ++settled_.links_refused;
            return;
        }
    }
    const auto merged = merge_links(n.record.links, letter.links);
    n.unwritten |= merged.touched;
    const auto tell = [&](const std::string& name) {
        Letter reply;
        reply.kind = LetterKind::links;
        reply.to = name;
        reply.from = n.record.name;
        reply.cause = letter.cause;
        reply.links = n.record.links;
        post(std::move(reply), unit);
    };
    // Whoever lacks what we know has been told already, when we learnt it or when we learnt of them.
    if (!merged.changed) return;
    for (const auto& name : names_in(n.record.links))
        if (name != n.name() && (name != letter.from || merged.lacks)) tell(name);
    choose_root(n, letter.cause, unit);
}

void Persons::choose_root(Node& n, const Cause& cause, Unit& unit)
{
    const auto better = [&](const std::string& a, const std::string& b) {
        const auto ra = rank_of_node(a), rb = rank_of_node(b);
        return ra != rb ? ra < rb : lane(a).digest < lane(b).digest;
    };
    const auto component = component_of(n.record.links, n.name());
    auto root = *std::ranges::min_element(component, better);
    if (root == n.name()) root.clear();
    if (root == n.record.root) return;

    const auto before = std::exchange(n.record.root, std::move(root));
    ++n.record.epoch;
    n.unwritten = true;
    touch(n, all_kinds);
    if (!before.empty() && !n.own.empty()) {
        Letter letter;
        letter.kind = LetterKind::withdraw;
        letter.to = before;
        letter.from = n.record.name;
        letter.epoch = n.record.epoch;
        letter.cause = cause;
        post(std::move(letter), unit);
    }
    if (!n.record.root.empty() && !n.own.empty()) tell_root(n, n.own, cause, unit);
}

void Persons::evaluate(Node& n, const Cause& cause, Unit& unit)
{
    const auto dirty = std::exchange(n.dirty, 0u);
    if (!dirty) return;
    const bool counts = n.record.root.empty();
    std::vector<Fact> joined;
    if (counts && n.has_guests()) {
        joined = n.own;
        bool changed = false;
        for (const auto& g : n.guests)
            for (const auto& f : g.facts) join_into(joined, f, changed);
    }
    const auto timeline = counts ? timeline_of(joined.empty() ? n.own : joined) : Timeline();
    const auto reading = packs_->read(timeline);
    for (std::size_t pack = 0; pack < pack_keys_.size(); ++pack) {
        if (!(pack_kinds_[pack] & dirty)) continue;
        std::vector<Contribution> now;
        try {
            if (counts) now = reading->evaluate(pack);
        } catch (const std::exception&) {
            ++settled_.faults; // a bug in a pack must not stop the partition; its last good numbers stand
            continue;
        }
        std::ranges::sort(now);
        publish(n, pack, std::move(now), cause, unit);
    }
}

void Persons::publish(Node& n, std::size_t pack, std::vector<Contribution> now, const Cause& cause, Unit& unit)
{
    auto& before = n.counted[pack];
    if (before == now) return;
    std::vector<Contribution> gone, come;
    std::ranges::set_difference(before, now, std::back_inserter(gone));
    std::ranges::set_difference(now, before, std::back_inserter(come));
    for (const auto& c : gone) emit(n, pack_keys_[pack], c, -1, cause, unit);
    for (const auto& c : come) emit(n, pack_keys_[pack], c, +1, cause, unit);
    before = std::move(now);
    const auto key = keys::contributions(n.id, pack_keys_[pack]);
    if (before.empty()) return unit.erase(key);
    buffer_.clear();
    encode_contributions(before, buffer_);
    unit.put(key, buffer_);
}

void Persons::emit(Node& n, std::string_view pack_key, const Contribution& c, int sign, const Cause& cause, Unit& unit)
{
    if (n.pseudonym.empty()) n.pseudonym = pseudonym_of(keys_, n.name());
    n.unwritten = true;
    IndicatorEvent e;
    const auto at = pack_key.find('@');
    e.indicator = pack_key.substr(0, at);
    e.version = pack_key.substr(at + 1);
    e.sign = sign;
    e.contribution = c;
    e.contribution.episode = episode_pseudonym_of(keys_, n.name(), c.episode);
    const auto pack = std::ranges::find(pack_keys_, pack_key);
    e.unit = pack == pack_keys_.end() ? "1" : value_unit(packs_->packs()[static_cast<std::size_t>(pack - pack_keys_.begin())]);
    e.person = n.pseudonym;
    e.key_id = keys_.pseudonym_id;
    e.sequence = ++n.record.sequence;
    e.cause = cause.message.text();
    e.system = cause.system;
    e.rule = pack_key;
    e.received_ms = cause.received_ms;
    // The sequence tells apart what one message causes by several letters; a replay counts it the same way.
    e.id = event_id(e, n.record.epoch);
    unit.send(Topic::events, unit.partition(), e.person, to_cloud_event(e));
    settled_.events.push_back({e.indicator, e.version, sign, e.sequence, e.person, e.contribution});
}

std::size_t Persons::refresh(std::uint8_t slice, const Cause& cause, Unit& unit)
{
    settled_ = {};
    std::vector<std::string> names;
    std::string prefix = "P";
    prefix += static_cast<char>(slice);
    unit.scan(prefix, [&](std::string_view key, std::string_view value) {
        if (key.size() != 18 || key[17] != 'n') return true;
        if (const auto record = decode_node(value)) names.push_back(record->name);
        return true;
    });
    for (const auto& name : names) {
        auto& n = node(name, unit);
        touch(n, all_kinds);
        for (auto& [pack, contributions] : std::exchange(n.counted_before, {})) {
            for (const auto& c : contributions) emit(n, pack, c, -1, cause, unit);
            unit.erase(keys::contributions(n.id, pack));
        }
        settle(cause, unit);
    }
    return names.size();
}

} // namespace sluse
