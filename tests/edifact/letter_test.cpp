// tests/edifact/letter_test.cpp — a letter of each family, invented, in both syntaxes: each file must give its neighbour, byte for byte.
#include "adapters/edifact/adapter.hpp"
#include "adapters/edifact/letter_text.hpp"
#include "adapters/letter/letter.hpp"
#include "adapters/letter/types.hpp"
#include "gateway/base/files.hpp"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>

namespace sluse::edifact {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> letters()
{
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(fs::path(SLUSE_SOURCE_DIR) / "tests/edifact/letters"))
        if (entry.path().extension() == ".edi") out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, BecomesOioxml)
{
    const auto xml = to_oioxml(bytes_of(GetParam()));
    ASSERT_TRUE(xml) << xml.error().where;
    EXPECT_EQ(*xml + '\n', bytes_of(fs::path(GetParam()).replace_extension(".xml")));
}

TEST_P(Golden, ComesBack)
{
    const auto edifact = from_oioxml(bytes_of(fs::path(GetParam()).replace_extension(".xml")));
    ASSERT_TRUE(edifact) << edifact.error().where;
    EXPECT_EQ(*edifact, bytes_of(GetParam()));
}

TEST_P(Golden, PassesTheChecks)
{
    const auto bytes = bytes_of(GetParam());
    const auto checked = check(bytes, {});
    EXPECT_EQ(checked.answer, Answer::accepted) << (checked.issues.empty() ? "" : checked.issues.front().path + ": " + checked.issues.front().text);
    EXPECT_FALSE(checked.system.empty());
    EXPECT_FALSE(checked.control_id.empty());
}

INSTANTIATE_TEST_SUITE_P(Letters, Golden, testing::ValuesIn(letters()), [](const auto& info) { return info.param.stem().string(); });

TEST(Tables, Compile)
{
    const auto compiled = compile(embedded_files());
    ASSERT_TRUE(compiled) << compiled.error().where;
    EXPECT_GE((*compiled)->by_version.size(), 40u);
}

/// A version that is read from EDIFACT is one that the checks and the maps take.
TEST(Tables, HaveATypeForEveryVersion)
{
    for (const auto& [version, table] : tables().by_version) {
        const auto* type = letter::type_of(version);
        ASSERT_NE(type, nullptr) << version;
        EXPECT_TRUE(type->root.empty() || type->root == table->outline[0].name) << version;
    }
}

TEST(Tables, SayWhereTheyAreWrong)
{
    auto files = embedded_files();
    files["edifact/advice.tsv"] += "0\tDTM+9:{Admission@2O3}\n";
    const auto compiled = compile(files);
    ASSERT_FALSE(compiled);
    EXPECT_NE(compiled.error().where.find("advice.tsv:"), std::string::npos) << compiled.error().where;
}

/// A path of a shared table must be in the schema of one letter at least, or it is misspelt.
TEST(Tables, NameNoElementThatNoSchemaHas)
{
    for (const auto& [name, text] : embedded_files()) {
        if (!name.starts_with("edifact/") || name.ends_with("codes.tsv") || name.ends_with("letters.tsv")) continue;
        for (std::size_t at = text.find('{', text.find('\n')); at != text.npos; at = text.find('{', at + 1)) {
            auto path = text.substr(at + 1, text.find_first_of("}@>|", at) - at - 1);
            while (!path.empty() && std::string_view("?!*^%&").find(path.back()) != std::string_view::npos) path.pop_back();
            if (path.empty() || path == "." || path[0] == '#' || path.find('$') != path.npos) continue;
            bool known = false;
            for (std::size_t from = 0; from <= path.size();) {
                const auto end = std::min(path.find('~', from), path.size());
                const auto leaf = path.substr(from, end - from);
                const auto last = leaf.substr(leaf.rfind('/') == leaf.npos ? 0 : leaf.rfind('/') + 1);
                for (const auto& [version, table] : tables().by_version)
                    for (letter::ElementId id = 0; id < table->outline.size() && !known; ++id) known = table->outline[id].name == last;
                from = end + 1;
            }
            EXPECT_TRUE(known) << name << ": " << path;
        }
    }
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    const auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
}

std::string message(const std::string& name)
{
    return bytes_of(fs::path(SLUSE_SOURCE_DIR) / "tests/edifact/letters" / (name + ".edi"));
}

struct Wrong {
    const char *from, *to, *path;
    IssueKind kind;
};

class Refused : public testing::TestWithParam<Wrong> {};

TEST_P(Refused, WithThePlaceAndTheKind)
{
    const auto& wrong = GetParam();
    const auto checked = check(replaced(message("DIS20"), wrong.from, wrong.to), {});
    EXPECT_NE(checked.answer, Answer::accepted);
    ASSERT_FALSE(checked.issues.empty());
    EXPECT_EQ(checked.issues.front().path, wrong.path) << checked.issues.front().text;
    EXPECT_EQ(checked.issues.front().kind, wrong.kind);
    EXPECT_EQ(checked.issues.front().severity, Severity::error);
}

INSTANTIATE_TEST_SUITE_P(
    Letters, Refused,
    testing::Values(Wrong{"NAD+SOR+", "NAD+SORT+", "NAD[5]-1.1", IssueKind::unknown_code}, Wrong{"DTM+90:202603020830:203", "DTM+90:202603020830:204", "DTM[24]-1.2", IssueKind::wrong_type},
                    Wrong{"DTM+90:202603020830:203", "DTM+90:202602300830:203", "DTM[24]-1.2", IssueKind::wrong_type}, Wrong{"PAS+HS", "PAS+HA", "PAS[25]-1.1", IssueKind::unknown_code},
                    Wrong{"GIS+N'\nGIS+P", "GIS+Q'\nGIS+P", "GIS[20]-1.1", IssueKind::unknown_code}, Wrong{"D2030C", "D9999X", "UNH[1]-2.5", IssueKind::unsupported_version},
                    Wrong{"D2030C", "D9134L", "NAD[5]-1.1", IssueKind::unknown_code}, Wrong{"UNT+26", "UNT+27", "UNT[26]-1.1", IssueKind::wrong_type},
                    Wrong{"S07+07'", "S08+08'", "S08[17]", IssueKind::sequence}, Wrong{"NAD+ROR", "NAD+RORT", "NAD[11]-1.1", IssueKind::unknown_code},
                    // A qualifier that no letter has, though nothing that is needed is missing.
                    Wrong{"RFF+LOC", "RFF+LOCX", "RFF[7]-1.1", IssueKind::unknown_code}, Wrong{"DTM+182", "DTM+18", "DTM[16]-1.1", IssueKind::unknown_code},
                    Wrong{"RFF+LOC:5790000000010'", "FTX+QQ+P00++Tekst'", "FTX[7]-1.1", IssueKind::unknown_code},
                    // Two of what there is one of.
                    Wrong{"CON++70101010:TE'", "RFF+LOC:5790000000027'", "RFF[7]", IssueKind::sequence},
                    Wrong{"BGM+EPI++9+NA'\nDTM+137:20260302091500:204'", "DTM+137:20260302091500:204'\nDTM+137:20260302091501:204'", "DTM[3]", IssueKind::sequence},
                    Wrong{"SEQ++2'\nS02", "NAD+ROR+998:KOM:IM'\nS02", "NAD[12]", IssueKind::sequence},
                    // Characters that ISO 8859-1 has not, where no text is.
                    Wrong{"2512489996", "251248\x01" "9996", "PNA[18]-2.1", IssueKind::wrong_type}, Wrong{"Eksempel Kommune", "Eksempel\x1fKommune", "NAD[11]-4.1", IssueKind::wrong_type},
                    Wrong{"K2001+", "K2\x02" "001+", "UNB-5.1", IssueKind::wrong_type}));

/// An element of one line that came in several: none is left out.
TEST(Letters, KeepEveryLineOfAShortText)
{
    const auto subject = [](const std::string& to) {
        const auto xml = to_oioxml(replaced(message("DIS91"), "FTX+OE+P00++Medicin'", to));
        const auto from = xml ? xml->find("<Subject>") : 0;
        return xml ? xml->substr(from, xml->find("</Subject>") - from) : xml.error().where;
    };
    EXPECT_EQ(subject("FTX+OE+P00++Medicin:og hj\xe6lp'"), "<Subject>Medicin og hj\xc3\xa6lp");
    EXPECT_EQ(subject("FTX+OE+P00++Medi\\:cin'"), "<Subject>Medicin");
    EXPECT_EQ(subject("FTX+OE+P00++Medi & co'"), "<Subject>Medi &amp; co");
}

/// Empty components at a segment's end may be written or not: a line that goes on in the next segment goes on.
TEST(Letters, GoOnBehindEmptyComponents)
{
    auto bytes = message("REF01");
    const auto plain = to_oioxml(bytes);
    for (auto at = bytes.find("\\'\n"); at != bytes.npos; at = bytes.find("\\'\n", at + 3)) bytes.insert(at + 1, "::");
    EXPECT_NE(bytes, message("REF01"));
    const auto padded = to_oioxml(bytes);
    ASSERT_TRUE(plain && padded);
    EXPECT_EQ(*padded, *plain);
}

/// In a text a control character is no more than bad layout: told once, and left out.
TEST(Check, WarnsOfControlCharactersInTexts)
{
    const auto bytes = replaced(message("DIS91"), "Medicin'", "Med\x1b" "ic\x0c" "in'");
    const auto checked = check(bytes, {});
    EXPECT_EQ(checked.answer, Answer::accepted);
    EXPECT_EQ(std::ranges::count_if(checked.issues, [](const Issue& i) { return i.path == "FTX[24]-4.1" && i.severity == Severity::warning; }), 1);
    const auto xml = to_oioxml(bytes);
    ASSERT_TRUE(xml);
    EXPECT_NE(xml->find("<Subject>Medicin</Subject>"), xml->npos) << *xml;
}

/// The same again is no second statement.
TEST(Check, TakesWhatIsSaidTwice)
{
    const auto again = replaced(replaced(message("DIS20"), "S11+11'", "S07+07'\nPNA+PAT+2512489996:::CPR:IM'\nS11+11'"), "UNT+26", "UNT+28");
    EXPECT_EQ(check(again, {}).answer, Answer::accepted);
    const auto twice = check(replaced(replaced(message("DIS20"), "RFF+REI:ADV2001'", "RFF+REI:ADV2001'\nRFF+REI:ADV2001'"), "UNT+26", "UNT+27"), {});
    EXPECT_EQ(twice.answer, Answer::accepted);
    EXPECT_EQ(twice.issues.front().path, "RFF[23]");
}

TEST(Check, RefusesASecondPatient)
{
    struct Case {
        const char *name, *before, *path;
    };
    for (const auto& one : {Case{"DIS20", "S11+11'", "PNA[20]-2.1"}, Case{"RPT01", "S16+16'", "PNA[29]-2.1"}}) {
        auto bytes = replaced(message(one.name), one.before, std::string("S07+07'\nPNA+PAT+2512489997:::CPR:IM'\n") + one.before);
        const auto unt = bytes.find("UNT+") + 4;
        bytes.replace(unt, 2, std::to_string(std::stoi(bytes.substr(unt, 2)) + 2));
        const auto checked = check(bytes, {});
        EXPECT_EQ(checked.answer, Answer::content_error);
        EXPECT_EQ(checked.issues.front().path, one.path) << checked.issues.front().text;
        EXPECT_EQ(checked.issues.front().kind, IssueKind::sequence);
    }
}

/// What an editor or a file transfer put before a letter is no reason to refuse it.
TEST(Check, PassesOverAByteOrderMark)
{
    const auto bytes = "\xef\xbb\xbf" + message("DIS20");
    EXPECT_TRUE(recognises(bytes));
    const auto checked = check(bytes, {});
    EXPECT_EQ(checked.answer, Answer::accepted);
    EXPECT_EQ(checked.issues.front().path, "UNA");
    const auto reply = acknowledge(bytes, checked, Answer::accepted, {0, "01ABCDEFGHJKMN", "M"});
    EXPECT_NE(reply.find(":C0330Q+CTL03'"), reply.npos) << reply;
}

/// A version whose own schema nobody has here is read by its neighbour's, which cannot say what it demands.
TEST(Check, DemandsWhatTheVersionsOwnSchemaDoes)
{
    const auto lacking = replaced(replaced(message("DIS01"), "PAS+HS'\n", ""), "UNT+46", "UNT+45");
    const auto own = check(lacking, {}), another = check(replaced(lacking, "D0133L", "D0134L"), {});
    const auto missing = [](const Checked& checked) { return std::ranges::find(checked.issues, "Emessage/DischargeLetter/Patient/EpisodeOfCareStatusCode", &Issue::path); };
    EXPECT_EQ(own.answer, Answer::content_error);
    EXPECT_EQ(another.answer, Answer::accepted);
    ASSERT_NE(missing(own), own.issues.end());
    ASSERT_NE(missing(another), another.issues.end());
    EXPECT_EQ(missing(own)->severity, Severity::error);
    EXPECT_EQ(missing(another)->severity, Severity::warning);
}

/// Format 102 is a day without a time, which the XML's schema wants: told.
TEST(Check, TakesADayWithoutATime)
{
    const auto day = replaced(message("DIS01"), "DTM+8:202603010000:203", "DTM+8:20260301:102");
    const auto checked = check(day, {});
    EXPECT_EQ(checked.answer, Answer::accepted);
    EXPECT_EQ(checked.issues.front().path, "Emessage/DischargeLetter/Referral/Received/Time");
    EXPECT_EQ(checked.issues.front().severity, Severity::warning);
    EXPECT_NE(to_oioxml(day)->find("<Received><Date>2026-03-01</Date></Received>"), std::string::npos);
}

/// Price lists and invoices are about no patient: kept as they stand, and receipted.
TEST(Check, KeepsWhatItDoesNotRead)
{
    const auto list = replaced(replaced(message("DIS20"), "MEDDIS:D:93A:UN:D2030C+DIS20", "MEDLAB:D:93A:UN:A0139Z+LAB"), "PNA+PAT+2512489996:::CPR:IM", "ZZZ+1");
    const auto checked = check(list, {});
    EXPECT_EQ(checked.answer, Answer::accepted) << checked.issues.front().text;
    EXPECT_EQ(checked.control_id, "B2001");
    EXPECT_EQ(checked.system, "5790000000010");
    EXPECT_TRUE(checked.persons.empty());
    const auto reply = acknowledge(list, checked, Answer::accepted, {0, "01ABCDEFGHJKMN", "M"});
    EXPECT_NE(reply.find("UCM+B2001+MEDLAB:D:93A:UN:A0139Z+7'"), reply.npos) << reply;
    const auto other = replaced(list, "ZZZ+1", "ZZZ+2");
    EXPECT_NE(letter::identity(other, check(other, {})), letter::identity(list, checked)); // no repetition of it
    EXPECT_FALSE(to_oioxml(list));
}

TEST(Check, WarnsOfUtf8AndReadsItAsLatin1)
{
    const auto checked = check(replaced(message("DIS20"), "Eksempel Kommune", "Sk\xc3\xb8v Kommune"), {});
    EXPECT_EQ(checked.answer, Answer::accepted);
    const auto warned = std::ranges::find_if(checked.issues, [](const Issue& i) { return i.path == "NAD[11]-4.1"; });
    ASSERT_NE(warned, checked.issues.end());
    EXPECT_EQ(warned->severity, Severity::warning);
}

TEST(Check, RefusesAPatientWithoutNumberInDanish)
{
    const auto checked = check(replaced(message("DIS91"), "PNA+PAT+2512489996:::CPR:IM+++", "PNA+PAT++++"), {});
    EXPECT_EQ(checked.answer, Answer::content_error);
    ASSERT_FALSE(checked.issues.empty());
    EXPECT_EQ(checked.issues.front().text, "En patient skal enten have et lovligt cpr eller et alternativt ID");
}

TEST(Check, TellsWhatItLeavesOut)
{
    const auto bytes = replaced(replaced(message("DIS20"), "CON++70101010:TE'", "CON++70101010:TE'\nLOC+7'"), "UNT+26", "UNT+27");
    const auto checked = check(bytes, {});
    EXPECT_EQ(checked.answer, Answer::accepted);
    const auto told = std::ranges::find(checked.issues, IssueKind::unmapped, &Issue::kind);
    ASSERT_NE(told, checked.issues.end());
    EXPECT_EQ(told->path, "LOC[7]");
}

TEST(Heading, TakesTheCenturyFromTheLetter)
{
    EXPECT_EQ(heading_of(read_interchange(message("DIS20"))).date, "2026-03-02");
    const auto old = replaced(replaced(message("DIS20"), "260302:0915", "991111:1850"), "DTM+137:20260302091500", "DTM+137:19991111185000");
    EXPECT_EQ(heading_of(read_interchange(old)).date, "1999-11-11");
    EXPECT_EQ(heading_of(read_interchange(replaced(message("CTL02"), "260302", "991111"))).date, "1999-11-11");
}

} // namespace
} // namespace sluse::edifact
