// tests/fhir/xml_test.cpp — FHIR XML to JSON and back.
#include "tests/fhir/cases.hpp"

namespace sluse::fhir {
namespace {

std::string json_of(std::string_view inside)
{
    Issues issues;
    auto out = json_of_xml("<Patient xmlns=\"http://hl7.org/fhir\">" + std::string(inside) + "</Patient>", issues);
    for (const auto& issue : issues) ((out += "|" + issue.path) += " ") += issue.text;
    return out;
}

TEST(FhirXml, makes_a_list_of_what_repeats)
{
    EXPECT_EQ(json_of("<name><family value=\"Prøve\"/><given value=\"Åse\"/><given value=\"B\"/></name>"),
              "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"Prøve\",\"given\":[\"Åse\",\"B\"]}]}");
}

TEST(FhirXml, keeps_ids_and_extensions_beside_primitives)
{
    EXPECT_EQ(json_of("<name id=\"n\"><given value=\"A\"/><given id=\"g\"><extension url=\"http://x\"><valueCode value=\"c\"/></extension></given></name>"),
              "{\"resourceType\":\"Patient\",\"name\":[{\"id\":\"n\",\"given\":[\"A\",null],\"_given\":[null,{\"id\":\"g\",\"extension\":[{\"url\":\"http://x\",\"valueCode\":\"c\"}]}]}]}");
}

TEST(FhirXml, keeps_numbers_as_written)
{
    Issues issues;
    EXPECT_EQ(json_of_xml("<Observation xmlns=\"http://hl7.org/fhir\"><valueQuantity><value value=\"4.10\"/></valueQuantity></Observation>", issues),
              "{\"resourceType\":\"Observation\",\"valueQuantity\":{\"value\":4.10}}");
    EXPECT_EQ(json_of("<multipleBirthInteger value=\"2x\"/>"), "{\"resourceType\":\"Patient\",\"multipleBirthInteger\":null}|Patient.multipleBirthInteger is no FHIR integer");
}

TEST(FhirXml, takes_contained_resources_and_the_narrative)
{
    EXPECT_EQ(json_of("<text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">A <b>&lt;b&gt;</b></div></text>"
                      "<contained><Organization><id value=\"o\"/></Organization></contained>"),
              "{\"resourceType\":\"Patient\",\"text\":{\"status\":\"generated\",\"div\":\"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">A <b>&lt;b&gt;</b></div>\"},"
              "\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"o\"}]}");
}

TEST(FhirXml, says_what_it_leaves_out_and_what_is_wrong)
{
    EXPECT_EQ(json_of("<invented value=\"1\"/><gender value=\"male\"/>"), "{\"resourceType\":\"Patient\",\"gender\":\"male\"}|Patient.invented is no element of Patient in FHIR R4; left out");
    EXPECT_EQ(json_of("<gender value=\"male\"/><gender value=\"male\"/>"), "{\"resourceType\":\"Patient\"}|Patient.gender stands here more than once; FHIR R4 allows one");
    Issues issues;
    EXPECT_EQ(json_of_xml("<Patient xmlns=\"http://hl7.org/fhir\"><id", issues), "");
    ASSERT_EQ(issues.size(), 1u);
    EXPECT_EQ(issues[0].path.substr(0, 7), "line 1,");
}

TEST(FhirXml, reads_the_charset_that_is_declared)
{
    Issues issues;
    const auto json = json_of_xml("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><Patient xmlns=\"http://hl7.org/fhir\"><name><family value=\"S\xf8rensen\"/></name></Patient>", issues);
    EXPECT_TRUE(issues.empty());
    EXPECT_NE(json.find("Sørensen"), json.npos);
}

TEST(FhirXml, leaves_out_a_narrative_that_is_not_well_formed)
{
    EXPECT_EQ(xml_of_json("{\"resourceType\":\"Patient\",\"text\":{\"status\":\"generated\",\"div\":\"<div><p></div></Patient><Evil/>\"}}"),
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Patient xmlns=\"http://hl7.org/fhir\"><text><status value=\"generated\"/></text></Patient>\n");
}

TEST(FhirXml, comes_back_as_the_json_it_was)
{
    for (const auto* name : {"notification_admit", "notification_return", "notification_death", "communication_new"}) {
        const auto n = normalised_case(case_text(name));
        Issues issues;
        EXPECT_EQ(json_of_xml(xml_of_json(n.bundle), issues), json_of_xml(xml_of_json(json_of_xml(xml_of_json(n.bundle), issues)), issues)) << name;
        EXPECT_TRUE(issues.empty()) << name << issues[0].path << issues[0].text;
    }
    const std::string patient = "{\"resourceType\":\"Patient\",\"id\":\"1\",\"_birthDate\":{\"extension\":[{\"url\":\"http://x\",\"valueString\":\"a\\nb\\t\\\"c\\\" & <d>\"}]}}";
    Issues issues;
    EXPECT_EQ(json_of_xml(xml_of_json(patient), issues), patient);
    const std::string odd = "{\"resourceType\":\"Patient\",\"name\":[{\"id\":\"a\\n b\",\"family\":\"B\"}]}"; // an id is an attribute in XML
    EXPECT_EQ(json_of_xml(xml_of_json(odd), issues), odd);
}

/// KL Gateway's incremental delivery in XML: the same reports as in JSON, each readable by itself.
TEST(Reports, are_taken_out_of_a_delivery_in_xml_as_in_json)
{
    std::ifstream in(SLUSE_SOURCE_DIR "/tests/process/documents/kl_incremental_delivery.json");
    const std::string json{std::istreambuf_iterator<char>(in), {}};
    const auto plain = xml_of_json(json);
    auto prefixed = plain; // declared once, outside; a comment and a processing instruction between
    for (const auto& [from, to] : {std::pair{"<entry>", "<!-- <entry> --><entry><?note here?>"}, {"<Bundle xmlns=", "<Bundle\n  xmlns:a='urn:a' xmlns="}})
        for (auto at = prefixed.find(from); at != prefixed.npos; at = prefixed.find(from, at + std::string_view(to).size())) prefixed.replace(at, std::string_view(from).size(), to);
    Issues issues;
    const auto wanted = split(json, issues);
    ASSERT_EQ(wanted.size(), 2u);
    for (const auto& xml : {plain, prefixed}) {
        const auto pieces = split(xml, issues);
        ASSERT_EQ(pieces.size(), wanted.size()) << xml;
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            const auto whole = alone(xml, pieces[i]);
            ASSERT_TRUE(recognises(whole)) << whole.substr(0, 200);
            const auto got = check(whole, {}), same = check(wanted[i], {});
            EXPECT_EQ(got.answer, Answer::accepted) << (got.issues.empty() ? "" : got.issues[0].path + ": " + got.issues[0].text);
            ASSERT_EQ(got.persons.size(), same.persons.size());
            EXPECT_EQ(got.persons.front().node(), same.persons.front().node());
            EXPECT_EQ(got.control_id, same.control_id);
        }
        EXPECT_NE(check(alone(xml, pieces[0]), {}).persons.front().node(), check(alone(xml, pieces[1]), {}).persons.front().node());
    }
}

TEST(Reports, of_a_delivery_that_holds_something_else_stay_one_message)
{
    const std::string xml = "<?xml version=\"1.0\"?><Bundle xmlns=\"http://hl7.org/fhir\"><meta><profile value=\"http://fhir.kl.dk/gateway/StructureDefinition/klgateway-care-incremental-delivery\"/></meta>"
                            "<type value=\"collection\"/><entry><resource><Patient><id value=\"1\"/></Patient></resource></entry></Bundle>";
    Issues issues;
    const auto pieces = split(xml, issues);
    ASSERT_EQ(pieces.size(), 1u);
    EXPECT_EQ(pieces[0], xml);
    for (std::size_t i = 0; i < xml.size(); ++i)
        for (const auto piece : split(std::string_view(xml).substr(0, i), issues)) alone(std::string_view(xml).substr(0, i), piece); // cut anywhere: no harm
}

TEST(FhirXml, leaves_out_an_element_that_says_nothing)
{
    const std::string xml = R"(<Patient xmlns="http://hl7.org/fhir"><name><given/><given value="Åse"/></name></Patient>)";
    const auto checked = check(xml, {});
    ASSERT_EQ(checked.issues.size(), 1u);
    EXPECT_EQ(checked.issues[0].path + ": " + checked.issues[0].text, "Patient.name[0].given[0]: is empty; FHIR has no element without content");
    EXPECT_NE(normalised_case(xml).bundle.find(R"("given":["Åse"])"), std::string::npos);
}

TEST(FhirXml, tells_of_what_it_leaves_out_and_of_elements_out_of_order)
{
    Issues issues;
    const auto json = json_of_xml(R"(<Patient xmlns="http://hl7.org/fhir"><name colour="red"><family value="Prøve"/></name><active value="true"/></Patient>)", issues);
    EXPECT_EQ(json, R"({"resourceType":"Patient","name":[{"family":"Prøve"}],"active":true})");
    ASSERT_EQ(issues.size(), 2u);
    EXPECT_EQ(issues[0].path + ' ' + issues[0].text, "Patient.name[0] has an attribute that FHIR does not know; left out");
    EXPECT_EQ(issues[1].path + ' ' + issues[1].text, "Patient.active stands after an element that FHIR's XML has behind it");
    for (const auto& issue : issues) EXPECT_EQ(issue.severity, Severity::warning);
}

} // namespace
} // namespace sluse::fhir
