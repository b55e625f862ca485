// tests/fhir/traps_test.cpp — one thing under several spellings, as MedCom's and dk-core's packages have written it over the years.
#include "adapters/fhir/letter_hold.hpp"
#include "tests/fhir/cases.hpp"

namespace sluse::fhir {
namespace {

std::string all_changed(std::string text, std::string_view from, std::string_view to)
{
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    return text;
}

/// https in MedCom's messages, http in dk-core since 3.5, the OID in older ones: the same organisation with the same id, and one spelling out.
TEST(FhirTraps, ALocationNumberHasThreeSystems)
{
    const auto text = case_text("notification_leave");
    ASSERT_NE(text.find("https://www.gs1.org/gln"), text.npos);
    const auto sent = normalised_case(text);
    for (const auto* system : {"http://www.gs1.org/gln", "urn:oid:1.3.88"}) {
        const auto other = normalised_case(all_changed(text, "https://www.gs1.org/gln", system));
        EXPECT_EQ(other.bundle, sent.bundle) << system;
    }
}

TEST(FhirTraps, AnObjectsNumberIsTheSameWithHyphensAndInCapitals)
{
    const std::string name = "0123abcd-4567-89ef-0123-456789abcdef";
    for (const auto* spelt : {"0123abcd456789ef0123456789abcdef", "0123ABCD456789EF0123456789ABCDEF", "0123ABCD-4567-89EF-0123-456789ABCDEF"}) EXPECT_EQ(object_id(spelt), name) << spelt;
    EXPECT_EQ(object_id("picture-7"), "picture-7");
}

} // namespace
} // namespace sluse::fhir
