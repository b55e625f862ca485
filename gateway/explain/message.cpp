// gateway/explain/message.cpp — the way back: what one message said, what of it still holds, and what it changed.
#include "gateway/explain/explainer.hpp"
#include "gateway/explain/person.hpp"
#include "gateway/explain/telling.hpp"
#include "gateway/indicators/account.hpp"
#include "gateway/process/find.hpp"
#include "gateway/process/inspect.hpp"

#include <algorithm>
#include <set>

namespace sluse {
namespace {

class MessageTelling {
public:
    MessageTelling(const ExplainWith& with, const Retold& message) : with_(with), message_(message), teller_(with) {}

    void run(MessageExplanation& out)
    {
        for (const auto& said : message_.said) out.facts.push_back(tell(said));
    }

    /// Things of the persons it told of that hold something of it.
    void account(std::size_t pack, MessageExplanation& out)
    {
        std::set<std::string> roots;
        for (const auto& said : message_.said) {
            const auto root = root_of(with_.log, with_.retell.keys.lane, said.person.node());
            if (!root || !roots.insert(root->record.name).second) continue;
            for (auto& a : account_of(*with_.packs, pack, timeline_of(root->facts)))
                if (told_of(a)) out.accounts.emplace_back(with_.packs->packs()[pack].id, std::move(a));
        }
    }

private:
    ExplainedFact tell(const Said& said)
    {
        const auto& fact = said.fact;
        ExplainedFact out{std::string(name(fact.kind)), fact.key, {}, origins_of(message_, fact.kind, fact.key, Attr{})};
        const auto* kept = kept_fact(said);
        for (const auto& a : fact.attributes) {
            auto& told = out.attributes.emplace_back();
            told.name = name(a.attr);
            told.value = text_of(a.attr, a.value);
            told.recorded_ms = a.version.recorded_ms;
            told.origins = origins_of(message_, fact.kind, fact.key, a.attr);
            const auto known = kept ? std::ranges::find(kept->attributes, a.attr, &Attribute::attr) : std::vector<Attribute>::const_iterator();
            told.holds = kept && known != kept->attributes.end() && known->version.position == message_.position;
            told.message = message_.envelope.id;
            if (told.holds || !kept || known == kept->attributes.end()) continue;
            const auto* newer = teller_.at(known->version.position);
            told.message = newer ? std::optional(newer->envelope.id) : std::nullopt;
            told.told = newer ? newer->told() : "";
        }
        return out;
    }

    const Fact* kept_fact(const Said& said)
    {
        const auto node = said.person.node();
        auto [person, fresh] = persons_.try_emplace(node);
        if (fresh) person->second = person_at(with_.log, with_.retell.keys.lane, node);
        if (!person->second) return nullptr;
        const auto& facts = person->second->facts;
        const auto found = std::ranges::find_if(facts, [&](const Fact& f) { return f.kind == said.fact.kind && f.key == said.fact.key; });
        return found == facts.end() ? nullptr : &*found;
    }

    bool told_of(const Account& account) const
    {
        const auto about = [&](const std::string& key) {
            return std::ranges::any_of(message_.said, [&](const Said& s) { return s.fact.key == key || s.fact.text(Attr::contact_key) == key; });
        };
        return about(account.key) || std::ranges::any_of(account.outcomes, about, &OutcomeAccount::key);
    }

    const ExplainWith& with_;
    const Retold& message_;
    Teller teller_;
    std::map<std::string, std::optional<KeptPerson>> persons_;
};

} // namespace

Result<MessageExplanation> explain_message(const ExplainWith& with, const Ulid& id, std::string_view indicator)
{
    const auto found = find_kept(with.log, id);
    if (!found) return found.error();
    const auto pack = indicator.empty() ? std::nullopt : pack_at(*with.packs, indicator, {});
    if (!indicator.empty() && !pack) return Fault{Errc::not_found, "there is no such indicator"};
    MessageExplanation out;
    if (const auto trace = trace_of(with.log, id))
        for (const auto& e : trace->events) out.events.push_back({id, e.indicator, e.version, e.person, e.sign, e.sequence, e.contribution});
    const auto position = found->position.offset * with.log.partitions() + found->position.partition;
    const auto message = retell(with.retell, found->envelope, position);
    if (!message) return out; // refused, or of a format that is no more: it said nothing
    MessageTelling telling(with, *message);
    telling.run(out);
    if (pack) telling.account(*pack, out);
    return out;
}

} // namespace sluse
