// gateway/explain/explainer.cpp — cells to contributions, contributions to facts and bytes.
#include "gateway/explain/explainer.hpp"

#include "gateway/explain/person.hpp"
#include "gateway/explain/telling.hpp"
#include "gateway/indicators/account.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/process/keys.hpp"
#include "gateway/process/where_counted.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace sluse {
namespace {

const Fault no_indicator{Errc::not_found, "there is no such indicator or version"};
const Fault no_contribution{Errc::not_found, "this contribution stands no more"};

const std::string* dimension(const Dimensions& dims, std::string_view by)
{
    static constexpr std::array<std::pair<std::string_view, std::string Dimensions::*>, 5> members{
        {{"region", &Dimensions::region}, {"municipality", &Dimensions::municipality}, {"unit", &Dimensions::unit}, {"sex", &Dimensions::sex}, {"age_band", &Dimensions::age_band}}};
    for (const auto& [name, member] : members)
        if (name == by) return &(dims.*member);
    return nullptr;
}

bool asked_for(const CellQuestion& q, const Contribution& c)
{
    if (c.counts_day < q.from || c.counts_day >= q.to) return false;
    const auto* code = dimension(c.dims, q.by);
    return !code || *code == q.group;
}

class CellWalk {
public:
    CellWalk(const ExplainWith& with, const CellQuestion& question, std::string pack, CellExplanation& out) : with_(with), question_(question), pack_(std::move(pack)), out_(out) {}

    void run()
    {
        const auto after = parse_ref(question_.after);
        for (std::uint32_t p = after ? after->partition : 0; p < with_.log.partitions() && out_.next.empty(); ++p)
            with_.log.inspect(p, [&](State& state) { partition(state, p, after && after->partition == p ? &*after : nullptr); });
    }

private:
    /// Those who may count there, if the state knows them; else everybody in 256 steps. A later page begins near where the last one ended.
    void partition(State& state, std::uint32_t p, const ContributionRef* after)
    {
        const IdStart first = after ? start_of(after->node) : IdStart{0};
        if (knows_where_counted(state)) {
            for (const auto start : where_counted(state, pack_, question_.from, question_.to, first)) {
                if (!out_.next.empty()) return;
                persons(state, p, {static_cast<char>(start >> 8), static_cast<char>(start & 0xff)}, after);
            }
            return;
        }
        for (unsigned slice = first >> 8; slice < 256 && out_.next.empty(); ++slice) persons(state, p, {static_cast<char>(slice)}, after);
    }

    /// All whose id begins so.
    void persons(State& state, std::uint32_t p, const std::string& start, const ContributionRef* after)
    {
        constexpr std::size_t section_at = 1 + std::tuple_size_v<NodeId>;
        state.scan("P" + start, [&](std::string_view key, std::string_view value) {
            if (key.size() <= section_at || key[section_at] != 'c' || key.substr(section_at + 1) != pack_) return true;
            ContributionRef ref{p, {}, pack_, {}};
            std::ranges::copy(key.substr(1, ref.node.size()), ref.node.begin());
            if (after && ref.node < after->node) return true;
            return person(state, ref, value, after && ref.node == after->node ? after : nullptr);
        });
    }

    bool person(State& state, ContributionRef& ref, std::string_view value, const ContributionRef* after)
    {
        const auto all = decode_contributions(value);
        std::string name;
        bool passed = !after;
        for (const auto& c : all ? *all : std::vector<Contribution>()) {
            if (!asked_for(question_, c)) continue;
            ref.hash = hash_of(c);
            if (!passed) {
                passed = ref.hash == after->hash;
                continue;
            }
            if (out_.contributions.size() == question_.limit) return out_.next = out_.contributions.back().ref, false;
            if (name.empty()) name = name_of(state, ref.node);
            out_.contributions.push_back({text_of(ref), pseudonym_of(with_.retell.keys, name), episode_pseudonym_of(with_.retell.keys, name, c.episode), c});
            out_.numerator += c.numerator;
            out_.denominator += c.denominator;
        }
        return true;
    }

    static std::string name_of(State& state, const NodeId& id)
    {
        const auto stored = state.get(keys::node(id, 'n'));
        const auto record = stored ? decode_node(*stored) : std::nullopt;
        return record ? record->name : std::string();
    }

    const ExplainWith& with_;
    const CellQuestion& question_;
    const std::string pack_;
    CellExplanation& out_;
};

std::optional<Contribution> standing(Log& log, const ContributionRef& ref)
{
    std::optional<Contribution> found;
    if (ref.partition >= log.partitions()) return found;
    log.inspect(ref.partition, [&](State& state) {
        const auto stored = state.get(keys::contributions(ref.node, ref.pack));
        const auto all = stored ? decode_contributions(*stored) : std::nullopt;
        for (const auto& c : all ? *all : std::vector<Contribution>())
            if (!found && hash_of(c) == ref.hash) found = c;
    });
    return found;
}

/// Events of the episode that the messages behind its facts caused.
std::vector<ExplainedEvent> events_of(const ExplainWith& with, const Teller& teller, const Pack& pack, const std::string& person, const std::string& episode)
{
    std::vector<ExplainedEvent> out;
    for (const auto& id : teller.messages()) {
        const auto trace = trace_of(with.log, id);
        if (!trace) continue;
        for (const auto& e : trace->events)
            if (e.indicator == pack.id && e.version == pack.version && e.person == person && e.contribution.episode == episode)
                out.push_back({id, e.indicator, e.version, e.person, e.sign, e.sequence, e.contribution});
    }
    std::ranges::sort(out, {}, &ExplainedEvent::sequence);
    return out;
}

} // namespace

Result<CellExplanation> explain_cell(const ExplainWith& with, const CellQuestion& question)
{
    const auto pack = pack_at(*with.packs, question.indicator, question.version);
    if (!pack) return no_indicator;
    const auto& description = with.packs->packs()[*pack];
    const auto& rule = with.packs->definition(*pack);
    CellExplanation out{description.id, description.version, rule.file, clauses_of(rule), {}, {}, 0, 0};
    CellWalk(with, question, pack_key(description), out).run();
    return out;
}

Result<ContributionExplanation> explain_contribution(const ExplainWith& with, std::string_view text)
{
    const auto ref = parse_ref(text);
    if (!ref) return Fault{Errc::bad_message, "a contribution's name is as `goals explain` lists it"};
    const auto at = std::min(ref->pack.find('@'), ref->pack.size());
    const auto pack = pack_at(*with.packs, std::string_view(ref->pack).substr(0, at), std::string_view(ref->pack).substr(std::min(at + 1, ref->pack.size())));
    if (!pack) return no_indicator;
    const auto contribution = standing(with.log, *ref);
    const auto person = contribution ? person_at(with.log, ref->partition, ref->node) : std::nullopt;
    if (!person) return no_contribution;
    const auto& description = with.packs->packs()[*pack];
    const auto& keys = with.retell.keys;
    ContributionExplanation out{description.id, description.version, with.packs->definition(*pack).file, {std::string(text), pseudonym_of(keys, person->record.name),
                                episode_pseudonym_of(keys, person->record.name, contribution->episode), *contribution}, {}, {}, {}};
    for (auto& account : account_of(*with.packs, *pack, timeline_of(person->facts)))
        if (account.episode == contribution->episode && std::ranges::find(account.contributions, *contribution) != account.contributions.end()) out.accounts.push_back(std::move(account));
    Teller teller(with);
    for (const auto& support : support_of(*with.packs, *pack, person->facts, *contribution)) out.facts.push_back(teller.tell(*support.fact, support.needed));
    out.events = events_of(with, teller, description, out.contribution.person, out.contribution.episode);
    return out;
}

} // namespace sluse
