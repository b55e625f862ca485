// tests/process/history.hpp — random message logs about a few persons, a naive batch over them, and its cells. Shares no code with the stream.
#pragma once

#include "gateway/indicators/definition.hpp"
#include "gateway/indicators/packs.hpp"
#include "gateway/model/fact.hpp"
#include "gateway/model/person.hpp"

#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace sluse::history {

using Cells = std::map<std::string, std::array<std::int64_t, 3>>; ///< "indicator day municipality unit" → numerator, denominator, value

enum class Says { admit, update, discharge, cancel, reopen, move_house, link, unlink };

/// One message of a made-up system; times in hours. What is negative is not said.
struct Message {
    Says says{};
    int person{};  ///< the identifier it comes under, 0 …
    int about{};   ///< the identifier it tells of; mostly the same
    int contact{}; ///< or the other identifier of a link
    int start{-1}, end{-1}, unit{-1}, municipality{-1}, acute{-1};
    Millis recorded{}, sent{};
};

inline PersonIdentifier identifier(int person)
{
    // The first two are CPR numbers, the third a replacement number, the others local: all ranks of root.
    if (person < 2) return {std::string(cpr_system), "010858999" + std::to_string(person)};
    if (person == 2) return {std::string(xecpr_system), "0703921VJ4"};
    return {"urn:sluse:id:EPJ:patient", "L" + std::to_string(person)};
}

inline std::string describe(const Message& m)
{
    static constexpr const char* names[] = {"admit", "update", "discharge", "cancel", "reopen", "move", "link", "unlink"};
    std::string out = names[static_cast<int>(m.says)];
    const auto add = [&](const char* name, int value) {
        if (value >= 0) out += std::string(" ") + name + "=" + std::to_string(value);
    };
    add("under", m.person);
    add("about", m.about);
    add("contact", m.contact);
    add("start", m.start);
    add("end", m.end);
    add("unit", m.unit);
    add("municipality", m.municipality);
    add("acute", m.acute);
    return out + " recorded=" + std::to_string(m.recorded) + " sent=" + std::to_string(m.sent);
}

/// The attributes a message says, as the stream's fact: the one thing both sides are given.
inline std::vector<Fact> facts(const Message& m, std::uint64_t position)
{
    const Version v{m.recorded, m.sent, position};
    if (m.says == Says::link || m.says == Says::unlink) return {};
    if (m.says == Says::move_house)
        return {{FactKind::residence, std::to_string(m.start) + '|' + std::to_string(m.municipality),
                 {{Attr::municipality, std::to_string(m.municipality), v}, {Attr::valid_from_day, std::int64_t{m.start / 24}, v}}}};
    Fact f{FactKind::contact, "V" + std::to_string(m.contact), {}};
    if (m.says == Says::cancel) f.attributes.push_back({Attr::cancelled, std::int64_t{1}, v});
    if (m.says == Says::admit) f.attributes.push_back({Attr::cancelled, std::int64_t{0}, v});
    if (m.start >= 0) f.attributes.push_back({Attr::start_ms, m.start * hour_ms, v});
    if (m.says == Says::reopen) f.attributes.push_back({Attr::end_ms, std::monostate{}, v});
    else if (m.end >= 0) f.attributes.push_back({Attr::end_ms, m.end * hour_ms, v});
    if (m.acute >= 0) f.attributes.push_back({Attr::priority, std::string(m.acute ? "A" : "EL"), v});
    if (m.unit >= 0) f.attributes.push_back({Attr::unit, std::to_string(m.unit), v});
    if (f.attributes.empty()) return {};
    return {f};
}

struct Random {
    std::mt19937 engine;
    int operator()(int below) { return static_cast<int>(engine() % static_cast<unsigned>(below)); }
    bool one_in(int n) { return (*this)(n) == 0; }
};

/// `ties`: clocks of minutes, so that messages have equal times.
inline std::vector<Message> random_history(Random& random, int length, int persons, bool ties)
{
    std::vector<Message> log;
    for (int i = 0; i < length; ++i) {
        Message m;
        m.person = random(persons);
        m.about = random.one_in(8) ? random(persons) : m.person;
        m.contact = random(4);
        m.recorded = ties ? random(6) : 1000 + i;
        m.sent = m.recorded + (ties ? random(2) : 0);
        // Contacts lie up to 80 days apart; a correction may move one to where another is.
        const int start = (random.one_in(4) ? random(5) : m.contact) * 20 * 24 + random(30);
        switch (random(12)) {
        case 0:
        case 1:
        case 10: m.says = Says::admit; m.start = start; m.acute = random(2); m.unit = random(2); break;
        case 2:
            m.says = Says::update;
            m.start = random.one_in(2) ? start : -1;
            m.end = random.one_in(2) ? start + random(40) : -1;
            m.unit = random.one_in(3) ? random(2) : -1;
            break;
        case 3:
        case 4:
        case 11: m.says = Says::discharge; m.end = start + 4 + random(60); break;
        case 5: m.says = Says::cancel; break;
        case 6: m.says = Says::reopen; break;
        case 7: m.says = Says::move_house; m.start = random(4) * 24 * 20; m.municipality = random(3); break;
        default:
            m.says = random.one_in(3) ? Says::unlink : Says::link;
            m.contact = random(persons);
            m.about = m.person;
        }
        log.push_back(m);
    }
    return log;
}

/// One message as it came to stand in the journal.
struct Stored {
    Message message;
    std::uint64_t position{};
};

/// The batch: newest saying by looking at all of them, components by flooding, stays by growing each from its earliest contact.
class Batch {
public:
    explicit Batch(std::vector<Stored> log) : log_(std::move(log)) {}

    Cells cells() const
    {
        Cells all;
        std::set<int> done;
        for (const auto& s : log_)
            for (const int p : {s.message.person, s.message.about})
                if (!done.contains(p)) {
                    const auto group = everyone_with(p);
                    done.insert(group.begin(), group.end());
                    count(group, all);
                }
        std::erase_if(all, [](const auto& c) { return c.second == std::array<std::int64_t, 3>{}; });
        return all;
    }

private:
    using When = std::tuple<Millis, Millis, std::uint64_t>;
    using Group = std::set<int>;
    static When when(const Stored& s) { return {s.message.recorded, s.message.sent, s.position}; }

    bool linked(int a, int b) const
    {
        const Stored* newest = nullptr;
        for (const auto& s : log_) {
            const auto& m = s.message;
            if (m.says != Says::link && m.says != Says::unlink) continue;
            if (!((m.person == a && m.contact == b) || (m.person == b && m.contact == a))) continue;
            if (!newest || when(s) > when(*newest)) newest = &s;
        }
        return newest && newest->message.says == Says::link;
    }

    Group everyone_with(int person) const
    {
        Group group{person};
        for (bool grown = true; grown;) {
            grown = false;
            for (int other = 0; other < 8; ++other)
                for (const int member : Group(group))
                    if (!group.contains(other) && linked(member, other)) grown = group.insert(other).second;
        }
        return group;
    }

    /// Newest of what is said of a contact under any identifier of the group; `value` gives nothing when a message does not say it,
    /// −2 when it deletes it.
    template <class Value> std::optional<int> newest(const Group& group, int contact, Value value) const
    {
        std::optional<std::pair<When, int>> best;
        for (const auto& s : log_) {
            const auto& m = s.message;
            if (!group.contains(m.about) || m.says >= Says::move_house || m.contact != contact) continue;
            const std::optional<int> said = value(m);
            if (said && (!best || when(s) > best->first)) best = {when(s), *said};
        }
        return best && best->second != -2 ? std::optional(best->second) : std::nullopt;
    }

    static std::optional<int> said(int value) { return value >= 0 ? std::optional(value) : std::nullopt; }
    static std::optional<int> said_cancelled(const Message& m)
    {
        if (m.says == Says::cancel) return 1;
        return m.says == Says::admit ? std::optional(0) : std::nullopt;
    }

    std::string home(const Group& group, int day) const
    {
        int first = 1 << 30;
        for (const auto& s : log_)
            if (group.contains(s.message.about) && s.message.says == Says::move_house) first = std::min(first, s.message.start / 24);
        const Stored* best = nullptr;
        for (const auto& s : log_) {
            const auto& m = s.message;
            if (!group.contains(m.about) || m.says != Says::move_house || m.start / 24 > std::max(day, first)) continue;
            if (!best || when(s) > when(*best)) best = &s;
        }
        return best ? std::to_string(best->message.municipality) : "";
    }

    struct Contact {
        int contact{}, start{}, end{-1}, acute{}, unit{-1};
        std::pair<int, int> order() const { return {start, contact}; }
    };
    struct Stay {
        int start{}, end{}, acute{};
        std::pair<int, int> last;
        int unit{};
        bool admission() const { return end >= 0 && end - start >= 12; }
    };

    std::vector<Contact> contacts_of(const Group& group) const
    {
        std::vector<Contact> contacts;
        for (int c = 0; c < 4; ++c) {
            const auto start = newest(group, c, [](const Message& m) { return said(m.start); });
            if (newest(group, c, said_cancelled) == 1 || !start) continue;
            const auto end = newest(group, c, [](const Message& m) { return m.says == Says::reopen ? std::optional(-2) : said(m.end); });
            const auto acute = newest(group, c, [](const Message& m) { return said(m.acute); });
            const auto unit = newest(group, c, [](const Message& m) { return said(m.unit); });
            contacts.push_back({c, *start, end ? std::max(*end, *start) : -1, acute.value_or(0), unit.value_or(-1)});
        }
        return contacts;
    }

    static std::vector<Stay> stays(std::vector<Contact> contacts)
    {
        std::vector<Stay> all;
        while (!contacts.empty()) {
            const auto first = std::min_element(contacts.begin(), contacts.end(), [](auto& a, auto& b) { return a.order() < b.order(); });
            Stay stay{first->start, first->end, first->acute, first->order(), first->unit};
            contacts.erase(first);
            for (bool grown = true; grown;) {
                grown = false;
                for (auto c = contacts.begin(); c != contacts.end() && !grown; ++c) {
                    if (stay.end >= 0 && c->start - stay.end > 4) continue;
                    stay.end = stay.end < 0 || c->end < 0 ? -1 : std::max(stay.end, c->end);
                    if (c->order() > stay.last) {
                        stay.last = c->order();
                        stay.unit = c->unit;
                    }
                    contacts.erase(c);
                    grown = true;
                    break;
                }
            }
            all.push_back(stay);
        }
        return all;
    }

    void count(const Group& group, Cells& all) const
    {
        const auto found = stays(contacts_of(group));
        for (const auto& s : found) {
            if (!s.admission()) continue;
            bool again = false;
            for (const auto& next : found) again |= next.acute == 1 && next.admission() && next.start > s.end && next.start - s.end <= 30 * 24;
            const auto where = std::to_string(s.end / 24) + ' ' + home(group, s.end / 24) + ' ' + (s.unit < 0 ? "" : std::to_string(s.unit));
            auto& length = all["LOS " + where];
            length[1] += 1;
            length[2] += s.end - s.start;
            auto& readmission = all["READM " + where];
            readmission[0] += again;
            readmission[1] += 1;
        }
    }

    std::vector<Stored> log_;
};

/// The same two indicators over Timeline, for the stream.
class TestPacks final : public Packs {
public:
    TestPacks()
    {
        for (const auto* id : {"LOS", "READM"}) {
            auto& p = packs_.emplace_back();
            p.id = id;
            p.version = "1";
            p.unit = "h";
            p.uses = {FactKind::contact, FactKind::residence};
        }
    }
    std::span<const Pack> packs() const override { return packs_; }
    const std::string& hash() const override { return hash_; }
    const Definition& definition(std::size_t) const override { return definition_; }
    const Regions& regions() const override { return regions_; }
    std::vector<Contribution> evaluate(std::size_t pack, const Timeline& t) const override
    {
        std::vector<Contribution> all;
        const auto stays = stays_of(t);
        for (std::size_t i = 0; i < stays.size(); ++i) {
            const auto& s = stays[i];
            if (!s.admission()) continue;
            bool again = false;
            for (std::size_t j = i + 1; j < stays.size(); ++j)
                again |= stays[j].acute && stays[j].admission() && stays[j].start - *s.end <= 30 * 24 * hour_ms;
            Contribution c;
            c.episode = t.contacts[s.contacts.front()].key;
            c.counts_day = static_cast<Day>(*s.end / (24 * hour_ms));
            c.matures_day = c.counts_day;
            c.denominator = 1;
            c.has_value = pack == 0;
            c.value = pack == 0 ? (*s.end - s.start) / hour_ms : 0;
            c.numerator = pack == 1 && again;
            c.dims.municipality = t.municipality_on(c.counts_day);
            c.dims.unit = s.unit;
            all.push_back(c);
        }
        return all;
    }

private:
    std::vector<Pack> packs_;
    std::string hash_ = "test";
    Definition definition_;
    Regions regions_;
};

} // namespace sluse::history
