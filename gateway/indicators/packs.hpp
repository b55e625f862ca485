// gateway/indicators/packs.hpp — indicator definitions as data: loaded from schemas/indicators, checked whole, evaluated purely.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/indicators/inputs.hpp"
#include "gateway/model/contribution.hpp"
#include "gateway/timeline/timeline.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sluse {

struct Definition; // definition.hpp: the rule as data
struct Watch;      // watches.hpp: what signals are made of
class Regions;

struct Title {
    std::string da, en;
};

/// A published series that a count or a level is shown against.
struct Against {
    std::string series;  ///< the id of an imported indicator: inhabitants, beds
    double amount{1};    ///< per so many of them
    std::string unit;    ///< "per 1,000 inhabitants"
};

/// One indicator at one version. What describes it is here; the compiled rule is behind Packs.
struct Pack {
    std::string id, version, goal; ///< "G1.1", "1", "1"; goal empty for those outside the eight
    Title title, description;
    std::string kind;              ///< proportion, duration, count, mean, rate, level, imported
    std::string unit;              ///< "%", "days", …
    std::int64_t value_scale{1};   ///< Contribution::value per unit (1440 when minutes are shown as days)
    std::string direction;         ///< "lower" or "higher" is better
    std::optional<double> target;
    std::string source, mark;      ///< where the definition is from; "V" verified or "GK"
    std::vector<FactKind> uses;    ///< kinds whose change can change it
    Day valid_from{}, valid_to{};  ///< validity of the definition, counts_day within [from, to)
    Day lateness{60};              ///< days after maturity in which corrections are still usual: after them a number is stable
    std::optional<Against> against{};
    bool adds_up{};                ///< imported: parts add up to their total (inhabitants), and are not averaged (a share)
    double per_days{};             ///< rate: shown per so many days at risk (1,000 person-years: 365,250)
};

/// One person's timeline being evaluated, and then another's: what is known of codes is kept between them. One thread.
class PackReading {
public:
    virtual ~PackReading() = default;
    /// To another timeline, which must live as long as it is read.
    virtual void turn(const Timeline& timeline) = 0;
    /// Appends what one part of a pack counts, in no order. The views live until turn().
    virtual void evaluate(std::size_t pack, Part part, std::vector<ContributionView>& out) = 0;
    /// Both parts, sorted.
    std::vector<Contribution> evaluate(std::size_t pack);
};

/// All active packs. Immutable; a reload makes a new one.
class Packs {
public:
    static std::shared_ptr<const Packs> load(const std::filesystem::path& schemas, Issues& issues);
    virtual ~Packs() = default;
    virtual std::span<const Pack> packs() const = 0;
    virtual const std::string& hash() const = 0;
    /// The rule's data, for those who compute it on their own (the batch check, an explanation).
    virtual const Definition& definition(std::size_t pack) const = 0;
    virtual const Regions& regions() const = 0;
    /// What signals are made of; loaded and switched together with the indicators.
    virtual std::span<const Watch> watches() const { return {}; }
    /// What `timeline` contributes to pack number `pack` now, sorted. Pure: no clock; maturity is a day in the data.
    virtual std::vector<Contribution> evaluate(std::size_t pack, const Timeline& timeline) const = 0;
    /// Several packs over one timeline share what they have in common. The packs and the timeline must outlive it.
    virtual std::unique_ptr<PackReading> read(const Timeline& timeline) const;
    /// Facts that can change what the pack counts. Without a rule to derive it from: any of the kinds that it uses.
    virtual std::vector<Input> inputs(std::size_t pack) const;
};

} // namespace sluse
