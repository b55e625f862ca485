// tests/edifact/traps_test.cpp — where two letters write the same and mean different things, and what is easily refused for nothing.
#include "adapters/edifact/adapter.hpp"
#include "gateway/base/files.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <gtest/gtest.h>

namespace sluse::edifact {
namespace {

namespace fs = std::filesystem;

std::string read_file(const std::string& name)
{
    return bytes_of(fs::path(SLUSE_SOURCE_DIR) / "tests" / name);
}

std::string letter(const std::string& name)
{
    return read_file("edifact/letters/" + name + ".edi");
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    const auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return at == text.npos ? text : text.replace(at, from.size(), to);
}

std::string xml_of(const std::string& bytes)
{
    const auto xml = to_oioxml(bytes);
    EXPECT_TRUE(xml) << xml.error().where;
    return xml ? *xml : std::string();
}

/// What stands in the first element of that name, tags and all; "-" when there is none.
std::string inside(const std::string& xml, const std::string& element)
{
    const auto open = xml.find('<' + element + '>'), close = xml.find("</" + element + '>');
    return open == xml.npos || close == xml.npos ? "-" : xml.substr(open + element.size() + 2, close - open - element.size() - 2);
}

/// The letter with one segment less or more, and UNT counting it.
std::string with(std::string bytes, const std::string& from, const std::string& to, const std::string& unt, const std::string& counted)
{
    return replaced(replaced(std::move(bytes), from, to), unt, counted);
}

/// HAN says yes in the old reports and no in the new; absent it says nothing in the old and yes in the new.
TEST(Traps, ConsentTurnsAroundWithTheVersion)
{
    const auto fresh = letter("RPT01");
    EXPECT_EQ(inside(xml_of(fresh), "Consent"), "<Given>false</Given>");
    EXPECT_EQ(inside(xml_of(with(fresh, "HAN+CDS'\n", "", "UNT+52", "UNT+51")), "Consent"), "<Given>true</Given>");
    // The laboratory's old schema has no place for it: said or not, nothing is withheld.
    EXPECT_EQ(inside(xml_of(replaced(replaced(fresh, "R0131K", "R0130K"), "HAN+CDS'", "HAN+CDS:SKS:SST:Samtykke givet'")), "Consent"), "-");
    const auto old = letter("RPT04");
    EXPECT_EQ(inside(xml_of(old), "Consent"), "-");
    const auto said = with(old, "FO:Nanna'\n", "FO:Nanna'\nHAN+CDS:SKS:SST:Samtykke givet'\n", "UNT+61", "UNT+62");
    EXPECT_EQ(inside(xml_of(said), "Consent"), "<Given>true</Given><Text>Samtykke givet</Text>");
}

/// The letter in another version, with HAN behind the patient or without it, and UNT counting.
std::string consent_of(const std::string& bytes, const char* from, const char* to, const std::string& han)
{
    auto out = replaced(bytes, from, to);
    if (const auto at = out.find("HAN+"); at != out.npos) out.erase(at, out.find('\n', at) + 1 - at);
    if (!han.empty()) out.insert(out.find('\n', out.find("PNA+PAT")) + 1, han + '\n');
    const auto unh = out.find("UNH+"), unt = out.find("UNT+");
    const auto count = std::count(out.begin() + static_cast<std::ptrdiff_t>(unh), out.begin() + static_cast<std::ptrdiff_t>(unt), '\n') + 1;
    out.replace(unt + 4, out.find('+', unt + 4) - unt - 4, std::to_string(count));
    return inside(xml_of(out), "Consent");
}

TEST(Traps, ConsentIsWithheldByHanInEveryNewReportAndRequest)
{
    const auto request = from_oioxml(read_file("maps/cases/letter_req01_request.xml"));
    ASSERT_TRUE(request);
    const auto q0131k = request->find("Q0131K") != request->npos ? "Q0131K" : "Q0130K";
    auto unprompted = letter("REQ03"); // the new version's questions are others
    unprompted.erase(unprompted.find("S10+10'"), unprompted.find("S15+15'") - unprompted.find("S10+10'"));
    struct Case {
        std::string bytes;
        const char *from, *to;
    };
    for (const auto& one : {Case{letter("RPT01"), "R0131K", "R0131K"}, Case{letter("RPT02"), "R0231M", "R0231M"}, Case{letter("RPT03"), "R0331P", "R0331P"}, Case{letter("RPT04"), "R0430P", "R0432P"},
                            Case{letter("RPT07"), "R0730G", "R0730G"}, Case{*request, q0131k, "Q0130K"}, Case{*request, q0131k, "Q0131K"}, Case{letter("REQ02"), "Q0230M", "Q0230M"},
                            Case{letter("REQ03"), "Q0330P", "Q0330P"}, Case{unprompted, "Q0330P", "Q0331P"}}) {
        EXPECT_EQ(consent_of(one.bytes, one.from, one.to, "HAN+CDS'"), "<Given>false</Given>") << one.to;
        EXPECT_EQ(consent_of(one.bytes, one.from, one.to, ""), "<Given>true</Given>") << one.to;
    }
}

TEST(Traps, ConsentIsGivenByHanInEveryOldReport)
{
    for (const auto& [name, from, to] : {std::array{"RPT03", "R0331P", "R0330P"}, {"RPT04", "R0430P", "R0430P"}, {"RPT04", "R0430P", "R0431P"}}) {
        EXPECT_EQ(consent_of(letter(name), from, to, "HAN+CDS:SKS:SST:Samtykke givet'"), "<Given>true</Given><Text>Samtykke givet</Text>") << to;
        EXPECT_EQ(consent_of(letter(name), from, to, ""), "-") << to;
    }
}

/// In laboratory reports 7 is less and 6 more than; microbiology's list has them the other way round.
TEST(Traps, AnOperatorIsReadByTheLettersOwnList)
{
    EXPECT_EQ(inside(xml_of(letter("RPT01")), "Operator"), "mindre_end");
    EXPECT_EQ(inside(xml_of(replaced(letter("RPT01"), "RSL+NV+128:7++", "RSL+NV+128:6++")), "Operator"), "stoerre_end");
}

TEST(Traps, AResultThatIsNoNumberIsKeptAsText)
{
    for (const char* value : {"<5", "*****", "2;20111115", "12,5"}) {
        const auto bytes = replaced(letter("RPT01"), "RSL+NV+128:7++", std::string("RSL+NV+") + value + "++");
        EXPECT_EQ(check(bytes, {}).answer, Answer::accepted) << value;
    }
}

/// DTM+90 is when the patient came, left, or is to come.
TEST(Traps, OneQualifierIsThreeTimes)
{
    struct Case {
        const char *file, *element;
    };
    for (const auto& one : {
             Case{"letter_dis20_admission", "Admission"   },
             Case{"letter_dis17_discharge", "Discharge"   },
             Case{"letter_dis13_booking",   "Confirmation"}
    }) {
        const auto xml = read_file(std::string("maps/cases/") + one.file + ".xml");
        const auto bytes = from_oioxml(xml);
        ASSERT_TRUE(bytes) << bytes.error().where;
        EXPECT_NE(bytes->find("DTM+90:"), bytes->npos) << one.file;
        EXPECT_NE(inside(xml_of(*bytes), one.element).find("<Date>"), std::string::npos) << one.file;
    }
}

/// HS is allowed to a stay that began, UP to one that ended: each letter has its own list.
TEST(Traps, AStatusIsReadByTheLettersOwnList)
{
    EXPECT_EQ(check(replaced(letter("DIS20"), "PAS+HS", "PAS+DA"), {}).answer, Answer::accepted);
    EXPECT_EQ(check(replaced(letter("DIS20"), "PAS+HS", "PAS+UP"), {}).answer, Answer::content_error);
    const auto left = from_oioxml(read_file("maps/cases/letter_dis17_discharge.xml"));
    ASSERT_TRUE(left) << left.error().where;
    const auto at = left->find("PAS+");
    ASSERT_NE(at, left->npos);
    auto other = *left;
    other.replace(at, left->find('\'', at) - at, "PAS+HS");
    EXPECT_EQ(check(*left, {}).answer, Answer::accepted);
    EXPECT_EQ(check(other, {}).answer, Answer::content_error);
}

TEST(Traps, ARelativeMayBeNamedBeforeOrAfterTheRelation)
{
    const auto before = letter("DIS01");
    const auto after = replaced(replaced(before, "REL+PER+SD'\n", ""), "FO:Ole'\n", "FO:Ole'\nREL+PER+SD'\n");
    EXPECT_EQ(xml_of(after), xml_of(before));
}

/// Test numbers, replacement numbers and wrong dates of relatives are all in use.
TEST(Traps, CheckDigitsOnlyWarn)
{
    const auto cpr = check(replaced(letter("DIS20"), "PNA+PAT+2512489996", "PNA+PAT+2512489997"), {});
    EXPECT_EQ(cpr.answer, Answer::accepted);
    const auto gln = check(replaced(letter("DIS20"), "+5790000000027:14+", "+5790000000028:14+"), {});
    EXPECT_EQ(gln.answer, Answer::accepted);
    EXPECT_EQ(check(replaced(letter("DIS01"), "PNA+PAS++++", "PNA+PAS+2727121212:::CPR:IM+++"), {}).answer, Answer::accepted);
}

TEST(Traps, AnAdviceNeedsNoName)
{
    const auto bytes = letter("DIS20");
    ASSERT_EQ(bytes.find("+SU:"), bytes.npos);
    const auto checked = check(bytes, {});
    EXPECT_EQ(checked.answer, Answer::accepted);
    EXPECT_TRUE(std::ranges::none_of(checked.issues, [](const Issue& i) { return i.path.find("Surname") != i.path.npos; }));
}

/// MedCom's XML schema of an advice has a CPR number only; EDIFACT's PNA and RFF say more, which is read and not written into that XML.
TEST(Traps, AnAdviceMayNameAPatientWithoutACprNumber)
{
    const auto named = replaced(letter("DIS20"), "2512489996:::CPR:IM'", "2512489996:::CPR:IM+++SU:Eksempelsen+FO:Nanna'");
    const auto replacement = with(letter("DIS20"), "PNA+PAT+2512489996:::CPR:IM'", "PNA+PAT++++SU:Eksempelsen+FO:Nanna'\nRFF+XPI:251248EP1A'", "UNT+26", "UNT+27");
    const auto one = check(named, {}), other = check(replacement, {});
    EXPECT_EQ(one.answer, Answer::accepted);
    EXPECT_TRUE(std::ranges::none_of(one.issues, [](const Issue& i) { return i.path.starts_with("PNA"); })) << "the name is read";
    EXPECT_EQ(other.answer, Answer::accepted) << other.issues.front().text;
    ASSERT_EQ(other.persons.size(), 1u);
    EXPECT_EQ(other.persons[0].value, "251248EP1A");
    EXPECT_EQ(xml_of(named), xml_of(letter("DIS20")));
    EXPECT_EQ(inside(xml_of(replacement), "AlternativeIdentifier"), "-");
}

/// The micro sign and the Danish letters survive both ways; a letter and its ring in two characters become one.
TEST(Traps, CharactersSurvive)
{
    EXPECT_NE(xml_of(letter("RPT01")).find("<Unit>\xc2\xb5mol/l</Unit>"), std::string::npos);
    auto xml = read_file("edifact/letters/DIS91.xml");
    const auto composed = from_oioxml(xml);
    const auto at = xml.find("\xc3\xa5");
    ASSERT_NE(at, xml.npos);
    xml.replace(at, 2, "a\xcc\x8a");
    const auto decomposed = from_oioxml(xml);
    ASSERT_TRUE(composed && decomposed);
    EXPECT_EQ(*decomposed, *composed);
}

/// Two interchanges in one text: the first is a message, the second another, with the same numbers or not.
TEST(Traps, ASecondInterchangeIsAMessageOfItsOwn)
{
    const auto bytes = letter("DIS20");
    Issues issues;
    const auto twice = bytes + bytes;
    const auto pieces = split(twice, issues);
    ASSERT_EQ(pieces.size(), 2u);
    const auto first = check(pieces[0], {}), second = check(pieces[1], {});
    EXPECT_EQ(first.answer, Answer::accepted);
    EXPECT_EQ(first.control_id, second.control_id); // the journal knows the second as said before
    EXPECT_EQ(check(twice, {}).answer, Answer::content_error);
}

TEST(Traps, APriorityIsReadInItsDanishSpelling)
{
    const auto xml = xml_of(replaced(letter("DIS91"), "RFF+NO:NC", "RFF+HI:NC"));
    EXPECT_EQ(inside(xml, "Priority"), "h\xc3\xb8j_prioritet");
}

/// What the standard has no segment for is told by its place; what a withheld consent says must not get lost.
TEST(Traps, WhatEdifactHasNoPlaceForIsTold)
{
    const auto xml = read_file("edifact/letters/REQ02.xml");
    Issues none, told;
    ASSERT_TRUE(from_oioxml(xml, &none));
    EXPECT_TRUE(none.empty()) << none.front().path;
    const auto collected = replaced(xml, "</Receiver>", "</Receiver><Collector><Identifier>9901021</Identifier></Collector>");
    ASSERT_TRUE(from_oioxml(collected, &told));
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].path, "Emessage/MicrobiologyRequest/Collector/Identifier");
    const auto withheld = from_oioxml(replaced(read_file("edifact/letters/RPT04.xml"), "</Patient>", "<Consent><Given>false</Given></Consent></Patient>"));
    ASSERT_FALSE(withheld);
    EXPECT_NE(withheld.error().where.find("/Patient/Consent/Given: "), std::string::npos) << withheld.error().where;
}

/// What tells a segment from its like is written also where its own element says nothing.
TEST(Traps, APartOfAnAddressAloneIsKept)
{
    Issues left;
    const auto post_code = from_oioxml(replaced(read_file("edifact/letters/PRE01.xml"), "<ContactName>", "<PostCodeIdentifier>9980</PostCodeIdentifier><ContactName>"), &left);
    ASSERT_TRUE(post_code);
    EXPECT_NE(post_code->find("ADR++1++9980'"), std::string::npos) << *post_code;
    EXPECT_EQ(post_code->find("9980"), post_code->rfind("9980"));
    const auto municipality = from_oioxml(replaced(read_file("edifact/letters/RPT04.xml"), "</Patient>", "<MunicipalityName>Testkommune</MunicipalityName></Patient>"), &left);
    ASSERT_TRUE(municipality);
    EXPECT_NE(municipality->find("+:KOM:IM:Testkommune'"), std::string::npos) << *municipality;
    EXPECT_TRUE(left.empty()) << left.front().path;
}

/// A finding that no group is there for is no detail to leave out.
TEST(Traps, AFindingInTheWrongPlaceRefusesTheLetter)
{
    auto bytes = read_file("edifact/letters/RPT02.edi");
    const std::string twice = "INV+OP+DYRK1:91:EKM:Dyrk. og res.'\n";
    bytes.insert(bytes.find(twice), twice);
    bytes.replace(bytes.find("UNT+134"), 7, "UNT+135");
    const auto checked = check(bytes, {});
    EXPECT_EQ(checked.answer, Answer::content_error);
    ASSERT_FALSE(checked.issues.empty());
    EXPECT_TRUE(checked.issues.front().path.starts_with("INV[")) << checked.issues.front().path;
    EXPECT_EQ(checked.issues.front().kind, IssueKind::sequence);
}

/// Each would take minutes if a segment were looked at with all before it.
TEST(Traps, ALetterOfAHundredThousandSegmentsIsReadAtOnce)
{
    const auto many = [](const std::string& before, const auto& segment) {
        auto text = replaced(letter("RPT01"), "UNT+52", "UNT+100052");
        std::string segments;
        for (int i = 0; i < 100'000; ++i) segments += segment(i);
        return text.insert(text.find(before), segments);
    };
    auto checked = check(many("RFF+SRI", [](int i) { return "RFF+SRI:" + std::to_string(i) + '\''; }), {});
    ASSERT_FALSE(checked.issues.empty());
    EXPECT_EQ(checked.issues.front().text.substr(0, 12), "stands twice");
    checked = check(many("S20+20'", [](int) { return "S20+20'"; }), {});
    EXPECT_EQ(checked.persons.size(), 1u);
}

} // namespace
} // namespace sluse::edifact
