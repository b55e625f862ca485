// gateway/indicators/figures.cpp — published series as contributions that add up: each row shows what was published for it.
#include "gateway/indicators/evaluate.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <tuple>

namespace sluse {
namespace {

/// A figure stands in one dimension or in none, the total. Coarser ones first: they make the total when nobody published it.
enum class Place : std::uint8_t { total, region, municipality, unit, sex, age_band, several };

Place place_of(const Figure& f)
{
    const std::array<const std::string_view*, 5> codes{&f.region, &f.municipality, &f.unit, &f.sex, &f.age_band};
    auto place = Place::total;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        if (codes[i]->empty()) continue;
        if (place != Place::total) return Place::several;
        place = static_cast<Place>(i + 1);
    }
    return place;
}

struct Share {
    std::int64_t numerator{}, denominator{};
};

/// Every figure as a share, so that sums of them are means by weight. A value without a denominator weighs one.
std::optional<Share> share_of(const Definition& rule, const Figure& f)
{
    if (!f.value_scaled) {
        if (!f.numerator || !f.denominator) return {};
        return Share{*f.numerator * rule.value_scale, *f.denominator * rule.value_scale};
    }
    const auto weight = f.denominator.value_or(1);
    const auto unit = __int128{weight} * rule.value_scale * std::max<std::int64_t>(0, *f.value_scaled) / (rule.percentage ? 100 : 1);
    constexpr __int128 most = std::int64_t{1} << 60;
    if (unit / 1'000'000 > most) return {};
    return Share{static_cast<std::int64_t>((unit + 500'000) / 1'000'000), weight * rule.value_scale};
}

using Report = std::tuple<Day, Day, std::string_view>;
Report report_of(const Figure& f)
{
    return {f.from, f.until, f.reporter};
}

/// What one report says of a rule's indicator.
class Published {
public:
    Published(const Definition& rule, const Regions& regions, std::span<const Figure* const> report) : rule_(rule), regions_(regions), figures_(report)
    {
        for (const auto* f : figures_) total_ = std::min(total_, place_of(*f));
        regions_published_ = std::ranges::any_of(figures_, [](const Figure* f) { return place_of(*f) == Place::region; });
    }

    void add_to(std::vector<Contribution>& out) const
    {
        for (const auto* f : figures_) {
            const auto place = place_of(*f);
            const auto share = share_of(rule_, *f);
            if (!share || place == Place::several) continue;
            Contribution c;
            c.episode = named(std::string(f->key));
            c.counts_day = f->from;
            c.matures_day = f->until;
            c.numerator = share->numerator;
            c.denominator = share->denominator;
            c.dims = {std::string(f->region), std::string(f->municipality), std::string(f->unit), std::string(f->sex), std::string(f->age_band)};
            if (place == Place::municipality && !regions_published_) c.dims.region = regions_.on(f->municipality, f->from);
            if (place != total_) out.push_back(counterpart(c, *f));
            out.push_back(std::move(c));
        }
    }

private:
    static std::string named(const std::string& key)
    {
        Item item;
        item.key = key;
        return std::string(episode_of(item));
    }
    /// The total is another figure's: what this one adds to it is taken away again.
    static Contribution counterpart(const Contribution& c, const Figure& f)
    {
        auto other = c;
        other.episode = named(std::string(f.key) + "|total");
        other.numerator = -c.numerator;
        other.denominator = -c.denominator;
        other.dims = {};
        return other;
    }

    const Definition& rule_;
    const Regions& regions_;
    std::span<const Figure* const> figures_;
    Place total_{Place::several};
    bool regions_published_{};
};

} // namespace

void add_figures(const Definition& rule, const Regions& regions, const Timeline& t, std::vector<Contribution>& out)
{
    std::vector<const Figure*> figures;
    for (const auto& f : t.figures)
        if (f.indicator == rule.id && f.from >= rule.valid_from && f.from < rule.valid_to) figures.push_back(&f);
    std::ranges::stable_sort(figures, {}, [](const Figure* f) { return report_of(*f); });
    for (auto from = figures.cbegin(); from != figures.cend();) {
        const auto to = std::find_if(from, figures.cend(), [&](const Figure* f) { return report_of(*f) != report_of(**from); });
        Published(rule, regions, {from, to}).add_to(out);
        from = to;
    }
}

} // namespace sluse
