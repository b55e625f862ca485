// tests/edifact/receipt_test.cpp — CONTRL as MedCom writes it, and interchanges of several letters: one message each, one receipt for all.
#include "adapters/edifact/adapter.hpp"
#include "adapters/oioxml/adapter.hpp"
#include "gateway/base/files.hpp"
#include "gateway/model/locations.hpp"

#include <filesystem>
#include <gtest/gtest.h>

namespace sluse::edifact {
namespace {

const std::filesystem::path letters = std::filesystem::path(SLUSE_SOURCE_DIR) / "tests/edifact/letters";

std::string message(const std::string& name)
{
    return bytes_of(letters / (name + ".edi"));
}

std::string identity_of(const std::string& text)
{
    const auto* adapter = adapter_for(text);
    return adapter->identity(text, adapter->check(text, {}));
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    const auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
}

const AckStamp stamp{1'772'442'900'000, "01ABCDEFGHJKMNPQRSTV", "M"}; // 2026-03-02T10:15+01:00

std::string answer(const std::string& bytes)
{
    const auto checked = check(bytes, {});
    return acknowledge(bytes, checked, checked.answer, stamp);
}

/// The receipt's own number, in EDIFACT or XML.
std::string number_in(const std::string& receipt)
{
    const auto edifact = receipt.find("UNH+"), from = edifact != receipt.npos ? edifact + 4 : receipt.find("<Identifier>") + 12;
    return receipt.substr(from, receipt.find_first_of("+<", from) - from);
}

/// What the same sender gets for the same bytes sent once more, later.
std::string answer_later(const std::string& bytes)
{
    const auto checked = check(bytes, {});
    return acknowledge(bytes, checked, checked.answer, {stamp.now + hour_ms, "01ZZZZZZZZZZZZZZZZZZ", "N"});
}

/// The answer of a gateway with these locations.
std::string answer_at(const std::string& bytes, const Locations& own)
{
    const auto* adapter = adapter_for(bytes);
    auto checked = adapter->check(bytes, {});
    hold_to_locations(*adapter, checked, own);
    return adapter->acknowledge(bytes, checked, checked.answer, stamp);
}

TEST(Contrl, SaysThatALetterIsForALocationOrUnitThatIsNotHere)
{
    const auto letter = message("DIS20"), xml = bytes_of(letters / "DIS20.xml");
    const OwnLocation elsewhere{"5790000000034", "", {}}, here{"5790000000027", "", {}}, other_unit{"5790000000027", "", {"102"}};
    const auto positive = answer_at(letter, Locations({elsewhere, here}));
    EXPECT_NE(positive.find("+CTL03'"), positive.npos) << positive;
    const auto elsewhere_only = answer_at(letter, Locations({elsewhere}));
    EXPECT_NE(elsewhere_only.find("FTX+LOK+P00++UNB-3.1?: Ukendt lokationsnummer?: ingen modtager her har dette nummer'"), elsewhere_only.npos) << elsewhere_only;
    const auto wrong_unit = answer_at(letter, Locations({elsewhere, other_unit}));
    EXPECT_NE(wrong_unit.find("FTX+MID+P00++"), wrong_unit.npos) << wrong_unit;
    const auto in_xml = answer_at(xml, Locations({elsewhere}));
    EXPECT_NE(in_xml.find("<RefuseCode>ukendt_lokationsnummer</RefuseCode><RefuseText>Emessage/NotificationOfAdmission/Receiver/EANIdentifier: "), in_xml.npos) << in_xml;
    EXPECT_NE(answer_at(xml, Locations({other_unit})).find("<RefuseCode>problem_med_modtagerID</RefuseCode>"), in_xml.npos);
    EXPECT_EQ(answer_at(message("CTL02"), Locations({elsewhere})), "") << "a receipt is never answered";
}

TEST(Contrl, KeepsAReasonWithoutWords)
{
    const auto contrl = message("CTL02"), xml = *to_oioxml(contrl);
    const auto from = xml.find("<RefuseText>"), to = xml.find("</RefuseText>") + 13;
    ASSERT_NE(from, xml.npos);
    const auto back = to_oioxml(*from_oioxml(xml.substr(0, from) + xml.substr(to)));
    ASSERT_TRUE(back);
    EXPECT_NE(back->find("<RefuseCode>"), back->npos) << *back;
}

TEST(Letter, OfAnOutpatientSpansTheFirstAndLastVisit)
{
    auto letter = replaced(replaced(message("DIS01"), "D0133L", "D0233L"), "+DIS01", "+DIS02");
    const auto xml = to_oioxml(letter);
    ASSERT_TRUE(xml) << xml.error().where;
    EXPECT_NE(xml->find("<OutPatientFirstVisit><Date>"), xml->npos) << *xml;
    EXPECT_NE(from_oioxml(*xml)->find("DTM+90:"), std::string::npos);
}

TEST(Contrl, RefusesATimeOfPreparationThatIsNone)
{
    for (const auto* time : {"261302:0915", "260332:0915", "260302:2515", "260302:0960"}) {
        const auto reply = answer(replaced(message("DIS20"), "260302:0915", time));
        EXPECT_NE(reply.find("FTX+SYN+P00++UNB-4."), reply.npos) << time << reply;
    }
}

TEST(Contrl, IsTheSameReceiptWhenALetterIsSentAgain)
{
    const auto first = answer(message("DIS20")), again = answer_later(replaced(replaced(message("DIS20"), "0915+K2001", "1115+K2002"), "UNZ+1+K2001", "UNZ+1+K2002"));
    EXPECT_EQ(number_in(again), number_in(first)) << again;
    EXPECT_NE(again.find("UCI+K2002"), again.npos) << "of the interchange that came now";
    const auto refused = answer_later(replaced(message("DIS20"), "PAS+HS", "PAS+HA"));
    EXPECT_NE(number_in(refused), number_in(first)) << "another word is another receipt";
    EXPECT_EQ(number_in(refused), number_in(answer(replaced(message("DIS20"), "PAS+HS", "PAS+HA"))));
    EXPECT_NE(number_in(answer(replaced(message("DIS20"), "DTM+137:20260302091500", "DTM+137:20260302091600"))), number_in(first))
        << "a number that is used again for another letter";
}

TEST(Contrl, IsTheSameReceiptAcrossSyntaxes)
{
    const auto xml = bytes_of(SLUSE_SOURCE_DIR "/tests/edifact/letters/DIS20.xml");
    const auto checked = oioxml::check(xml, {});
    ASSERT_EQ(checked.answer, Answer::accepted);
    EXPECT_EQ(number_in(oioxml::acknowledge(xml, checked, Answer::accepted, stamp)), number_in(answer(message("DIS20"))));
}

TEST(Contrl, AcceptsWhenAsked)
{
    const auto reply = answer(message("DIS20")), number = number_in(reply);
    EXPECT_EQ(number.size(), 14u);
    EXPECT_EQ(reply, "UNA:+.? '\n"
                     "UNB+UNOC:3+5790000000027:14+5790000000010:14+260302:1015+" +
                         number +
                         "'\n"
                         "UNH+" +
                         number +
                         "+CONTRL:D:93A:ZZ:C0330Q+CTL03'\n"
                         "UCI+K2001+5790000000010:14+5790000000027:14+7'\n"
                         "UCM+B2001+MEDDIS:D:93A:UN:D2030C+7'\n"
                         "UNT+4+" +
                         number +
                         "'\n"
                         "UNZ+1+" +
                         number + "'\n");
    EXPECT_EQ(answer(message("DIS91")), "") << "UNB asks for none";
}

TEST(Contrl, RefusesALetterWithTheReasonAfterIt)
{
    const auto reply = answer(replaced(message("DIS91"), "PNA+PAT+2512489996:::CPR:IM+++", "PNA+PAT++++"));
    EXPECT_NE(reply.find("UCI+K9001+5790000000010:14+5790000000034:14+4'\n"
                         "UCM+B9001+MEDDIS:D:93A:UN:D9134L+4'\n"
                         "FTX+NC+P00++En patient skal enten have et lovligt cpr eller et alternativt ID'\n"),
              reply.npos)
        << reply;
}

TEST(Contrl, RefusesAnInterchangeWithTheReasonAfterIt)
{
    const auto reply = answer(replaced(message("DIS20"), "UNZ+1+K2001", "UNZ+1+K2002"));
    EXPECT_NE(reply.find("CTL02'\nUCI+K2001+5790000000010:14+5790000000027:14+4'\nFTX+SYN+P00++UNZ-2.1?: "), reply.npos) << reply;
    EXPECT_EQ(reply.find("UCM+"), reply.npos);
}

TEST(Contrl, GivesTheCodeThatMedComsTableSays)
{
    struct Case {
        const char* what;
        std::string bytes, after; ///< what stands before the reason: UCI alone, or UCM
        std::string_view code;
    };
    const auto good = message("DIS20");
    const std::string uci = "+4'\nFTX+", ucm = "UCM+B2001+MEDDIS:D:93A:UN:D2030C+4'\nFTX+";
    const Case cases[] = {
        {"no control reference",       replaced(good,                 "+260302:0915+K2001++++1",                "+260302:0915"),             uci,                                         "SYN"},
        {"no UNZ",                     good.substr(0,                 good.find("UNZ")),                        uci,                         "SYN"                                      },
        {"no UNT",               replaced(good, good.substr(good.find("UNT+"),    good.find("UNZ") - good.find("UNT+")),                         ""),                                         ucm,      "SYN"},
        {"a UNH without elements",     replaced(good,                 "UNH+B2001+MEDDIS:D:93A:UN:D2030C+DIS20", "UNH"),                      "UCM+++4'\nFTX+",                            "SYN"},
        {"a wrong count",              replaced(good,                 "UNT+",                                   "UNT+1"),                    ucm,                                         "SYN"},
        {"an unknown qualifier",       replaced(good,                 "NAD+SOR",                                "NAD+XXX"),                  ucm,                                         "SYN"},
        {"a code its list has not",    replaced(good,                 "PAS+HS",                                 "PAS+HA"),                   ucm,                                         "SYN"},
        {"a date of the wrong length", replaced(good,                 "DTM+182:20260302091500:204",             "DTM+182:202603020915:204"), ucm,                                         "SYN"},
        {"an unknown version",         replaced(good,                 "D2030C",                                 "D9999X"),                   "UCM+B2001+MEDDIS:D:93A:UN:D9999X+4'\nFTX+", "VER"},
    };
    for (const auto& c : cases) EXPECT_NE(answer(c.bytes).find(c.after + std::string(c.code) + "+P00++"), std::string::npos) << c.what << '\n' << answer(c.bytes);
}

TEST(Contrl, NamesTheVersionItDoesNotKnow)
{
    EXPECT_NE(answer(replaced(message("DIS20"), "D2030C", "D9999X")).find("FTX+VER+P00++Kan ikke konvertere breve af typen?: [MEDDIS, D9999X]'"), std::string::npos);
}

TEST(Contrl, IsAReceiptItself)
{
    const auto reply = answer(replaced(message("DIS20"), "PAS+HS", "PAS+HA"));
    const auto checked = check(reply, {});
    EXPECT_EQ(checked.answer, Answer::accepted) << (checked.issues.empty() ? "" : checked.issues.front().path + checked.issues.front().text);
    EXPECT_FALSE(checked.expects_answer);
    for (const auto said : {Answer::accepted, Answer::content_error, Answer::refused}) EXPECT_EQ(acknowledge(reply, checked, said, stamp), "");
}

TEST(Contrl, IsSilentWhereItCannotStoreOrNameTheSender)
{
    const auto bytes = message("DIS20");
    EXPECT_EQ(acknowledge(bytes, check(bytes, {}), Answer::store_failed, stamp), "");
    EXPECT_EQ(answer("UNB"), "");
    EXPECT_EQ(answer("UNA:+.? 'UNB+UNOC:3'"), "");
}

TEST(Contrl, KeepsTheTextWithinFiveTimesSeventy)
{
    auto checked = check(message("DIS20"), {});
    checked.answer = Answer::content_error;
    checked.issues.insert(checked.issues.begin(), {Severity::error, IssueKind::wrong_type, "X", std::string(1000, 'x')});
    const auto reply = acknowledge(message("DIS20"), checked, Answer::content_error, stamp);
    const auto from = reply.find("P00++") + 5, end = reply.find('\'', from);
    std::size_t components = 1, length = 0, longest = 0;
    for (auto i = from; i < end; ++i) {
        if (reply[i] == '?') ++i;
        else if (reply[i] == ':') {
            ++components;
            length = 0;
            continue;
        }
        longest = std::max(longest, ++length);
    }
    EXPECT_LE(components, 5u);
    EXPECT_LE(longest, 70u);
}

/// Two letters in one interchange.
std::string two(const std::string& second_name)
{
    const auto first = message("DIS20"), second = message(second_name);
    const auto letter = [](const std::string& m) { return m.substr(m.find("UNH+"), m.find("UNZ+") - m.find("UNH+")); };
    return first.substr(0, first.find("UNH+")) + letter(first) + letter(second) + "UNZ+2+K2001'\n";
}

TEST(Split, GivesEveryLetterItsInterchange)
{
    const auto bytes = two("DIS91");
    Issues issues;
    const auto pieces = split(bytes, issues);
    ASSERT_EQ(pieces.size(), 2u);
    EXPECT_TRUE(issues.empty());
    const auto second = alone(bytes, pieces[1]);
    const auto checked = check(second, {});
    EXPECT_EQ(checked.answer, Answer::accepted);
    EXPECT_EQ(checked.type, "XDIS91");
    EXPECT_NE(second.find("UNZ+1+K2001'"), second.npos);
}

TEST(Split, KeepsAnInterchangeOfOneLetterAsItIs)
{
    const auto bytes = message("DIS20") + message("DIS91");
    Issues issues;
    const auto pieces = split(bytes, issues);
    ASSERT_EQ(pieces.size(), 2u);
    EXPECT_EQ(alone(bytes, pieces[0]), "") << "as it is";
    EXPECT_TRUE(pieces[1].starts_with("UNA"));
}

TEST(Split, ABrokenInterchangeStandsAloneAndTheNextIsRead)
{
    const auto bytes = replaced(message("DIS20"), "BGM+", "bgm+") + message("DIS91");
    Issues issues;
    const auto pieces = split(bytes, issues);
    ASSERT_EQ(pieces.size(), 2u);
    EXPECT_NE(check(pieces[0], {}).answer, Answer::accepted);
    EXPECT_EQ(check(pieces[1], {}).answer, Answer::accepted);
}

TEST(Split, ABadLetterDoesNotTakeTheOthersWithIt)
{
    const auto bytes = replaced(two("DIS91"), "PAS+HS", "PAS+HA");
    Issues issues;
    std::vector<std::string> replies;
    std::vector<Answered> answers;
    for (const auto piece : split(bytes, issues)) {
        const auto whole = alone(bytes, piece);
        const auto checked = check(whole, {});
        replies.push_back(acknowledge(whole, checked, checked.answer, stamp));
        answers.push_back({checked.answer, {}});
    }
    ASSERT_EQ(replies.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) answers[i].reply = replies[i];
    EXPECT_EQ(answers[0].answer, Answer::content_error);
    EXPECT_EQ(answers[1].answer, Answer::accepted);
    const auto joined = join(answers);
    EXPECT_NE(joined.find("UCI+K2001+5790000000010:14+5790000000027:14+4'\nUCM+B2001+MEDDIS:D:93A:UN:D2030C+4'\nFTX+"), joined.npos) << joined;
    EXPECT_NE(joined.find("UCM+B9001+MEDDIS:D:93A:UN:D9134L+7'\nUNT+6+"), joined.npos) << joined;
    EXPECT_EQ(check(joined, {}).answer, Answer::accepted);
}

TEST(Identity, IsTheLetterWhateverInterchangeItComesIn)
{
    const auto first = message("DIS20");
    const auto again = replaced(replaced(first, "+K2001+", "+K2002+"), "UNZ+1+K2001", "UNZ+1+K2002");
    EXPECT_EQ(identity_of(first), identity_of(again));
    EXPECT_NE(identity_of(first), identity_of(replaced(first, "PAS+HS", "PAS+DA")));
}

TEST(Identity, IsTheLetterWhicheverSyntaxItComesIn)
{
    std::size_t pairs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(letters)) {
        const auto name = entry.path().stem().string();
        if (entry.path().extension() != ".edi" || !std::filesystem::exists(letters / (name + ".xml"))) continue;
        ++pairs;
        EXPECT_EQ(identity_of(message(name)), identity_of(bytes_of(letters / (name + ".xml")))) << name;
    }
    EXPECT_GT(pairs, 10u);
}

TEST(Identity, TellsContentFromLayout)
{
    const auto xml = bytes_of(letters / "DIS91.xml");
    EXPECT_EQ(identity_of(xml), identity_of(replaced(xml, "<Letter>", "\n  <Letter>\n")));
    EXPECT_EQ(identity_of(xml), identity_of(replaced(xml, "<Break/></Text01>", "</Text01>"))) << "EDIFACT always ends a line";
    EXPECT_NE(identity_of(xml), identity_of(replaced(xml, "en ny", "en<Break/>ny")));
}

TEST(Contrl, OfALetterWithoutATagSparesTheOthers)
{
    const auto whole = message("DIS20");
    const auto from = whole.find("UNH+"), to = whole.find("UNZ+");
    const auto letter = whole.substr(from, to - from);
    const auto damaged = replaced(letter, "SPR+ORG", "spr+ORG");
    const auto both = replaced(whole.substr(0, from) + damaged + letter + whole.substr(to), "UNZ+1", "UNZ+2");
    Issues issues;
    const auto pieces = split(both, issues);
    ASSERT_EQ(pieces.size(), 2u);
    EXPECT_NE(answer(alone(both, pieces[0])).find("UCM+B2001+MEDDIS:D:93A:UN:D2030C+4'\nFTX+SYN+P00++segment[9]?: "), std::string::npos) << answer(alone(both, pieces[0]));
    EXPECT_EQ(check(alone(both, pieces[1]), {}).answer, Answer::accepted);
}

TEST(Contrl, IsTheSameReceiptForWhatCannotBeRead)
{
    for (const auto& [from, to] : {
             std::pair{"UNZ+1+K2001", "UNZ+1+K2002"},
             std::pair{"D2030C",      "D2099C"     },
             std::pair{"UNOC:3",      "UNOW:3"     }
    }) {
        const auto bytes = replaced(message("DIS20"), from, to);
        EXPECT_EQ(number_in(answer_later(bytes)), number_in(answer(bytes))) << to;
    }
    EXPECT_NE(answer(replaced(message("DIS20"), "UNOC:3", "UNOW:3")).find("FTX+SYN+P00++UNB-1.1?: "), std::string::npos);
    EXPECT_NE(answer(replaced(message("DIS20"), "+K2001++++1", "")).find("FTX+SYN+P00++UNB-5.1?: "), std::string::npos);
}

} // namespace
} // namespace sluse::edifact
