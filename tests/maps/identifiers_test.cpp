// tests/maps/identifiers_test.cpp — one spelling per identifier system, and ids that depend on nothing but the business key.
#include "gateway/normalise/resource_ids.hpp"

#include <gtest/gtest.h>

namespace sluse {
namespace {

PersonIdentifier person(const Authority& authority, std::string_view type, std::string_view value, const SystemSettings& settings = {})
{
    PersonIdentifier out;
    person_identifier(settings, "EPJ|RH", authority, type, value, out);
    return out;
}

TEST(Identifiers, know_a_cpr_number_by_name_oid_and_type)
{
    const PersonIdentifier expected{std::string(cpr_system), "2512489996"};
    EXPECT_EQ(person({"CPR", "", ""}, "", "251248-9996"), expected);
    EXPECT_EQ(person({"cpr", "1.2.208.176.1.2", "ISO"}, "NNDNK", "2512489996"), expected);
    EXPECT_EQ(person({"", "", ""}, "NNDNK", "2512489996"), expected);
    EXPECT_EQ(person({"1.2.208.176.1.2", "", ""}, "", "2512489996"), expected);
}

TEST(Identifiers, give_replacement_numbers_under_the_cpr_authority_their_own_system)
{
    EXPECT_EQ(person({"CPR", "", ""}, "NNDNK", "0703921VJ4").system, xecpr_system);
    EXPECT_EQ(person({"CPR", "", ""}, "NNDNK", "0703925VJ4").system, decpr_system);
    EXPECT_EQ(person({"", "1.2.208.176.1.6.1.3.181", "ISO"}, "", "0703925VJ4").system, "urn:oid:1.2.208.176.1.6.1.3.181");
    EXPECT_EQ(person({"", "1.2.208.176.1.6.1.3.181", "ISO"}, "", "0703925VJ4").rank(), IdentifierRank::ecpr);
}

TEST(Identifiers, never_let_a_false_cpr_meet_a_true_one)
{
    EXPECT_EQ(person({"CPR", "", ""}, "NNDNK", "9999999999").system, "urn:sluse:id:EPJ:RH:CPR");
}

TEST(Identifiers, scope_local_numbers_to_their_sender)
{
    EXPECT_EQ(person({"", "", ""}, "MR", "77").system, "urn:sluse:id:EPJ:RH:patient");
    EXPECT_EQ(person({"Ward 7&8", "", ""}, "MR", "77").system, "urn:sluse:id:EPJ:RH:Ward%207%268");
    SystemSettings settings;
    settings.identifier_systems["OUH"] = "urn:oid:1.2.3";
    EXPECT_EQ(person({"OUH", "", ""}, "MR", "77", settings).system, "urn:oid:1.2.3");
}

TEST(Identifiers, have_one_spelling_for_lpr3_and_npu)
{
    EXPECT_EQ(canonical_system("https://www.esundhed.dk/Registre/Landspatientsregisteret"), lpr3_system);
    EXPECT_EQ(canonical_system("urn:oid:1.2.208.176.2.1"), "http://npu-terminology.org");
    EXPECT_EQ(canonical_system("http://loinc.org"), "http://loinc.org");
}

TEST(ResourceIds, prefer_lpr3_and_cpr_and_keep_the_order_among_equals)
{
    const std::vector<PersonIdentifier> contact{{"urn:sluse:id:EPJ:RH:visit", "V1"}, {std::string(lpr3_system), "urn:uuid:1"}};
    EXPECT_EQ(best_identifier(contact), 1u);
    const std::vector<PersonIdentifier> local{{"a", "1"}, {"b", "2"}};
    EXPECT_EQ(best_identifier(local), 0u);
    const HmacKey key("k");
    EXPECT_EQ(resource_id(key, "Patient", "a", "1"), resource_id(key, "Patient", PersonIdentifier{"a", "1"}));
    EXPECT_NE(resource_id(key, "Patient", "a", "1"), resource_id(key, "Encounter", "a", "1"));
}

} // namespace
} // namespace sluse
