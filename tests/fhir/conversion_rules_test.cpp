// tests/fhir/conversion_rules_test.cpp — rows of MedCom's conversion rules 3.1 one by one: episodes, pictures, long subjects, further numbers, others' letters and messages.
#include "adapters/fhir/care_communication.hpp"
#include "adapters/fhir/receipts.hpp"
#include "tests/fhir/cases.hpp"

namespace sluse::fhir {
namespace {

std::string xml_case(const std::string& name)
{
    std::ifstream in(SLUSE_SOURCE_DIR "/tests/fhir/cases/" + name + ".xml");
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string message_of(const std::string& letter)
{
    const auto email = xml::Document::parse(letter);
    EXPECT_TRUE(email);
    const auto done = care_communication(email.document->root(), {}, Zone::copenhagen());
    return done ? *done : "Fault: " + done.error().where;
}

std::string with_episode(const std::string& status, const std::string& name = "fc60e762b13b5773865e67f3907bdcc7")
{
    const auto letter = changed(xml_case("correspondence_xdis91"), "<StatusCode>nytbrev</StatusCode>", "<StatusCode>nytbrev</StatusCode><EpisodeOfCareIdentifier>" + name + "</EpisodeOfCareIdentifier>");
    const auto file = letter.find("<Reference>"), end = letter.find("</Reference>") + 12;
    return changed(letter.substr(0, file) + letter.substr(end), ">inaktiv<", ">" + status + "<");
}

TEST(ConversionRules, status_codes_become_class_and_status_of_the_episode)
{
    struct Case {
        const char *letter, *status, *kind, *back;
    };
    for (const auto& c : {Case{"inaktiv", "unknown", "other", "inaktiv"}, Case{"indlagt", "in-progress", "IMP", "indlagt"}, Case{"ambulant", "in-progress", "AMB", "ambulant"},
                          Case{"ambulant_roentgen", "in-progress", "AMB", "ambulant"}, Case{"doed", "finished", "other", "doed"}}) {
        const auto message = message_of(with_episode(c.letter));
        EXPECT_EQ(check(message, case_settings()).answer, Answer::accepted) << message;
        EXPECT_NE(message.find(std::string("\"status\":\"") + c.status + "\",\"class\":{"), message.npos) << message;
        EXPECT_NE(message.find(std::string("\"code\":\"") + c.kind + "\"},\"subject\""), message.npos) << message;
        EXPECT_EQ(message.find("\"deceasedBoolean\":true") != message.npos, c.letter == std::string("doed"));
        const auto back = correspondence(message, Zone::copenhagen());
        ASSERT_TRUE(back) << back.error().where;
        EXPECT_NE(back->letter.find(std::string("<EpisodeOfCareStatusCode>") + c.back + "<"), std::string::npos) << back->letter;
        EXPECT_NE(back->letter.find("<EpisodeOfCareIdentifier>fc60e762b13b5773865e67f3907bdcc7</EpisodeOfCareIdentifier>"), std::string::npos);
    }
}

TEST(ConversionRules, an_episode_is_lpr3s_by_its_version_and_else_the_senders)
{
    EXPECT_NE(message_of(with_episode("indlagt")).find("\"system\":\"https://www.esundhed.dk/Registre/Landspatientregisteret\",\"value\":\"urn:uuid:fc60e762-b13b-5773-865e-67f3907bdcc7\""), std::string::npos);
    EXPECT_NE(message_of(with_episode("indlagt", "FORLOEB7")).find("\"system\":\"https://sor2.sum.dsdn.dk/#id=999999000016002\",\"value\":\"FORLOEB7\""), std::string::npos);
    EXPECT_EQ(message_of(xml_case("correspondence_xdis91")).find("\"Encounter\""), std::string::npos) << "without an episode MedCom takes no Encounter";
}

TEST(ConversionRules, a_picture_is_billede_and_its_file_is_named_by_its_type)
{
    const auto done = correspondence(changed(case_text("communication_new"), "application/pdf", "image/tiff"), Zone::copenhagen());
    ASSERT_TRUE(done) << done.error().where;
    for (const auto& one : {done->letter, done->files}) EXPECT_NE(one.find("<ObjectCode>billede</ObjectCode>\n<ObjectExtensionCode>tiff</ObjectExtensionCode>"), std::string::npos) << one;
}

TEST(ConversionRules, a_subject_is_cut_at_seventy_characters_not_bytes)
{
    std::string topic;
    for (int i = 0; i < 80; ++i) topic += "ø";
    const auto done = correspondence(changed(case_text("communication_new"), "Opfølgning", topic), Zone::copenhagen());
    ASSERT_TRUE(done) << done.error().where;
    const auto at = done->letter.find("<Subject>other,") + 15;
    EXPECT_EQ(done->letter.find("</Subject>") - at, 2 * (70 - 6u));
}

TEST(ConversionRules, further_numbers_of_the_patient_follow_the_text)
{
    const auto done = correspondence(changed(case_text("communication_new"), "\"value\": \"2512489996\"\n     }", "\"value\": \"2512489996\"}, {\"system\": \"urn:oid:1.2.208.176.1.6.1.3.177\", \"value\": \"2512480AB2\"}"), Zone::copenhagen());
    ASSERT_TRUE(done) << done.error().where;
    EXPECT_NE(done->letter.find("<Break/>Patient-id: 2512480AB2</Text01>"), std::string::npos) << done->letter;
}

TEST(ConversionRules, what_failed_is_said_in_medcoms_words_within_an_envelopes_receipt)
{
    const auto text = conversion_failed("Emessage: " + std::string(600, 'x'));
    EXPECT_EQ(text.size(), 512u);
    EXPECT_TRUE(text.ends_with("x Konverteringen ml. XML/EDI og FHIR kunne ikke udføres korrekt pga. tekniske el. indholdsmæssige forhold i meddelelsen."));
}

/// The receipt of one letter, as somebody else would write it.
std::string receipt(std::string_view kind, std::string_view number, std::string_view reason = {})
{
    return "<Emessage><Envelope><Identifier>K1</Identifier></Envelope><" + std::string(kind) + "><OriginalEmessage>" + std::string(reason) + "<OriginalLetter><OriginalLetterIdentifier>" +
           std::string(number) + "</OriginalLetterIdentifier></OriginalLetter></OriginalEmessage></" + std::string(kind) + "></Emessage>";
}

std::string acknowledged(const std::vector<std::string>& documents)
{
    std::vector<xml::Document::Parsed> parsed;
    std::vector<xml::Element> roots;
    for (const auto& one : documents) roots.push_back(parsed.emplace_back(xml::Document::parse(one)).document->root());
    const auto done = acknowledgement_of(case_text("communication_new"), roots, Zone::copenhagen(), 1'772'360'130'000);
    return done ? *done : "Fault: " + done.error().where;
}

TEST(ConversionRules, a_vans_operators_refusal_of_one_letter_is_a_fatal_error)
{
    const auto letter = xml_case("correspondence_xdis91"), file = xml_case("correspondence_xbin01");
    const auto said = acknowledged({letter, file, receipt("PositiveReceipt", "BREV0001"),
                                    receipt("NegativeVansReceipt", "BREV0002", "<RefuseCode>ukendt_lokationsnummer</RefuseCode><RefuseText>Modtageren findes ikke</RefuseText>")});
    EXPECT_NE(said.find("\"code\":\"fatal-error\""), said.npos) << said;
    EXPECT_NE(said.find("\"text\":\"Modtageren findes ikke\""), said.npos) << said;
    EXPECT_NE(acknowledged({letter, file, receipt("PositiveReceipt", "BREV0001"), receipt("PositiveReceipt", "BREV0002")}).find("\"code\":\"ok\""), std::string::npos) << "letters that another service made";
    EXPECT_EQ(acknowledged({letter, file, receipt("PositiveReceipt", "BREV0001")}), "Fault: OriginalLetterIdentifier: the letter BREV0002 has no receipt yet; nothing is sent until it has");
}

TEST(ConversionRules, the_message_beside_the_letters_may_be_another_services)
{
    const auto letter = xml_case("correspondence_xdis91"), file = xml_case("correspondence_xbin01");
    const auto email = xml::Document::parse(letter), binary = xml::Document::parse(file);
    const std::vector<xml::Element> letters{email.document->root(), binary.document->root()};
    const std::vector<std::string> messages{case_text("communication_new")}; // from the same sender, under a number of its own
    const auto checked = check(messages[0], case_settings());
    const auto said = acknowledge(messages[0], checked, Answer::accepted, {1'772'360'130'000, "A1", ""});
    EXPECT_FALSE(receipts_of(said, letters, {}, Zone::copenhagen(), 0));
    const auto good = receipts_of(said, letters, messages, Zone::copenhagen(), 0);
    ASSERT_TRUE(good) << good.error().where;
    ASSERT_EQ(good->size(), 2u);
    EXPECT_NE((*good)[0].find("<OriginalLetterIdentifier>BREV0001</OriginalLetterIdentifier>"), std::string::npos);
    EXPECT_NE((*good)[1].find("<OriginalLetterIdentifier>BREV0002</OriginalLetterIdentifier>"), std::string::npos);
}

} // namespace
} // namespace sluse::fhir
