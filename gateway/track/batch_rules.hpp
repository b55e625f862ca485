// gateway/track/batch_rules.hpp — the indicator language a second time, plain and slow: what the batch recompute asks of a person.
#pragma once

#include "gateway/indicators/definition.hpp"
#include "gateway/model/contribution.hpp"
#include "gateway/track/batch_person.hpp"

#include <map>
#include <optional>
#include <vector>

namespace sluse::batch {

/// A happening in the light of a rule's markers.
struct Scene {
    explicit Scene(Happening h, const std::vector<Search>* named = nullptr) : what(std::move(h)), markers(named) {}
    Happening what;
    const std::vector<Search>* markers;
};

/// Each question is answered from the start every time.
class Rules {
public:
    explicit Rules(const Individual& who) : who_(who) {}
    const Individual& who() const { return who_; }
    std::vector<Happening> happenings(Series series, const std::shared_ptr<const Cohort>& cohort) const;
    std::optional<Happening> marked(const Scene& scene, int marker) const;
    std::optional<Millis> when(const Scene& scene, Point point) const;
    bool all(const std::vector<Condition>& conditions, const Scene& scene, const Happening* index) const;
    std::vector<Happening> found(const Search& search, const Scene& scene) const;
    /// Instants (or local days) after `from` up to `to` that lie in one of the pauses.
    std::int64_t stood_still(const std::vector<Search>& pauses, const Scene& scene, Millis from, Millis to, bool in_days) const;

private:
    bool holds(const Condition& c, const Scene& scene, const Happening* index) const;
    bool in_time(const Condition& c, const Scene& scene) const;
    bool meets_window(const Search& search, const Scene& scene, const Happening& other) const;
    std::vector<Happening> memberships(const Cohort& cohort) const;

    const Individual& who_;
};

Day day_of_instant(Millis at);
int years_between(std::int64_t birth, Day at);
bool in_time(const Happening& a, const Happening& b);
Dimensions whereabouts(const Definition& rule, const Regions& regions, const Individual& who, const std::string& unit, Day day);
/// Steps of the time at risk.
void at_risk(const Definition& rule, const Regions& regions, const Rules& rules, std::vector<Contribution>& out);

} // namespace sluse::batch
