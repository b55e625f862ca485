// gateway/indicators/fingerprint.cpp — writes a rule down member by member, and hashes that.
#include "gateway/indicators/fingerprint.hpp"

#include "gateway/base/codec.hpp"
#include "gateway/base/ids.hpp"

#include <concepts>
#include <type_traits>

namespace sluse {
namespace {

/// Each member by its value, lists and optional members by how many there are: no two rules write the same bytes.
class Print {
public:
    std::string finish() const { return hex(view(sha256(bytes_)).substr(0, 16)); }

    template <class... Members> void all(const Members&... members) { (add(members), ...); }

    void add(const Definition& d)
    {
        all(d.kind, d.population, d.cohort, d.markers, d.where, d.one_a_day, d.chained, d.new_after, d.numerator, d.outcome, d.exposure);
        all(d.value_from, d.value_to, d.value_less, d.value_scale, d.period, d.municipality, d.matures_after, d.unit_of, d.matures_days);
        all(d.by_region, d.by_municipality, d.by_unit, d.by_sex, d.by_age_band, d.valid_from, d.valid_to, d.id);
    }
    void add(const RegionRow& row) { all(row.municipality, row.region, row.from, row.to); }

private:
    template <class T> requires std::integral<T> || std::is_enum_v<T> void add(T value) { writer_.sint(static_cast<std::int64_t>(value)); }
    void add(const std::string& text) { writer_.bytes(text); }
    template <class T> void add(const std::vector<T>& list)
    {
        writer_.uint(list.size());
        for (const auto& one : list) add(one);
    }
    template <class T> void add(const std::optional<T>& value)
    {
        writer_.u8(value.has_value());
        if (value) add(*value);
    }
    template <class T> void add(const std::shared_ptr<const T>& value)
    {
        writer_.u8(value != nullptr);
        if (value) add(*value);
    }
    void add(const Point& p) { all(p.marker, p.end); }
    void add(const CodeTable& table) { add(table.rows()); }
    void add(const CodeRow& row) { all(row.code, row.kind); }
    void add(const Search& s)
    {
        all(s.of, s.cohort, s.where, s.from, s.at_end, s.since, s.within, s.counting, s.during, s.covers, s.lead, s.lag, s.shift, s.link, s.prefix, s.last);
    }
    void add(const Condition& c)
    {
        all(c.test, c.negate, c.words, c.flag, c.at, c.to, c.from, c.below, c.codes.table, c.rank, c.at_most, c.more_than, c.counting, c.marker, c.count, c.searches,
            c.percent, c.options);
    }
    void add(const Outcome& o) { all(o.of, o.cohort, o.where, o.after, o.more_than, o.within_days, o.counting, o.claims); }
    void add(const Exposure& e)
    {
        all(e.of, e.cohort, e.where, e.from, e.to, e.age_from, e.age_below, e.at_hour);
        if (!e.less.empty()) add(e.less); // rules without keep the print they had
    }
    void add(const Cohort& c) { all(c.name, c.enters, c.events, c.distinct, c.within_days, c.only, c.unless); }
    void add(const Cohort::Enter& e) { all(e.of, e.cohort, e.where, e.at_end); }

    std::string bytes_;
    Writer writer_{bytes_};
};

} // namespace

std::string fingerprint_of(const Definition& rule, const Regions& regions)
{
    Print print;
    print.add(rule);
    if (rule.by_region)
        for (const auto& row : regions.rows()) print.add(row);
    return print.finish();
}

} // namespace sluse
