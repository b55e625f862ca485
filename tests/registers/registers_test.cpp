// tests/registers/registers_test.cpp — registers' own file forms (invented rows): read, looked up by day, refused with line and hint, used for displays.
#include "gateway/normalise/registers/registers.hpp"
#include "adapters/xml/fragments.hpp"
#include "tests/temporary.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace sluse {
namespace {

namespace fs = std::filesystem;

class Folder {
public:
    void file(const std::string& name, const std::string& text) const { std::ofstream(directory_.path() / name, std::ios::binary) << text; }
    std::shared_ptr<const Registers> load(Issues& issues) const { return Registers::load(SLUSE_SOURCE_DIR "/schemas/codes/registers.tsv", directory_.path(), issues, xml::each_unit); }

private:
    TemporaryDirectory directory_;
};

/// A line as SKS writes it.
std::string sks(std::string_view type, std::string_view code, std::string_view from, std::string_view to, std::string_view text)
{
    return fmt::format("{:<3}{:<20}{:8}{:8}{:8}{:<120}\r\n", type, code, from, from, to, text);
}

Day day(std::string_view iso) { return *parse_day(iso); }

const std::string sor_head = "SOR-kode;Enhedsnavn;SghAfd-kode;Ydernummer;Lokationsnummer;P_KK;B_KK;Telefon;Startdato;Slutdato\r\n";

void whole_set(const Folder& folder)
{
    folder.file("SKScomplete.txt", sks("dia", "DZ999X", "19990101", "20091231", "Eksempelsyge") + sks("dia", "DZ999X", "20100101", "25000101", "Eksempelsygdom, ændret") +
                                       sks("opr", "KAAA99Z", "20010101", "20141231", "Nedlagt indgreb") + sks("atc", "MJ99XX01", "20010101", "25000101", "Eksempelcillin"));
    folder.file("SHAKcomplete.txt", sks("sgh", "9998", "20010101", "25000101", "Eksempel Sygehus") + sks("afd", "999801A", "20010101", "25000101", "Eksempel Medicinsk"));
    folder.file("npu.csv", "NPU code,Short definition,Valid from\nNPU99901,\"P—Eksempel; stofk. = ? mmol/L\",2001-01-01\n");
    folder.file("sor.csv", sor_head + "=\"999900000000001\";Eksempel Kommune, hjemmepleje;;;5790000000010;101;751;87654321;01-01-2012;\r\n" +
                               "999900000000002;L\xE6gehuset;;999991;;461;;;01-01-2012;31-12-2020\r\n");
}

TEST(Registers, are_read_from_their_owners_file_forms_and_looked_up_by_day)
{
    const Folder folder;
    whole_set(folder);
    Issues issues;
    const auto registers = folder.load(issues);
    ASSERT_TRUE(registers) << (issues.empty() ? "" : issues.front().path + ": " + issues.front().text);
    EXPECT_TRUE(issues.empty());
    const auto text = [&](std::string_view system, std::string_view code, std::string_view on) {
        const auto* found = registers->entry(system, code, day(on));
        return found ? found->text : std::string("none");
    };
    EXPECT_EQ(text("urn:oid:1.2.208.176.2.4.12", "DZ999X", "2005-06-01"), "Eksempelsyge");
    EXPECT_EQ(text("urn:oid:1.2.208.176.2.4.12", "DZ999X", "2009-12-31"), "Eksempelsyge") << "the last day is still in force";
    EXPECT_EQ(text("urn:oid:1.2.208.176.2.4", "DZ999X+TUL1", "2010-01-01"), "Eksempelsygdom, ændret") << "what was added to a code is not part of it";
    EXPECT_EQ(text("http://www.whocc.no/atc", "J99XX01", "2020-01-01"), "Eksempelcillin") << "SKS lists ATC with an M before";
    EXPECT_EQ(text("http://npu-terminology.org", "NPU99901", "2020-01-01"), "P—Eksempel; stofk. = ? mmol/L");
    EXPECT_EQ(text("urn:oid:1.2.208.176.2.1", "NPU00000", "2020-01-01"), "none");
    EXPECT_FALSE(registers->covers("urn:oid:1.2.208.176.2.31")) << "no ICPC-2 was supplied: nothing is said of its codes";
    EXPECT_FALSE(registers->covers("http://loinc.org"));

    const auto* home_care = registers->unit("https://www.gs1.org/gln", "5790000000010", day("2026-01-01"));
    ASSERT_TRUE(home_care);
    EXPECT_EQ(home_care->name, "Eksempel Kommune, hjemmepleje");
    EXPECT_EQ(home_care->sor, "999900000000001");
    EXPECT_EQ(home_care->municipality, "0751");
    EXPECT_EQ(home_care->phone, "87654321");
    const auto* practice = registers->unit("urn:oid:1.2.208.176.1.4", "999991", day("2026-01-01"));
    ASSERT_TRUE(practice);
    EXPECT_EQ(practice->municipality, "0461") << "where patients are seen, else where post goes";
    EXPECT_EQ(practice->name, "Lægehuset") << "windows-1252, closed, still the last that is known";
    ASSERT_TRUE(registers->unit("urn:oid:1.2.208.176.1.8", "999801A", day("2026-01-01")));
    ASSERT_EQ(registers->files().size(), 4u);
    EXPECT_EQ(registers->files()[1].name, "sks");
    EXPECT_EQ(registers->files()[1].rows, 4u);
}

/// SOR as XML, in the shape of its owner's schema; units that do not exist.
std::string sor_xml(const std::string& last_unit = {})
{
    return "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<!-- <InstitutionOwner> in a comment -->\n"
           "<s:SorTree xmlns:s=\"urn:oio:sundhedsstyrelsen:organisation:1.0.0\" xmlns:x=\"http://rep.oio.dk/xkom.dk/xml/schemas/2005/03/15/\">\n<s:SnapshotDate>2026-03-01</s:SnapshotDate>\n"
           "<s:InstitutionOwnerEntity>\n<s:InstitutionOwner><s:SorIdentifier>999900000000001</s:SorIdentifier><s:EntityName>Eksempel Region</s:EntityName>"
           "<s:EanLocationCodeEntity><s:EanLocationCode>5790000000010</s:EanLocationCode><s:SorStatus><s:FromDate>2020-01-01</s:FromDate><s:ToDate>2020-12-31</s:ToDate></s:SorStatus></s:EanLocationCodeEntity>"
           "<s:VirtualAddressInformation><x:EmailAddressIdentifier>a@example.dk</x:EmailAddressIdentifier><s:TelephoneNumberIdentifier>70101010</s:TelephoneNumberIdentifier></s:VirtualAddressInformation>"
           "<s:SorStatus><s:FromDate>2007-01-01</s:FromDate></s:SorStatus></s:InstitutionOwner>\n"
           "<s:HealthInstitutionEntity>\n<s:HealthInstitution><s:SorIdentifier>999900000000002</s:SorIdentifier><s:EntityName>Sygehus \xD8st &amp; Vest</s:EntityName><s:ShakIdentifier>9998</s:ShakIdentifier>"
           "<s:OptionalEanLocationCode><s:EntityInheritedIndicator>true</s:EntityInheritedIndicator></s:OptionalEanLocationCode><s:SorStatus><s:FromDate>2024-05-01</s:FromDate><s:FirstFromDate>2007-01-01</s:FirstFromDate>"
           "</s:SorStatus></s:HealthInstitution>\n<s:OrganizationalUnitEntity>\n<s:OrganizationalUnit><s:SorIdentifier>999900000000003</s:SorIdentifier><s:EntityName>Afdeling X</s:EntityName><s:ShakIdentifier>999801X</s:ShakIdentifier>"
           "<s:ProviderIdentifier>999991</s:ProviderIdentifier><s:OptionalEanLocationCode><s:EanLocationCodeEntity><s:EanLocationCode>5790000000027</s:EanLocationCode></s:EanLocationCodeEntity></s:OptionalEanLocationCode>"
           "<s:VirtualAddressInformation><s:TelephoneNumberIdentifier>70202020</s:TelephoneNumberIdentifier></s:VirtualAddressInformation>"
           "<s:SorStatus><s:FromDate>2012-01-01</s:FromDate><s:ToDate>2020-12-31</s:ToDate></s:SorStatus></s:OrganizationalUnit>\n</s:OrganizationalUnitEntity>\n" +
           last_unit + "</s:HealthInstitutionEntity>\n</s:InstitutionOwnerEntity>\n</s:SorTree>\n";
}

TEST(Registers, read_sor_as_xml_with_what_units_inherit)
{
    const Folder folder;
    folder.file("Sor.xml", sor_xml());
    Issues issues;
    const auto registers = folder.load(issues);
    ASSERT_TRUE(registers) << (issues.empty() ? "" : issues.front().path + ": " + issues.front().text);
    ASSERT_EQ(registers->files().size(), 1u);
    EXPECT_EQ(registers->files()[0].rows, 3u);
    const auto* hospital = registers->unit("urn:oid:1.2.208.176.1.8", "9998", day("2010-01-01"));
    ASSERT_TRUE(hospital);
    EXPECT_EQ(hospital->name, "Sygehus Øst & Vest");
    EXPECT_EQ(hospital->phone, "70101010") << "its owner's";
    EXPECT_EQ(hospital->gln, "5790000000010") << "its owner's, since it says so";
    EXPECT_EQ(hospital->from, day("2007-01-01"));
    const auto* owner = registers->unit("https://www.gs1.org/gln", "5790000000010", day("2026-01-01"));
    ASSERT_TRUE(owner);
    EXPECT_EQ(owner->name, "Eksempel Region") << "a number leads to the unit that it belongs to";
    EXPECT_GT(owner->to, day("2026-01-01")) << "the location number's own status is not the unit's";
    const auto* ward = registers->unit("urn:oid:1.2.208.176.1.4", "999991", day("2015-01-01"));
    ASSERT_TRUE(ward);
    EXPECT_EQ(ward->gln, "5790000000027");
    EXPECT_EQ(ward->phone, "70202020");
    EXPECT_EQ(ward->to, day("2021-01-01"));
}

TEST(Registers, read_sor_of_many_units)
{
    std::string units;
    for (int i = 0; i < 20'000; ++i)
        units += fmt::format("<s:OrganizationalUnitEntity><s:OrganizationalUnit><s:SorIdentifier>{}</s:SorIdentifier><s:EntityName>Enhed {}</s:EntityName><s:Remark>{}</s:Remark></s:OrganizationalUnit></s:OrganizationalUnitEntity>\n",
                             999900000100000 + i, i, std::string(500, 'x'));
    const Folder folder;
    folder.file("sor.xml", sor_xml(units));
    Issues issues;
    const auto registers = folder.load(issues);
    ASSERT_TRUE(registers) << issues.front().text;
    EXPECT_EQ(registers->files()[0].rows, 20'003u);
}

TEST(Registers, tell_what_is_wrong_with_sor_as_xml)
{
    struct Case {
        std::string text, place, says;
    };
    const std::string unit = "<s:OrganizationalUnit>\n<s:SorIdentifier>12</s:SorIdentifier><s:EntityName>x</s:EntityName></s:OrganizationalUnit>\n";
    const auto whole = sor_xml();
    const Case cases[] = {
        {sor_xml(unit), "sor.xml:12", "'12' does not look like a code of sor"},
        {sor_xml("<s:OrganizationalUnit>\n</s:HealthInstitution>\n"), "sor.xml:12", "does not end within 1 MB"},
        {sor_xml("<s:OrganizationalUnit><s:SorIdentifier>&file;</s:SorIdentifier></s:OrganizationalUnit>"), "sor.xml:12", "an entity that only a DTD could define"},
        {whole.substr(0, whole.find("</s:InstitutionOwnerEntity>")), "sor.xml:13", "ends before its root element does"},
        {"<!DOCTYPE s [<!ENTITY file SYSTEM \"file:///etc/passwd\">]>" + whole, "sor.xml:1", "document type"},
        {"<other/>", "sor.xml", "holds no unit"},
        {"\xFF\xFE<\0s\0", "sor.xml:1", "is UTF-16"},
    };
    for (const auto& c : cases) {
        const Folder folder;
        folder.file("sor.xml", c.text);
        Issues issues;
        EXPECT_FALSE(folder.load(issues)) << c.says;
        ASSERT_FALSE(issues.empty()) << c.says;
        EXPECT_EQ(issues.front().path, c.place) << issues.front().text;
        EXPECT_NE(issues.front().text.find(c.says), std::string::npos) << issues.front().text;
    }
}

TEST(Registers, a_cut_or_changed_sor_is_a_fault_or_read_never_more)
{
    const auto whole = sor_xml();
    const std::vector<std::string> names{"InstitutionOwner", "HealthInstitution", "OrganizationalUnit"};
    std::size_t units = 0;
    const auto use = [&](xml::Element unit, std::size_t, std::size_t) { units += bool(unit); };
    for (std::size_t i = 0; i + 20 < whole.size(); ++i) EXPECT_TRUE(xml::each_fragment(whole.substr(0, i), names, use)) << i;
    for (std::size_t i = 0; i < whole.size(); i += 3)
        for (const char c : {'<', '>', '/', '"', '&', '!', '\0'}) {
            auto text = whole;
            text[i] = c;
            xml::each_fragment(text, names, use);
        }
    EXPECT_GT(units, 3u);
}

TEST(Registers, take_excels_unicode_text)
{
    std::string text = "\xFF\xFE";
    for (const char c : std::string("NPU code\tShort definition\r\nNPU99901\tEksempel\r\n")) (text += c) += '\0';
    const Folder folder;
    folder.file("npu.txt", text);
    Issues issues;
    const auto registers = folder.load(issues);
    ASSERT_TRUE(registers) << issues.front().text;
    EXPECT_EQ(registers->entry("http://npu-terminology.org", "NPU99901", day("2026-01-01"))->text, "Eksempel");
}

TEST(Registers, tell_each_mistake_with_file_line_and_what_to_do)
{
    struct Case {
        std::string name, text, place, says;
    };
    const Case cases[] = {
        {"SKScomplete.txt", sks("dia", "DZ1", "20010101", "25000101", "ok") + sks("dia", "DZ2", "20011301", "25000101", "x"), "SKScomplete.txt:2", "'20011301' is no day from which"},
        {"skscomplete_2026.txt", sks("dia", "DZ1", "20010101", "20000101", "ok"), "skscomplete_2026.txt:1", "ends before it begins"},
        {"SKScomplete.txt", "diaDZ1\n", "SKScomplete.txt:1", "lacks code or text"},
        {"npu.csv", "NPU code;Short definition\nNPU1;x\n", "npu.csv:2", "does not look like a code of npu"},
        {"npu.csv", "NPU code;Short definition\nNPU99901;x;y\n", "npu.csv:2", "has 3 cells where the first line names 2"},
        {"npu.csv", "NPU code;Short definition\nNPU99901;\"x\nNPU99902;y\n", "npu.csv:2", "has a quote that nothing closes"},
        {"npu.csv", "NPU code;Short definition\nNPU99901;\n", "npu.csv:2", "lacks the code or its text"},
        {"npu.csv", "NPU codes;Short definition\nNPU99901;x\n", "npu.csv:1", "'NPU codes' meant as 'NPU code'"},
        {"npu.csv", "NPU code;Short definition\n", "npu.csv:1", "no line but its headings"},
        {"atc.csv", "ATC code;Name\nJ1;x\n", "atc.csv:2", "does not look like a code of atc"},
        {"icpc.csv", "ICPC-2;Title\nA01" + std::string(1'000'000, 'x') + ";x\n", "icpc.csv:2", "does not look like a code of icpc2"}, // the matcher would run out of stack
        {"sor.csv", sor_head + "999900000000001;Navn;;;;;;;31-02-2012;\n", "sor.csv:2", "is no day"},
        {"notes.txt", "what a register is\n", "notes.txt:1", "is of no register that is known"},
    };
    for (const auto& c : cases) {
        const Folder folder;
        folder.file(c.name, c.text);
        Issues issues;
        EXPECT_FALSE(folder.load(issues)) << c.says;
        ASSERT_FALSE(issues.empty()) << c.says;
        EXPECT_EQ(issues.front().path, c.place);
        EXPECT_NE(issues.front().text.find(c.says), std::string::npos) << issues.front().text;
    }
    const Folder empty;
    Issues issues;
    EXPECT_FALSE(empty.load(issues));
    ASSERT_EQ(issues.size(), 1u);
    EXPECT_NE(issues.front().text.find("holds no register"), std::string::npos);
}

TEST(Registers, a_wrong_file_does_not_flood)
{
    const Folder folder;
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "x\n";
    folder.file("SKScomplete.txt", text);
    Issues issues;
    EXPECT_FALSE(folder.load(issues));
    EXPECT_EQ(issues.size(), 20u);
    EXPECT_NE(issues.back().text.find("further mistakes"), std::string::npos);
}

TEST(Registers, their_hash_tells_one_set_from_another)
{
    const Folder folder;
    whole_set(folder);
    Issues issues;
    const auto before = folder.load(issues), same = folder.load(issues);
    folder.file("npu.csv", "NPU code,Short definition\nNPU99901,changed\n");
    const auto after = folder.load(issues);
    ASSERT_TRUE(before && same && after);
    EXPECT_EQ(before->hash(), same->hash());
    EXPECT_NE(before->hash(), after->hash());
}

TEST(Registers, add_what_a_bundle_leaves_out_and_warn_of_codes_that_are_none)
{
    const Folder folder;
    whole_set(folder);
    Issues issues;
    const auto registers = folder.load(issues);
    ASSERT_TRUE(registers);
    const std::string condition = R"({"resourceType":"Condition","id":"c","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.4.12","code":"DZ999X"},{"system":"urn:oid:1.2.208.176.2.4.12","code":"DZ999X","display":"own \"words\""}]},"subject":{"reference":"Patient/p"}})";
    const std::string organization = R"({"resourceType":"Organization","id":"o","identifier":[{"system":"urn:x","value":"1"},{"system":"http://www.gs1.org/gln","value":"5790000000010"}]})";
    const std::string encounter = R"({"resourceType":"Encounter","id":"e","serviceProvider":{"identifier":{"system":"urn:oid:1.2.208.176.1.8","value":"999801A"}},"length":{"value":1,"unit":"d","system":"http://npu-terminology.org","code":"d"}})";
    const std::string procedure = R"({"resourceType":"Procedure","id":"r","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.4","code":"KAAA99Z"}]},"reasonCode":[{"coding":[{"system":"http://npu-terminology.org","code":"NPU00000"}]}]})";
    Normalised message;
    message.bundle = R"({"resourceType":"Bundle","entry":[)";
    for (const auto* one : {&condition, &organization, &encounter, &procedure}) {
        if (!message.bundle.ends_with('[')) message.bundle += ',';
        message.bundle += R"({"resource":)";
        message.resources.push_back({"x", "x", message.bundle.size(), one->size()});
        message.bundle += *one + "}";
    }
    message.bundle += "]}";
    registers->complete(message, day("2026-03-01"));
    rapidjson::Document whole;
    ASSERT_FALSE(whole.Parse(message.bundle.c_str()).HasParseError()) << message.bundle;
    std::vector<std::string> resources;
    for (const auto& span : message.resources) resources.push_back(message.bundle.substr(span.offset, span.length));
    EXPECT_NE(resources[0].find(R"("code":"DZ999X","display":"Eksempelsygdom, ændret"})"), std::string::npos) << resources[0];
    EXPECT_NE(resources[0].find(R"("display":"own \"words\"")"), std::string::npos) << "what is said stays";
    EXPECT_TRUE(resources[1].ends_with(R"("name":"Eksempel Kommune, hjemmepleje"})")) << resources[1];
    EXPECT_NE(resources[2].find(R"("value":"999801A"},"display":"Eksempel Medicinsk"})"), std::string::npos) << resources[2];
    EXPECT_NE(resources[2].find(R"("code":"d"})"), std::string::npos) << "a quantity is no coding";
    ASSERT_EQ(message.issues.size(), 2u);
    EXPECT_EQ(message.issues[0].path, "Procedure.code.coding");
    EXPECT_EQ(message.issues[0].text, "KAAA99Z was not in force in its register that day");
    EXPECT_EQ(message.issues[1].path, "Procedure.reasonCode.coding");
    EXPECT_EQ(message.issues[1].text, "NPU00000 is no code of its register");
}

} // namespace
} // namespace sluse
