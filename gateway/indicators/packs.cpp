// gateway/indicators/packs.cpp — reads every file of schemas/indicators, checks them whole and keeps the compiled rules.
#include "gateway/indicators/packs.hpp"

#include "gateway/base/files.hpp"
#include "gateway/base/ids.hpp"
#include "gateway/indicators/evaluate.hpp"
#include "gateway/indicators/read_pack.hpp"
#include "gateway/indicators/watches.hpp"

#include <algorithm>
#include <deque>

namespace sluse {
namespace {

namespace fs = std::filesystem;

class OneByOne final : public PackReading {
public:
    OneByOne(const Packs& packs, const Timeline& timeline) : packs_(packs), timeline_(&timeline) {}
    void turn(const Timeline& timeline) override
    {
        timeline_ = &timeline;
        kept_.clear();
    }
    void evaluate(std::size_t pack, Part part, std::vector<ContributionView>& out) override
    {
        if (part == Part::steps) return; // one list, all of it counted
        for (const auto& c : kept_.emplace_back(packs_.evaluate(pack, *timeline_))) out.push_back(view_of(c));
    }

private:
    const Packs& packs_;
    const Timeline* timeline_;
    std::deque<std::vector<Contribution>> kept_; ///< what the views are of
};

class Shared final : public PackReading {
public:
    Shared(const std::vector<Definition>& definitions, const Regions& regions, const Timeline& timeline)
        : definitions_(definitions), regions_(regions), reading_(timeline)
    {
    }
    void turn(const Timeline& timeline) override { reading_.turn(timeline); }
    void evaluate(std::size_t pack, Part part, std::vector<ContributionView>& out) override { sluse::evaluate(definitions_[pack], regions_, reading_, part, out); }

private:
    const std::vector<Definition>& definitions_;
    const Regions& regions_;
    Reading reading_;
};

/// How much it costs to ask: what the thing itself says first, then what has to be looked up, then what has to be searched for.
int cost(const Condition& c)
{
    using Test = Condition::Test;
    switch (c.test) {
    case Test::code:
    case Test::category:
    case Test::reason: return 1;
    case Test::age:
    case Test::alive: return c.at.marker < 0 ? 2 : 5;
    case Test::diagnosis:
    case Test::result: return 3;
    case Test::any: return 4;
    case Test::near:
    case Test::has:
    case Test::elapsed:
    case Test::share: return 5;
    default: return 0;
    }
}

/// All of them must hold, so their order changes nothing but the time it takes.
void cheapest_first(Definition& rule)
{
    const auto sort = [](std::vector<Condition>& where) { std::ranges::stable_sort(where, {}, cost); };
    sort(rule.where);
    sort(rule.numerator);
    if (rule.outcome) sort(rule.outcome->where);
    if (rule.exposure) sort(rule.exposure->where);
    for (auto& marker : rule.markers) sort(marker.where);
}

class LoadedPacks final : public Packs {
public:
    std::span<const Pack> packs() const override { return packs_; }
    const std::string& hash() const override { return hash_; }
    const Definition& definition(std::size_t pack) const override { return definitions_[pack]; }
    const Regions& regions() const override { return regions_; }
    std::span<const Watch> watches() const override { return watches_; }
    std::vector<Contribution> evaluate(std::size_t pack, const Timeline& timeline) const override
    {
        return sluse::evaluate(definitions_[pack], regions_, timeline);
    }
    std::unique_ptr<PackReading> read(const Timeline& timeline) const override { return std::make_unique<Shared>(ordered_, regions_, timeline); }
    std::vector<Input> inputs(std::size_t pack) const override { return inputs_of(ordered_[pack]); }

    void load(const fs::path& schemas, Issues& issues)
    {
        regions_ = Regions::load(schemas / "codes" / "municipality-region.tsv", "codes/municipality-region.tsv", issues);
        CodeTables tables(schemas / "codes" / "sets");
        Cohorts cohorts(schemas / "cohorts", tables);
        for (const auto& file : files_in(schemas / "cohorts", ".yaml")) cohorts.load(file.stem().string(), issues);
        for (const auto& file : files_in(schemas / "indicators", ".yaml")) {
            const auto name = "indicators/" + file.filename().string();
            for (auto& [pack, definition] : read_packs(bytes_of(file), name, tables, cohorts, issues)) add(std::move(pack), std::move(definition), name, issues);
        }
        watches_ = read_watches(schemas, tables, cohorts, issues);
        check_watches(issues);
        check_series(issues);
        if (packs_.empty()) issues.push_back({Severity::error, IssueKind::required_missing, "indicators", "there is no indicator"});
        hash_ = hash_of(schemas);
    }

private:
    void add(Pack pack, Definition definition, const std::string& name, Issues& issues)
    {
        for (const auto& other : packs_)
            if (other.id == pack.id && other.version == pack.version)
                issues.push_back({Severity::error, IssueKind::duplicate_key, name, pack.id + " version " + pack.version + " is there twice"});
        packs_.push_back(std::move(pack));
        definitions_.push_back(std::move(definition));
        cheapest_first(ordered_.emplace_back(definitions_.back()));
    }

    void check_watches(Issues& issues) const
    {
        for (const auto& watch : watches_)
            for (const auto& id : watch.indicators)
                if (std::ranges::find(packs_, id, &Pack::id) == packs_.end())
                    issues.push_back({Severity::error, IssueKind::wrong_type, "signals/" + watch.id, "there is no indicator '" + id + "'"});
    }

    void check_series(Issues& issues) const
    {
        for (const auto& pack : packs_)
            if (pack.against && std::ranges::none_of(packs_, [&](const Pack& p) { return p.id == pack.against->series && p.kind == "imported"; }))
                issues.push_back({Severity::error, IssueKind::wrong_type, "indicators/" + pack.id, "'against' names '" + pack.against->series + "', which is no imported indicator"});
    }

    /// Names and bytes of everything that decides the numbers.
    static std::string hash_of(const fs::path& schemas)
    {
        auto files = files_in(schemas / "indicators", ".yaml");
        for (auto& file : files_in(schemas / "cohorts", ".yaml")) files.push_back(std::move(file));
        for (auto& file : files_in(schemas / "signals", ".yaml")) files.push_back(std::move(file));
        for (auto& file : files_in(schemas / "codes" / "sets", ".tsv")) files.push_back(std::move(file));
        files.push_back(schemas / "codes" / "municipality-region.tsv");
        std::string all;
        for (const auto& file : files) {
            const auto digest = sha256(bytes_of(file));
            all += file.filename().string() + '\0' + std::string(view(digest));
        }
        const auto digest = sha256(all);
        return hex(view(digest));
    }

    std::vector<Pack> packs_;
    std::vector<Definition> definitions_;
    std::vector<Definition> ordered_; ///< the same, conditions in the order in which they are asked
    std::vector<Watch> watches_;
    Regions regions_;
    std::string hash_;
};

} // namespace

std::vector<Contribution> PackReading::evaluate(std::size_t pack)
{
    std::vector<ContributionView> views;
    for (const auto part : {Part::counted, Part::steps}) evaluate(pack, part, views);
    return sorted(views);
}

std::vector<Input> Packs::inputs(std::size_t pack) const
{
    std::vector<Input> out;
    for (const auto kind : packs()[pack].uses) out.push_back({.kind = kind, .part = Part::counted});
    return out;
}

std::unique_ptr<PackReading> Packs::read(const Timeline& timeline) const
{
    return std::make_unique<OneByOne>(*this, timeline);
}

std::shared_ptr<const Packs> Packs::load(const fs::path& schemas, Issues& issues)
{
    Issues found;
    auto packs = std::make_shared<LoadedPacks>();
    packs->load(schemas, found);
    bool failed = false;
    for (auto& issue : found) {
        failed = failed || issue.severity == Severity::error;
        if (std::ranges::find(issues, issue) == issues.end()) issues.push_back(std::move(issue)); // for_each says the same once a line
    }
    if (failed) return nullptr;
    return packs;
}

} // namespace sluse
