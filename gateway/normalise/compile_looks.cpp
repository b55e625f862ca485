// gateway/normalise/compile_looks.cpp — what decides the way through a node beside the values that it writes (script.hpp).
#include "gateway/normalise/compile.hpp"
#include "gateway/normalise/script.hpp"

#include <algorithm>
#include <span>

namespace sluse {
namespace {

/// Gathers them from the packed plan.
class Looker {
public:
    explicit Looker(const Plan& plan) : plan_(plan) {}
    void object(const Element& node)
    {
        for (const auto& trial : std::span(plan_.trials).subspan(node.trials, node.trial_count)) {
            tried(trial);
            if (!trial.constant) child(trial);
        }
    }
    /// Whether rendering the node may make a resource that is asked for elsewhere on the way than on the way to what makes it: there something else
    /// that is filled has already said yes.
    bool changes(std::uint16_t at) const
    {
        const auto made = made_within(at, nullptr);
        return std::ranges::any_of(tried_, [&](const Trial* trial) {
            if (!asks_for(*trial, made)) return false;
            return asks_for(*trial, made_within(at, trial));
        });
    }
    Needs needs;
    std::bitset<256> repeating; ///< slots of whose fields it matters whether they repeat
    bool event{}, own{};
    bool plain{true}; ///< no field so far back in its segment that it has no bit

private:
    /// Which maps' resources rendering the node may make, what `but` leads to left out.
    std::vector<bool> made_within(std::uint16_t at, const Trial* but) const
    {
        std::vector<bool> seen(plan_.elements.size()), made(plan_.maps.size());
        if (but) seen[but->node] = true;
        makes(at, seen, made);
        return made;
    }
    void makes(std::uint16_t at, std::vector<bool>& seen, std::vector<bool>& out) const
    {
        if (seen[at]) return;
        seen[at] = true;
        const auto& node = plan_.elements[at];
        for (const auto& row : std::span(plan_.rows).subspan(node.rows, node.row_count)) {
            if (row.action == Action::make) out[row.target] = true;
            if (row.action == Action::subtree) makes(row.target, seen, out);
            if (row.action == Action::each) makes(static_cast<std::uint16_t>(row.subtree), seen, out);
        }
        for (const auto& trial : std::span(plan_.trials).subspan(node.trials, node.trial_count)) makes(trial.node, seen, out);
    }
    bool asks_for(const Trial& trial, const std::vector<bool>& made) const
    {
        const auto asks = [&](Slot slot, std::uint64_t mask) {
            for (std::size_t map = 0; map < made.size(); ++map)
                if (const auto fact = plan_.made_facts[map]; made[map] && fact.bit && slot == plan_.message_slots[fact.word] && mask & bit_of(fact.bit)) return true;
            return false;
        };
        const auto more = std::span(plan_.more_fields).subspan(trial.more, trial.more_count);
        return asks(trial.slot, trial.fields) || std::ranges::any_of(more, [&](const Needs::Fields& fields) { return asks(fields.slot, fields.mask); });
    }
    void tried(const Trial& trial)
    {
        if (trial.always) return;
        needs.components |= trial.components;
        if (trial.slot == no_slot) return;
        tried_.push_back(&trial);
        needs.add(trial.slot, trial.fields | 1);
        for (const auto& more : std::span(plan_.more_fields).subspan(trial.more, trial.more_count)) needs.add(more.slot, more.mask | 1);
    }
    void child(const Trial& trial)
    {
        const auto& node = plan_.elements[trial.node];
        if (trial.kind == NodeKind::leaf) return leaf(node);
        if (trial.kind == NodeKind::object) return object(node);
        for (const auto& item : std::span(plan_.trials).subspan(node.trials, node.trial_count)) {
            tried(item);
            if (!item.constant && (item.kind != NodeKind::leaf || one_valued(plan_, plan_.elements[item.node]))) child(item); // other leaves are steps
        }
    }
    void leaf(const Element& node)
    {
        for (const auto& row : std::span(plan_.rows).subspan(node.rows, node.row_count)) {
            if (row.needs && row.from.kind == SourcePath::Kind::relative) needs.components |= bit_of(row.from.component);
            else if (row.needs && row.from.kind == SourcePath::Kind::own) own_field(row.from.field);
            else if (row.needs) field(row.from.slot, row.from.field);
            if (row.condition) condition(plan_.questions[row.condition]);
            if (row.needs && (row.items || row.action == Action::fixed)) repeats(row.from);
        }
    }
    void condition(const Question& question)
    {
        if (question.slot != no_slot) field(question.slot, question.field);
        for (const auto& test : std::span(plan_.tests).subspan(question.first, question.count)) {
            if (test.op == Test::Op::event) event = true;
            else if (test.op == Test::Op::fact) needs.add(test.path.slot, bit_of(test.bit) | 1);
            else if (test.op != Test::Op::without && test.needs) absent(test.path);
            if (test.op == Test::Op::valued && test.needs) repeats(test.path);
        }
    }
    void repeats(const SourcePath& path)
    {
        if (path.kind == SourcePath::Kind::segment) repeating.set(path.slot);
    }
    void absent(const SourcePath& path)
    {
        if (path.kind == SourcePath::Kind::relative && path.component < components_max) needs.components |= bit_of(path.component);
        if (path.kind == SourcePath::Kind::own && path.field < 64) own_field(path.field);
        if (path.kind == SourcePath::Kind::segment) field(path.slot, path.field);
    }
    void own_field(std::uint8_t number)
    {
        own = true;
        needs.components |= bit_of(number);
    }
    void field(Slot slot, std::uint8_t number)
    {
        const bool told = number < 64 && (number == 0 || plan_.segment_facts[slot].fields >> number & 1);
        plain = plain && (told || number >= 64);
        needs.add(slot, told ? bit_of(number) | 1 : 1);
    }
    const Plan& plan_;
    std::vector<const Trial*> tried_; ///< those that ask for fields or facts
};

} // namespace

/// For each node that rendering begins at. What asks for a resource that the node itself makes elsewhere hears another answer behind it: no script for these.
void Compiler::pack_looks()
{
    plan_.looks.emplace_back();
    const auto give = [&](std::uint16_t at) {
        auto& node = plan_.elements[at];
        if (node.kind != NodeKind::object || node.trial_count < 2) return;
        Looker looker(plan_);
        looker.object(node);
        auto all = looker.needs.others;
        if (looker.needs.first.slot != no_slot) all.push_back(looker.needs.first);
        const auto others = std::stable_partition(all.begin(), all.end(), [&](const Needs::Fields& fields) { return looker.repeating[fields.slot]; });
        const auto repeating = static_cast<std::size_t>(others - all.begin());
        if (!looker.plain || all.size() > Scripts::looked_max || repeating > Scripts::repeating_max || plan_.looks.size() > 60000 || looker.changes(at)) return;
        node.looks = static_cast<std::uint16_t>(plan_.looks.size());
        plan_.looks.push_back({static_cast<std::uint32_t>(plan_.looked.size()), static_cast<std::uint16_t>(all.size()), static_cast<std::uint16_t>(repeating), looker.event, looker.own, looker.needs.components});
        plan_.looked.insert(plan_.looked.end(), all.begin(), all.end());
    };
    std::set<std::uint16_t> begins;
    for (const auto& map : plan_.maps) begins.insert(map.root);
    for (const auto& row : plan_.rows) {
        if (row.action == Action::subtree) begins.insert(row.target);
        if (row.action == Action::each) begins.insert(static_cast<std::uint16_t>(row.subtree));
    }
    for (const auto at : begins) give(at);
}

} // namespace sluse
