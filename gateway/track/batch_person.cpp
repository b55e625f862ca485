// gateway/track/batch_person.cpp — union-find, newest sayings, and the sweep that makes stays.
#include "gateway/track/batch_person.hpp"


#include <algorithm>
#include <map>
#include <numeric>
#include <regex>
#include <sstream>
#include <tuple>
#include <unordered_map>

namespace sluse::batch {
namespace {

using Sayings = std::map<Attr, std::pair<Version, FactValue>>;

/// Newest saying of each attribute of each thing; of equal versions the greater value.
std::map<std::pair<FactKind, std::string>, Sayings> resolved(const std::vector<const Fact*>& facts)
{
    std::map<std::pair<FactKind, std::string>, Sayings> things;
    for (const auto* fact : facts) {
        auto& sayings = things[{fact->kind, fact->key}];
        for (const auto& attribute : fact->attributes) {
            auto saying = std::pair(attribute.version, attribute.value);
            const auto [at, fresh] = sayings.emplace(attribute.attr, saying);
            if (!fresh) at->second = std::max(at->second, saying);
        }
    }
    return things;
}

std::string words(const Sayings& sayings, Attr attr)
{
    const auto at = sayings.find(attr);
    if (at == sayings.end()) return {};
    const auto* text = std::get_if<std::string>(&at->second.second);
    return text ? *text : std::string();
}

std::optional<std::int64_t> amount(const Sayings& sayings, Attr attr)
{
    const auto at = sayings.find(attr);
    if (at == sayings.end()) return {};
    const auto* value = std::get_if<std::int64_t>(&at->second.second);
    return value ? std::optional(*value) : std::nullopt;
}

bool taken_back(const Sayings& sayings)
{
    const auto status = words(sayings, Attr::status);
    return status == "refuted" || status == "entered-in-error" || status == "cancelled";
}

void visit(Individual& who, const std::string& key, const Sayings& s)
{
    const auto from = amount(s, Attr::start_ms);
    if (!from || amount(s, Attr::cancelled).value_or(0) == 1) return;
    const auto to = amount(s, Attr::end_ms);
    who.visits.push_back({key, words(s, Attr::encounter_class), words(s, Attr::priority), words(s, Attr::unit), words(s, Attr::specialty), words(s, Attr::based_on), *from, to ? *to : never});
}

void sign(Individual& who, const std::string& key, const Sayings& s)
{
    const auto code = words(s, Attr::code);
    if (!code.empty() && !taken_back(s)) who.signs.push_back({key, code, words(s, Attr::contact_key), words(s, Attr::category), amount(s, Attr::rank).value_or(0), amount(s, Attr::start_ms)});
}

void test(Individual& who, const std::string& key, const Sayings& s)
{
    const auto taken = amount(s, Attr::sample_ms), answered = amount(s, Attr::answer_ms);
    if (taken_back(s) || words(s, Attr::code).empty() || (!taken && !answered)) return;
    who.tests.push_back({key, words(s, Attr::code), words(s, Attr::status), words(s, Attr::value_text), words(s, Attr::unit), words(s, Attr::contact_key),
                         words(s, Attr::based_on), words(s, Attr::category), amount(s, Attr::value_scaled), taken ? *taken : *answered, answered});
}

/// "12.5" as millionths; empty for a word.
std::optional<std::int64_t> as_number(const std::string& said)
{
    static const std::regex form("(-?)([0-9]*)(?:\\.([0-9]*))?");
    std::smatch parts;
    if (!std::regex_match(said, parts, form)) return {};
    const auto length = said.size() - static_cast<std::size_t>(parts.length(1));
    auto fraction = parts[3].str().substr(0, 6);
    if (length == 0 || length >= 12) return {};
    fraction.resize(6, '0');
    const auto whole = parts[2].str();
    const auto value = (whole.empty() ? 0 : std::stoll(whole)) * 1'000'000 + std::stoll(fraction);
    return parts.length(1) ? -value : value;
}

void deed(Individual& who, FactKind kind, const std::string& key, const Sayings& s)
{
    const auto from = amount(s, Attr::start_ms);
    const auto status = words(s, Attr::status);
    for (const auto* no : {"not-done", "revoked", "declined", "rejected", "draft", "noshow"})
        if (status == no) return;
    if (!from || taken_back(s)) return;
    Deed one{kind, key, words(s, Attr::code), words(s, Attr::category), status, words(s, Attr::unit), words(s, Attr::contact_key), words(s, Attr::based_on), words(s, Attr::replaces),
             words(s, Attr::value_text), amount(s, Attr::value_scaled), *from, amount(s, Attr::end_ms)};
    if (kind != FactKind::answers) return who.deeds.push_back(std::move(one));
    one.category = one.code;
    std::istringstream lines(words(s, Attr::answers));
    for (std::string line; std::getline(lines, line);) {
        const auto cut = line.find('=');
        if (cut == line.npos) continue;
        one.code = line.substr(0, cut);
        one.words = line.substr(cut + 1);
        const auto number = as_number(one.words);
        one.number = number ? number : amount(s, Attr::value_scaled);
        who.deeds.push_back(one);
    }
}

/// Who came back from leave ended the leave that they were on; without a word of it they are still away.
void return_from_leave(std::vector<Deed>& deeds)
{
    const auto says = [](const Deed& d, const char* code) { return d.kind == FactKind::pause && d.code == code; };
    for (auto& away : deeds) {
        if (!says(away, "LEAVE") || away.to) continue;
        for (const auto& back : deeds)
            if (says(back, "RETURN") && back.visit == away.visit && back.from > away.from && (!away.to || back.from < *away.to)) away.to = back.from;
    }
    std::erase_if(deeds, [&](const Deed& d) { return says(d, "RETURN"); });
}

void publish(Individual& who, const std::string& key, const Sayings& s)
{
    const auto from = amount(s, Attr::valid_from_day), until = amount(s, Attr::until_day);
    if (!from || !until) return;
    const auto named = s.find(Attr::indicator);
    who.published.push_back({key, words(s, Attr::indicator), words(s, Attr::category), named == s.end() ? Version{} : named->second.first,
                             {words(s, Attr::region), words(s, Attr::municipality), words(s, Attr::unit), words(s, Attr::sex), words(s, Attr::age_band)},
                             static_cast<Day>(*from), static_cast<Day>(*until), amount(s, Attr::numerator), amount(s, Attr::denominator), amount(s, Attr::value_scaled), taken_back(s)});
}

void address(Individual& who, const Sayings& s)
{
    const auto from = amount(s, Attr::valid_from_day);
    const auto municipality = words(s, Attr::municipality);
    if (from && !municipality.empty()) who.addresses.push_back({static_cast<Day>(*from), s.at(Attr::municipality).first, municipality});
}

struct Forest {
    std::vector<std::size_t> parent;
    explicit Forest(std::size_t size) : parent(size) { std::iota(parent.begin(), parent.end(), std::size_t{0}); }
    std::size_t root(std::size_t i)
    {
        while (parent[i] != i) i = parent[i] = parent[parent[i]];
        return i;
    }
    void unite(std::size_t a, std::size_t b) { parent[root(a)] = root(b); }
};

/// Of those that nobody ended only a bed is still taken; a visit to a clinic or the emergency ward counts as its first moment.
bool endless(const Visit& v)
{
    return v.open() && v.kind != "AMB" && v.kind != "EMER";
}

Happening stay_of(std::vector<const Visit*> members)
{
    const auto order = [](const Visit* v) { return std::tie(v->from, v->key); };
    const auto& first = **std::ranges::min_element(members, {}, order);
    const auto& last = **std::ranges::max_element(members, {}, order);
    Happening stay{first.key, first.specialty, last.unit, first.kind, {}, {}, {}, {}, first.basis, {}, first.priority == "A", first.from, {}, {}, {}};
    Millis end = first.from;
    for (const auto* v : members) {
        end = std::max({end, v->from, v->open() && !endless(*v) ? v->from : v->to}); // an end before its start counts as the start
        stay.visits.push_back(v->key);
    }
    if (end != never) stay.to = end;
    return stay;
}

/// Of each reporter's period only the newest report counts, and of that not what is taken back.
void keep_newest_reports(Individual& who)
{
    std::map<std::tuple<std::string, std::string, Day, Day>, Version> newest;
    for (const auto& p : who.published) {
        auto& version = newest[{p.indicator, p.reporter, p.from, p.until}];
        version = std::max(version, p.said);
    }
    std::erase_if(who.published, [&](const Published& p) { return p.taken_back || p.said != newest[{p.indicator, p.reporter, p.from, p.until}]; });
}

/// Takes away the diagnoses that the newest list of their visit, said after them, does not name.
void apply_lists(std::map<std::pair<FactKind, std::string>, Sayings>& things)
{
    for (auto thing = things.begin(); thing != things.end();) {
        const auto& [name, s] = *thing;
        bool gone = false;
        if (const auto code = s.find(Attr::code); name.first == FactKind::diagnosis && code != s.end()) {
            const auto visit = things.find({FactKind::contact, words(s, Attr::contact_key)});
            if (visit != things.end())
                if (const auto list = visit->second.find(Attr::diagnoses); list != visit->second.end() && list->second.first > code->second.first)
                    gone = ('\n' + words(visit->second, Attr::diagnoses) + '\n').find('\n' + name.second + '\n') == std::string::npos;
        }
        thing = gone ? things.erase(thing) : std::next(thing);
    }
}

/// Of an episode told again and again the earlier stays and leaves are kept that the newest leaves room for.
void drop_retold(std::map<std::pair<FactKind, std::string>, Sayings>& things)
{
    std::vector<std::pair<FactKind, std::string>> gone;
    for (const auto& [name, s] : things) {
        if (!s.contains(Attr::retold_as)) continue;
        const auto from = amount(s, Attr::start_ms), to = amount(s, Attr::end_ms);
        const auto newest = things.find({name.first, words(s, Attr::retold_as)});
        const auto begins = newest == things.end() ? std::nullopt : amount(newest->second, Attr::start_ms);
        const auto ends = begins ? amount(newest->second, Attr::end_ms).value_or(never) : never;
        const bool apart = begins && *begins != from && (*begins >= to || ends <= from);
        if (!from || !to || (begins && !apart)) gone.push_back(name);
    }
    for (const auto& name : gone) things.erase(name);
}

/// An emergency visit without an end of its own ended when the patient was admitted.
void end_before_admission(std::map<std::pair<FactKind, std::string>, Sayings>& things)
{
    const std::string tail = "|EMER";
    for (auto& [name, s] : things) {
        const auto from = amount(s, Attr::start_ms);
        if (name.first != FactKind::contact || !s.contains(Attr::continued_ms) || !from || amount(s, Attr::end_ms)) continue;
        auto to = amount(s, Attr::continued_ms).value_or(never);
        if (to < *from) to = never;
        const auto episode = name.second.substr(0, name.second.size() - tail.size()) + '#';
        for (const auto& [other, o] : things)
            if (const auto began = amount(o, Attr::start_ms); other.first == FactKind::contact && other.second.starts_with(episode) && amount(o, Attr::cancelled).value_or(0) == 0 && began && *began >= *from)
                to = std::min(to, *began);
        if (to != never) s[Attr::end_ms].second = to;
    }
}

/// Who was not told to be of either kind: psychiatry by the ward's name or a main diagnosis of chapter F, else the body.
void guess_specialties(Individual& who)
{
    for (auto& v : who.visits) {
        if (!v.specialty.empty()) continue;
        auto ward = v.unit.substr(0, 3);
        if (ward == "Psy" || ward == "psy") ward = "PSY";
        bool mind = ward == "PSY";
        for (const auto& s : who.signs) mind |= s.visit == v.key && s.rank < 2 && s.code.substr(0, 2) == "DF";
        v.specialty = mind ? "psychiatric" : "somatic";
    }
}

} // namespace

std::string Individual::municipality(Day day) const
{
    if (addresses.empty()) return {};
    const auto earliest = std::ranges::min(addresses, {}, &Address::from).from;
    const Address* newest = nullptr;
    for (const auto& a : addresses) {
        const bool valid = a.from <= day || a.from == earliest;
        if (valid && (!newest || std::tie(a.said, a.municipality) > std::tie(newest->said, newest->municipality))) newest = &a;
    }
    return newest->municipality;
}

Individual individual(const std::vector<const Fact*>& facts)
{
    Individual who;
    auto things = resolved(facts);
    apply_lists(things);
    drop_retold(things);
    end_before_admission(things);
    for (const auto& [name, s] : things) {
        if (name.first == FactKind::contact) visit(who, name.second, s);
        else if (name.first == FactKind::diagnosis) sign(who, name.second, s);
        else if (name.first == FactKind::result) test(who, name.second, s);
        else if (name.first == FactKind::residence) address(who, s);
        else if (name.first == FactKind::figure) publish(who, name.second, s);
        else if (name.first != FactKind::person) deed(who, name.first, name.second, s);
        else {
            who.birth = amount(s, Attr::birth_day);
            who.death = amount(s, Attr::death_ms);
            who.sex = words(s, Attr::sex);
        }
    }
    guess_specialties(who);
    return_from_leave(who.deeds);
    keep_newest_reports(who);
    return who;
}

std::vector<Happening> swept(const Individual& who, Millis gap)
{
    std::vector<const Visit*> present;
    for (const auto& v : who.visits)
        if (v.kind == "IMP" || v.kind == "EMER" || v.kind == "AMB" || v.kind.empty()) present.push_back(&v);
    struct Step {
        Millis at{};
        int leaves{}; ///< comings before leavings at one instant: exactly `gap` still joins
        const Visit* visit{};
    };
    std::vector<Step> steps;
    for (const auto* v : present) {
        steps.push_back({v->from, 0, v});
        if (!endless(*v)) steps.push_back({std::max(v->from, v->open() ? v->from : v->to) + gap, 1, v});
    }
    std::ranges::sort(steps, {}, [](const Step& s) { return std::tie(s.at, s.leaves, s.visit->key); });
    std::vector<Happening> stays;
    std::vector<const Visit*> members;
    std::size_t inside = 0;
    for (const auto& step : steps) {
        if (!step.leaves) ++inside, members.push_back(step.visit);
        else if (--inside == 0) stays.push_back(stay_of(std::exchange(members, {})));
    }
    if (!members.empty()) stays.push_back(stay_of(members));
    return stays;
}

std::vector<std::vector<const BatchNode*>> components(std::span<const BatchNode> nodes)
{
    std::unordered_map<std::string, std::size_t> number;
    for (std::size_t i = 0; i < nodes.size(); ++i) number.emplace(nodes[i].name, i);
    std::map<std::pair<std::string, std::string>, const BatchLink*> newest;
    for (const auto& node : nodes) {
        for (const auto& link : node.links) {
            auto& best = newest[std::minmax(link.a, link.b)];
            // Of equal versions the separation holds.
            if (!best || link.version > best->version || (link.version == best->version && best->active && !link.active)) best = &link;
        }
    }
    // A name in between may have no node of its own and still join two others.
    std::unordered_map<std::string, std::size_t> all = number;
    for (const auto& [ends, link] : newest)
        for (const auto& name : {ends.first, ends.second}) all.emplace(name, all.size());
    Forest forest(all.size());
    for (const auto& [ends, link] : newest)
        if (link->active) forest.unite(all.at(ends.first), all.at(ends.second));
    std::map<std::size_t, std::vector<const BatchNode*>> groups;
    for (std::size_t i = 0; i < nodes.size(); ++i) groups[forest.root(all.at(nodes[i].name))].push_back(&nodes[i]);
    std::vector<std::vector<const BatchNode*>> out;
    for (auto& [root, group] : groups) out.push_back(std::move(group));
    return out;
}

} // namespace sluse::batch
