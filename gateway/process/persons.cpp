// gateway/process/persons.cpp — letters between nodes until all is quiet, then one evaluation of each root that was touched.
#include "gateway/process/persons_node.hpp"

#include "gateway/process/keys.hpp"
#include "gateway/timeline/courses.hpp"

#include <algorithm>
#include <tuple>

namespace sluse {
namespace {

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

Fact* insert(std::vector<Fact>& facts, Fact news)
{
    const auto at = std::ranges::lower_bound(facts, name_of(news), {}, name_of);
    return &*facts.insert(at, std::move(news));
}

/// Is it PersonIdentifier::node()? Without making that text.
bool names(const std::string& node, const PersonIdentifier& person)
{
    const auto& [system, value] = person;
    return node.size() == system.size() + 1 + value.size() && node.starts_with(system) && node[system.size()] == '|' && node.ends_with(value);
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

} // namespace

void join_into(std::vector<Fact>& facts, const Fact& news)
{
    if (auto* known = find(facts, news)) join(*known, news);
    else insert(facts, news);
}

Persons::Persons(std::shared_ptr<const Packs> packs, const Keys& keys, const CacheLimits& cache)
    : packs_(std::move(packs)), keys_(keys), signals_(packs_, keys), cache_limits_(cache), memory_(memory_gauge("persons")), touch_(*packs_), reading_(packs_->read(timeline_))
{
    for (const auto& pack : packs_->packs()) lines_.push_back(line_of(pack, lines_.size()));
    for (std::size_t i = 0; i < lines_.size(); ++i) line_by_key_.emplace(lines_[i].key, i);
}

Persons::~Persons()
{
    packed_bytes_ = 0;
    tell_memory();
}

void Settled::clear()
{
    events.clear();
    ties = links_refused = faults = 0;
    after_tombstone.clear();
    impossible.clear();
}

/// Places in touched_ are used again: their sets keep their memory.
PartSet& Persons::touch(Node& n, unsigned kinds)
{
    if (n.touched == Node::untouched) {
        n.touched = touched_count_++;
        if (touched_.size() < touched_count_) touched_.emplace_back(Touched{nullptr, PartSet(packs_->packs().size()), 0});
        touched_[n.touched].node = &n;
        touched_[n.touched].parts.clear();
        touched_[n.touched].kinds = 0;
    }
    touched_[n.touched].kinds |= kinds;
    return touched_[n.touched].parts;
}

/// Whoever is in the cache lives here, and that is found out faster than a lane.
bool Persons::at_home(const std::string& name, Unit& unit)
{
    if (unit.partitions() == 1) return true;
    const auto& c = cache(unit.partition());
    return c.by_name.contains(name) || c.packed.contains(name);
}

/// Same partition: it waits in the queue; another's: it goes out as mail.
void Persons::post(Letter&& letter, Unit& unit)
{
    if (at_home(letter.to, unit)) return queue_.push_back(std::move(letter));
    const auto to = lane(letter.to);
    const auto home = to.partition(unit.partitions());
    if (home == unit.partition()) return queue_.push_back(std::move(letter));
    buffer_.clear();
    encode(letter, buffer_);
    unit.send(Topic::facts, home, hex(view(node_id(to))), buffer_);
}

const Settled& Persons::say(const Cause& cause, std::vector<Said>& said, std::vector<Link> links, Unit& unit)
{
    settled_.clear();
    letters_.clear();
    for (auto& one : said) { // gathered first, so that each person gets one letter
        auto letter = std::ranges::find_if(letters_, [&](const Letter& l) { return names(l.to, one.person); });
        if (letter == letters_.end()) {
            letter = letters_.emplace(letters_.end());
            letter->kind = LetterKind::said;
            letter->to = one.person.node();
            letter->cause = cause;
            letter->facts.reserve(said.size());
        }
        letter->facts.push_back(std::move(one.fact));
    }
    for (auto& letter : letters_) post(std::move(letter), unit);
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
    settled_.clear();
    auto letter = decode_letter(record);
    if (!letter) return false;
    const auto cause = letter->cause;
    queue_.push_back(std::move(*letter));
    settle(cause, unit);
    return true;
}

void Persons::write(Node& n, Unit& unit)
{
    if (!std::exchange(n.unwritten, false)) return;
    buffer_.clear();
    encode(n.record, buffer_);
    unit.put(keys::node(n.id, 'n'), buffer_);
}

void Persons::settle(const Cause& cause, Unit& unit)
{
    cause_ = cause;
    while (!queue_.empty()) {
        auto letter = std::move(queue_.front());
        queue_.pop_front();
        handle(letter, unit);
    }
    looked_at_ = nullptr;
    for (std::size_t i = 0; i < touched_count_; ++i) {
        auto& n = *touched_[i].node;
        evaluate(n, touched_[i].parts, cause, unit);
        if (touched_[i].kinds & signals_.kinds()) signal(n, cause, unit);
        write(n, unit);
        n.touched = Node::untouched;
    }
    touched_count_ = 0;
    put_away(cache(unit.partition()));
}

void Persons::handle(Letter& letter, Unit& unit)
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

void Persons::on_said(Node& n, Letter& letter, Unit& unit)
{
    std::vector<Fact> onward;
    bool dead = false, impossible = false;
    if (n.own.empty()) n.unwritten = true; // the record is what says that the node exists
    for (auto& news : letter.facts) {
        auto* known = find(n.own, news);
        dead |= !letter.cause.partial && tells_of_the_cancelled(known, news);
        impossible |= impossible_next(known, news);
        const auto fact = join_own(n, known, std::move(news));
        if (!fact) continue;
        buffer_.clear();
        encode(*fact, buffer_);
        unit.put(keys::fact(n.id, *fact), buffer_);
        if (!n.record.root.empty()) onward.push_back(*fact);
    }
    if (dead) settled_.after_tombstone.push_back(letter.cause);
    if (impossible) settled_.impossible.push_back(letter.cause);
    if (!onward.empty()) tell_root(n, std::move(onward), letter.cause, unit);
}

/// Joins, and marks what the change can reach: whatever the fact reached before, and whatever it does now. Null: nothing new.
const Fact* Persons::join_own(Node& n, Fact* known, Fact&& news)
{
    if (known && !brings_news(*known, news)) return nullptr;
    if (n.has_guests()) { // their sayings of the same thing may decide what it is: not to be judged by ours
        touch(n, bit(news.kind)).add(touch_.of(news.kind));
        if (!known) return insert(n.own, std::move(news));
        join(*known, news, &settled_.ties);
        return known;
    }
    if (!known) {
        known = insert(n.own, std::move(news));
    } else {
        before_ = touch_.of(*known);
        if (!join(*known, news, &settled_.ties) && !version_decides(n.own, news)) return known;
        touch(n, bit(known->kind)).add(before_);
    }
    touch(n, bit(known->kind)).add(touch_.of(*known));
    return known;
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
            touch(n, bit(f.kind)).add(touch_.of(f.kind));
        }
        held.facts.clear();
    }
    for (const auto& news : letter.facts) {
        auto* fact = find(held.facts, news);
        if (fact && !brings_news(*fact, news)) continue;
        if (fact) join(*fact, news);
        else fact = insert(held.facts, news);
        buffer_.clear();
        encode(*fact, buffer_);
        unit.put(keys::guest_fact(n.id, id, *fact), buffer_);
        touch(n, bit(fact->kind)).add(touch_.of(fact->kind)); // also when only a version grew: it decides between this guest's saying and another's
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
    touch(n, all_kinds).add(touch_.all());
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

} // namespace sluse
