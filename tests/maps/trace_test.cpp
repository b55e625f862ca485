// tests/maps/trace_test.cpp — the trace: every value of a bundle names its bytes and its row, and changes nothing.
#include "adapters/hl7v2/adapter.hpp"
#include "gateway/normalise/maps.hpp"
#include "gateway/normalise/trace.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluse {
namespace {

constexpr std::string_view admit = "MSH|^~\\&|EPJ|RH|SLUSE|REG|20260301101500||ADT^A01^ADT_A01|M1|P|2.5\r"
                                   "EVN||20260301101500\r"
                                   "PID|1||2512489996^^^CPR~77^^^RH||Pr\\T\\ve&von^\xc3\x85se^^^Fru||19481225|F\r"
                                   "PV1|1|I|||||||||||||||||V1\r"
                                   "NK1|1|Ve^Ib|BRO\r"
                                   "NK1|2|Ve^Bo|BRO\r"
                                   "ZZZ|x|y\r";

struct Traced {
    Normalised out;
    Trace trace;

    std::string written(const TracedValue& v) const { return out.bundle.substr(v.start, v.end - v.start); }
    const TracedValue* find(std::string_view text) const
    {
        const auto at = std::ranges::find_if(trace.values, [&](const TracedValue& v) { return written(v) == text; });
        return at == trace.values.end() ? nullptr : &*at;
    }
    const TracedField* field(std::string_view path) const
    {
        const auto at = std::ranges::find(trace.fields, path, &TracedField::path);
        return at == trace.fields.end() ? nullptr : &*at;
    }
};

Traced traced(std::string_view message, bool on = true)
{
    static const auto maps = [] {
        Issues issues;
        return Maps::load(SLUSE_SOURCE_DIR "/schemas", issues);
    }();
    static const auto keys = Keys::demonstration();
    const SystemSettings system;
    const auto checked = hl7v2::check(message, system);
    Traced result;
    const auto done = hl7v2::normalise(message, checked, {*maps, system, keys.resource, {}, 0, on ? &result.trace : nullptr}, result.out);
    EXPECT_TRUE(done);
    return result;
}

TEST(Trace, names_segment_repetition_component_and_row)
{
    const auto t = traced(admit);
    const auto* family = t.find("\"Pr&ve\"");
    ASSERT_TRUE(family);
    EXPECT_EQ(family->source, "PID[1]-5.1.1");
    EXPECT_EQ(family->bytes, "Pr\\T\\ve");
    EXPECT_TRUE(family->row.starts_with("maps/hl7v2/types/people.tsv:")) << family->row;
    ASSERT_FALSE(family->callers.empty());
    EXPECT_TRUE(family->callers[0].starts_with("maps/hl7v2/resources/Patient.tsv:")) << family->callers[0];
    const auto* local = t.find("\"77\"");
    ASSERT_TRUE(local);
    EXPECT_EQ(local->source, "PID[1]-3[2]");
    const auto* brother = t.find("\"Bo\"");
    ASSERT_TRUE(brother);
    EXPECT_EQ(brother->source, "NK1[2]-2.2");
}

TEST(Trace, explains_ids_by_their_rule)
{
    const auto t = traced(admit);
    const auto patient = std::ranges::find(t.out.resources, "Patient", &ResourceSpan::type);
    ASSERT_NE(patient, t.out.resources.end());
    const auto* id = t.find(patient->id);
    ASSERT_TRUE(id);
    EXPECT_EQ(id->source, "PID[1]-3[1]");
    EXPECT_TRUE(id->row.starts_with("maps/hl7v2/resources/Patient.tsv:")) << id->row;
}

TEST(Trace, follows_the_bundle_and_what_was_taken_back_is_gone)
{
    const auto t = traced(admit);
    ASSERT_FALSE(t.trace.values.empty());
    for (std::size_t i = 0; i < t.trace.values.size(); ++i) {
        const auto& v = t.trace.values[i];
        EXPECT_LT(v.start, v.end);
        EXPECT_LE(v.end, t.out.bundle.size());
        EXPECT_LE(i ? t.trace.values[i - 1].end : 0, v.start) << t.written(v);
    }
}

TEST(Trace, tells_what_became_of_every_field)
{
    const auto t = traced(admit);
    ASSERT_TRUE(t.field("PID[1]-1"));
    EXPECT_EQ(t.field("PID[1]-1")->fate, TracedField::Fate::ignored);
    EXPECT_EQ(t.field("PID[1]-1")->rule, "set-id");
    EXPECT_TRUE(t.field("PID[1]-1")->place.starts_with("maps/hl7v2/ignore.tsv:"));
    EXPECT_EQ(t.field("PID[1]-8")->fate, TracedField::Fate::mapped);
    EXPECT_EQ(t.field("ZZZ[1]-2")->fate, TracedField::Fate::unmapped);
    const auto count = [&](TracedField::Fate fate) { return static_cast<std::size_t>(std::ranges::count(t.trace.fields, fate, &TracedField::fate)); };
    EXPECT_EQ(count(TracedField::Fate::mapped), t.out.coverage.mapped);
    EXPECT_EQ(count(TracedField::Fate::ignored), t.out.coverage.ignored);
    EXPECT_EQ(count(TracedField::Fate::unmapped), t.out.coverage.unmapped.size());
}

TEST(Trace, changes_nothing)
{
    const auto plain = traced(admit, false);
    EXPECT_EQ(traced(admit).out.bundle, plain.out.bundle);
    EXPECT_TRUE(plain.trace.values.empty());
}

} // namespace
} // namespace sluse
