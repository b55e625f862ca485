// gateway/timeline/timeline.cpp — the typed view of a person's facts; what is cancelled, refuted or erroneous is left out here.
#include "gateway/timeline/timeline.hpp"

#include "gateway/timeline/episodes.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace sluse {
namespace {

/// A fact's attributes, found once: a dozen of them are asked for.
class Sayings {
public:
    explicit Sayings(const Fact& fact) : kind(fact.kind), key(fact.key)
    {
        for (const auto& a : fact.attributes)
            if (const auto place = static_cast<std::size_t>(a.attr); place < at_.size()) at_[place] = &a;
    }
    const FactKind kind;
    const std::string_view key;
    const Attribute* find(Attr attr) const { return at_[static_cast<std::size_t>(attr)]; }
    std::optional<std::int64_t> number(Attr attr) const
    {
        const auto* said = find(attr);
        const auto* number = said ? std::get_if<std::int64_t>(&said->value) : nullptr;
        return number ? std::optional(*number) : std::nullopt;
    }
    std::string_view text(Attr attr) const
    {
        const auto* said = find(attr);
        const auto* text = said ? std::get_if<std::string>(&said->value) : nullptr;
        return text ? std::string_view(*text) : std::string_view();
    }

private:
    std::array<const Attribute*, static_cast<std::size_t>(Attr::age_band) + 1> at_{};
};

/// Statuses that take a fact out of every number.
bool withdrawn(const Sayings& fact)
{
    static constexpr std::array<std::string_view, 3> out{"refuted", "entered-in-error", "cancelled"};
    return std::ranges::find(out, fact.text(Attr::status)) != out.end();
}

void add_person(const Sayings& f, Timeline& t)
{
    if (const auto day = f.number(Attr::birth_day)) t.birth = static_cast<Day>(*day);
    t.sex = f.text(Attr::sex);
    t.death = f.number(Attr::death_ms);
}

void add_residence(const Sayings& f, Timeline& t)
{
    const auto* said = f.find(Attr::municipality);
    const auto from = f.number(Attr::valid_from_day);
    const auto municipality = f.text(Attr::municipality);
    if (municipality.empty() || !from) return;
    t.residences.push_back({static_cast<Day>(*from), said->version, municipality});
}

void add_contact(const Sayings& f, const Fact& fact, std::span<const Fact> facts, Timeline& t)
{
    if (f.find(Attr::retold_as) && overtaken(fact, facts)) return;
    const auto start = f.number(Attr::start_ms);
    if (!start || f.number(Attr::cancelled) == 1) return;
    auto& c = t.contacts.emplace_back();
    c.key = f.key;
    c.encounter_class = f.text(Attr::encounter_class);
    c.priority = f.text(Attr::priority);
    c.unit = f.text(Attr::unit);
    c.specialty = f.text(Attr::specialty);
    c.based_on = f.text(Attr::based_on);
    c.start = *start;
    c.end = f.number(Attr::end_ms);
    if (!c.end && f.find(Attr::continued_ms)) c.end = went_on(fact, facts);
}

void add_diagnosis(const Sayings& f, Timeline& t)
{
    if (withdrawn(f) || f.text(Attr::code).empty()) return;
    auto& d = t.diagnoses.emplace_back();
    d.key = f.key;
    d.code = f.text(Attr::code);
    d.code_system = f.text(Attr::code_system);
    d.contact_key = f.text(Attr::contact_key);
    d.category = f.text(Attr::category);
    d.rank = f.number(Attr::rank).value_or(0);
    d.start = f.number(Attr::start_ms);
}

void add_result(const Sayings& f, Timeline& t)
{
    if (withdrawn(f) || f.text(Attr::code).empty()) return;
    const auto sample = f.number(Attr::sample_ms), answer = f.number(Attr::answer_ms);
    if (!sample && !answer) return; // nothing says when: it belongs to no period
    auto& r = t.results.emplace_back();
    r.key = f.key;
    r.code = f.text(Attr::code);
    r.code_system = f.text(Attr::code_system);
    r.status = f.text(Attr::status);
    r.value_text = f.text(Attr::value_text);
    r.value_unit = f.text(Attr::value_unit);
    r.unit = f.text(Attr::unit);
    r.contact_key = f.text(Attr::contact_key);
    r.based_on = f.text(Attr::based_on);
    r.category = f.text(Attr::category);
    r.value_scaled = f.number(Attr::value_scaled);
    r.sample = sample ? *sample : *answer;
    r.answer = answer;
}

/// Of acts these too say that it did not happen.
bool undone(const Sayings& f)
{
    static constexpr std::array<std::string_view, 6> out{"not-done", "revoked", "declined", "rejected", "draft", "noshow"};
    return withdrawn(f) || std::ranges::find(out, f.text(Attr::status)) != out.end();
}

/// A number as a number, else a word.
void read_answer(std::string_view said, Act& a)
{
    std::int64_t value = 0;
    int decimals = -1;
    const auto digits = said.starts_with('-') ? said.substr(1) : said;
    bool number = !digits.empty() && digits.size() < 12;
    for (const char c : digits) {
        if (c == '.' && decimals < 0) decimals = 0;
        else if (c < '0' || c > '9') number = false;
        else if (decimals < 6) value = value * 10 + (c - '0'), decimals += decimals >= 0;
    }
    for (int i = std::max(decimals, 0); number && i < 6; ++i) value *= 10;
    if (number) a.value_scaled = said.starts_with('-') ? -value : value;
    a.value_text = said;
}

void add_answers(Act whole, std::string_view lines, Timeline& t)
{
    while (!lines.empty()) {
        const auto line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(lines.size(), line.size() + 1));
        const auto cut = line.find('=');
        if (cut == line.npos) continue;
        auto& a = t.acts.emplace_back(whole);
        a.category = whole.code; // the questionnaire
        a.code = line.substr(0, cut);
        read_answer(line.substr(cut + 1), a);
    }
}

void add_act(const Sayings& f, Timeline& t)
{
    const auto start = f.number(Attr::start_ms);
    if (!start || undone(f)) return;
    Act a;
    a.kind = f.kind;
    a.key = f.key;
    a.code = f.text(Attr::code);
    a.code_system = f.text(Attr::code_system);
    a.category = f.text(Attr::category);
    a.status = f.text(Attr::status);
    a.unit = f.text(Attr::unit);
    a.contact_key = f.text(Attr::contact_key);
    a.based_on = f.text(Attr::based_on);
    a.replaces = f.text(Attr::replaces);
    a.value_text = f.text(Attr::value_text);
    a.value_unit = f.text(Attr::value_unit);
    a.value_scaled = f.number(Attr::value_scaled);
    a.start = *start;
    a.end = f.number(Attr::end_ms);
    if (f.kind == FactKind::answers) add_answers(std::move(a), f.text(Attr::answers), t);
    else t.acts.push_back(std::move(a));
}

/// The newest report of each period by each reporter: it takes the place of the older ones whole.
class Reports {
public:
    explicit Reports(std::span<const Fact> facts)
    {
        for (const auto& f : facts) {
            if (f.kind != FactKind::figure) continue;
            auto& newest = newest_.try_emplace(name_of(f)).first->second;
            newest = std::max(newest, version_of(f));
        }
    }
    bool superseded(const Fact& figure) const { return version_of(figure) < newest_.at(name_of(figure)); }

private:
    using Name = std::tuple<std::string_view, std::string_view, std::optional<std::int64_t>, std::optional<std::int64_t>>;
    static Name name_of(const Fact& f) { return {f.text(Attr::indicator), f.text(Attr::category), f.number(Attr::valid_from_day), f.number(Attr::until_day)}; }
    static Version version_of(const Fact& f)
    {
        const auto said = std::ranges::find(f.attributes, Attr::indicator, &Attribute::attr);
        return said == f.attributes.end() ? Version{} : said->version;
    }
    std::map<Name, Version> newest_;
};

void add_figure(const Fact& fact, const Reports& reports, Timeline& t)
{
    const Sayings f(fact);
    const auto from = f.number(Attr::valid_from_day), until = f.number(Attr::until_day);
    if (!from || !until || undone(f) || reports.superseded(fact)) return;
    auto& x = t.figures.emplace_back();
    x.key = f.key;
    x.indicator = f.text(Attr::indicator);
    x.reporter = f.text(Attr::category);
    x.region = f.text(Attr::region);
    x.municipality = f.text(Attr::municipality);
    x.unit = f.text(Attr::unit);
    x.sex = f.text(Attr::sex);
    x.age_band = f.text(Attr::age_band);
    x.from = static_cast<Day>(*from);
    x.until = static_cast<Day>(*until);
    x.numerator = f.number(Attr::numerator);
    x.denominator = f.number(Attr::denominator);
    x.value_scaled = f.number(Attr::value_scaled);
}

/// A contact's list of diagnoses, and when it was said.
struct List {
    std::string_view contact;
    Version said;
    std::string_view keys;
};

std::vector<List> lists_of(std::span<const Fact> facts)
{
    std::vector<List> lists;
    for (const auto& f : facts) {
        if (f.kind != FactKind::contact) continue;
        const auto said = std::ranges::find(f.attributes, Attr::diagnoses, &Attribute::attr);
        if (said != f.attributes.end()) lists.push_back({f.key, said->version, f.text(Attr::diagnoses)});
    }
    std::ranges::sort(lists, {}, &List::contact);
    return lists;
}

/// Whether a newer list of its contact leaves the diagnosis out: a list is a snapshot, so what it lacks is no more.
bool left_out(const Sayings& diagnosis, const std::vector<List>& lists)
{
    if (lists.empty()) return false;
    const auto* code = diagnosis.find(Attr::code);
    const auto contact_key = diagnosis.text(Attr::contact_key);
    if (!code || contact_key.empty()) return false;
    const auto found = std::ranges::lower_bound(lists, contact_key, {}, &List::contact);
    if (found == lists.end() || found->contact != contact_key || found->said <= code->version) return false;
    auto list = found->keys;
    while (!list.empty()) {
        const auto line = list.substr(0, list.find('\n'));
        if (line == diagnosis.key) return false;
        list.remove_prefix(std::min(list.size(), line.size() + 1));
    }
    return true;
}

void settle_specialties(Timeline& t)
{
    std::vector<std::string_view> by_diagnosis;
    for (const auto& d : t.diagnoses)
        if (d.rank <= 1 && d.code.starts_with("DF")) by_diagnosis.push_back(d.contact_key);
    std::ranges::sort(by_diagnosis);
    const auto psychiatric = [&](const Contact& c) {
        for (const std::string_view prefix : {"PSY", "Psy", "psy"})
            if (c.unit.starts_with(prefix)) return true;
        return std::ranges::binary_search(by_diagnosis, c.key);
    };
    for (auto& c : t.contacts)
        if (c.specialty.empty()) c.specialty = psychiatric(c) ? "psychiatric" : "somatic";
}

void settle_leaves(Timeline& t)
{
    const auto is = [](std::string_view code) { return [code](const Act& a) { return a.kind == FactKind::pause && a.code == code; }; };
    std::vector<std::pair<std::string_view, Millis>> returns;
    for (const auto& a : t.acts)
        if (is(return_code)(a)) returns.emplace_back(a.contact_key, a.start);
    if (returns.empty()) return;
    std::ranges::sort(returns);
    std::erase_if(t.acts, is(return_code));
    for (auto& a : t.acts) {
        if (!is(leave_code)(a) || a.end) continue;
        const auto back = std::ranges::upper_bound(returns, std::pair(a.contact_key, a.start));
        if (back != returns.end() && back->first == a.contact_key) a.end = back->second;
    }
}

} // namespace

void fill(Timeline& t, std::span<const Fact> facts)
{
    t.birth.reset();
    t.sex = {};
    t.death.reset();
    t.residences.clear();
    t.contacts.clear();
    t.diagnoses.clear();
    t.results.clear();
    t.acts.clear();
    t.figures.clear();
    std::optional<std::vector<List>> lists; // of those only who have diagnoses
    std::optional<Reports> reports;         // of those only who have figures
    for (const auto& f : facts) {
        switch (f.kind) {
        case FactKind::person: add_person(Sayings(f), t); break;
        case FactKind::residence: add_residence(Sayings(f), t); break;
        case FactKind::contact: add_contact(Sayings(f), f, facts, t); break;
        case FactKind::pause:
            if (const Sayings said(f); !said.find(Attr::retold_as) || !overtaken(f, facts)) add_act(said, t);
            break;
        case FactKind::diagnosis: {
            const Sayings said(f);
            if (!lists) lists = lists_of(facts);
            if (!left_out(said, *lists)) add_diagnosis(said, t);
            break;
        }
        case FactKind::result: add_result(Sayings(f), t); break;
        case FactKind::figure:
            if (!reports) reports.emplace(facts);
            add_figure(f, *reports, t);
            break;
        default: add_act(Sayings(f), t);
        }
    }
    settle_specialties(t);
    settle_leaves(t);
    std::ranges::sort(t.residences, {}, [](const auto& r) { return std::tie(r.valid_from, r.recorded, r.municipality); });
    std::ranges::sort(t.contacts, {}, [](const auto& c) { return std::tie(c.start, c.key); });
    std::ranges::sort(t.diagnoses, {}, &Diagnosis::key);
    std::ranges::sort(t.results, {}, [](const auto& r) { return std::tie(r.sample, r.key); });
    std::ranges::sort(t.acts, {}, [](const auto& a) { return std::tie(a.kind, a.start, a.key, a.code, a.value_text); });
    std::ranges::sort(t.figures, {}, &Figure::key);
}

Timeline timeline_of(std::span<const Fact> facts)
{
    Timeline t;
    fill(t, facts);
    return t;
}

Timeline timeline_of(std::vector<Fact>&& facts)
{
    const auto kept = std::make_shared<const std::vector<Fact>>(std::move(facts));
    auto t = timeline_of(*kept);
    t.kept = kept;
    return t;
}

std::span<const Act> Timeline::of(FactKind kind) const
{
    // Not equal_range: clang 14, which builds the sanitizers' tests, cannot read g++ 12's subrange.
    const auto first = std::ranges::lower_bound(acts, kind, {}, &Act::kind);
    return {first, std::ranges::upper_bound(first, acts.end(), kind, {}, &Act::kind)};
}

std::string_view Timeline::municipality_on(Day day) const
{
    if (residences.empty()) return {};
    const auto first = residences.front().valid_from;
    const Residence* best = nullptr;
    for (const auto& r : residences) {
        if (r.valid_from > std::max(day, first)) break;
        if (!best || std::tie(r.recorded, r.municipality) > std::tie(best->recorded, best->municipality)) best = &r;
    }
    return best->municipality;
}

} // namespace sluse
