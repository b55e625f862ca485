// tests/fuzz/pack.cpp — any bytes as an indicator's file beside the real code tables: mistakes are told with their place; what compiles counts a
// person's year without trouble, and the same twice.
#include "gateway/indicators/evaluate.hpp"
#include "gateway/indicators/read_pack.hpp"
#include "gateway/timeline/timeline.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

using namespace sluse;

std::filesystem::path schemas()
{
    const auto* given = std::getenv("SLUSE_SCHEMAS");
    const std::string here = __FILE__;
    return given ? std::filesystem::path(given) : std::filesystem::path(here.substr(0, here.rfind("tests/fuzz")) + "schemas");
}

constexpr Millis year_begins = 1'767'222'000'000; // 2026-01-01 in Denmark
constexpr Millis day_ms = 24 * hour_ms;

Fact fact(FactKind kind, std::string key, std::vector<std::pair<Attr, FactValue>> values)
{
    Fact out{kind, std::move(key), {}};
    std::ranges::sort(values, {}, &std::pair<Attr, FactValue>::first);
    for (auto& [attr, value] : values) out.attributes.push_back({attr, std::move(value), {year_begins, year_begins, 1}});
    return out;
}

/// Two admissions three weeks apart, a diagnosis, a result, and an act of each kind.
std::vector<Fact> a_year()
{
    std::vector<Fact> facts{fact(FactKind::person, "", {{Attr::birth_day, std::int64_t{-7000}}, {Attr::sex, "female"}}),
                            fact(FactKind::residence, "0101", {{Attr::municipality, "0101"}, {Attr::valid_from_day, std::int64_t{10'000}}})};
    for (std::int64_t n = 0; n < 2; ++n) {
        const auto start = year_begins + n * 21 * day_ms;
        facts.push_back(fact(FactKind::contact, "V" + std::to_string(n), {{Attr::encounter_class, "IMP"}, {Attr::start_ms, start}, {Attr::end_ms, start + 2 * day_ms}, {Attr::priority, "A"}, {Attr::unit, "3301"}}));
    }
    facts.push_back(fact(FactKind::diagnosis, "D1", {{Attr::code, "DJ440"}, {Attr::rank, std::int64_t{1}}, {Attr::contact_key, "V0"}, {Attr::status, "active"}}));
    facts.push_back(fact(FactKind::result, "R1", {{Attr::code, "NPU27300"}, {Attr::sample_ms, year_begins + day_ms}, {Attr::answer_ms, year_begins + 2 * day_ms}, {Attr::value_scaled, std::int64_t{48'000'000}}, {Attr::status, "final"}}));
    for (auto kind = FactKind::procedure; kind < FactKind::figure; kind = static_cast<FactKind>(static_cast<int>(kind) + 1))
        facts.push_back(fact(kind, "A" + std::to_string(static_cast<int>(kind)), {{Attr::code, "ZZ"}, {Attr::start_ms, year_begins + 5 * day_ms}, {Attr::end_ms, year_begins + 9 * day_ms}, {Attr::status, "active"}}));
    return facts;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    if (size > 8192) return -1;
    static CodeTables tables(schemas() / "codes" / "sets");
    static Cohorts cohorts(schemas() / "cohorts", tables);
    static Issues none;
    static const auto regions = Regions::load(schemas() / "codes" / "municipality-region.tsv", "municipality-region.tsv", none);
    static const auto timeline = timeline_of(a_year());
    Issues issues;
    const auto read = read_packs({reinterpret_cast<const char*>(data), size}, "fuzz.yaml", tables, cohorts, issues);
    for (const auto& issue : issues)
        if (issue.path.empty() || issue.text.empty()) std::abort();
    if (!issues.empty()) return 0;
    for (const auto& [pack, rule] : read)
        if (evaluate(rule, regions, timeline) != evaluate(rule, regions, timeline)) std::abort();
    return 0;
}
