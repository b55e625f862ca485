// tests/fhir/conversion_test.cpp — a correspondence letter and its file as one CareCommunication, by MedCom's conversion rules.
#include "adapters/fhir/care_communication.hpp"
#include "adapters/fhir/letter_hold.hpp"
#include "adapters/fhir/receipts.hpp"
#include "adapters/xml/fragments.hpp"
#include "tests/fhir/cases.hpp"
#include "tests/temporary.hpp"

#include <filesystem>
#include <unistd.h>

namespace sluse::fhir {
namespace {

std::string xml_case(const std::string& name)
{
    std::ifstream in(SLUSE_SOURCE_DIR "/tests/fhir/cases/" + name + ".xml");
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string converted(const std::string& letter, bool with_file)
{
    const auto email = xml::Document::parse(letter), binary = xml::Document::parse(xml_case("correspondence_xbin01"));
    EXPECT_TRUE(email && binary);
    const std::vector<xml::Element> files{binary.document->root().at("BinaryLetter/BinaryObject")};
    const auto done = care_communication(email.document->root(), with_file ? std::span(files) : std::span<const xml::Element>(), Zone::copenhagen());
    return done ? *done : "Fault: " + done.error().where;
}

TEST(Conversion, makes_a_message_that_medcoms_rules_accept)
{
    const auto message = converted(xml_case("correspondence_xdis91"), true);
    const auto checked = check(message, case_settings());
    EXPECT_EQ(checked.answer, Answer::accepted) << message;
    EXPECT_TRUE(checked.issues.empty()) << checked.issues[0].path << checked.issues[0].text;
    EXPECT_EQ(checked.type, "care-communication-message");
    EXPECT_EQ(message, converted(xml_case("correspondence_xdis91"), true)) << "the same letter gets the same ids";
}

TEST(Conversion, follows_the_rules_for_text_topic_priority_and_file)
{
    const auto message = converted(xml_case("correspondence_xdis91"), true);
    EXPECT_NE(message.find("\"contentString\":\"Denne meddelelse har høj prioritet. Borgeren er klar.\\nSe planen.\""), message.npos);
    EXPECT_NE(message.find("\"topic\":{\"text\":\"Udskrivelse\"}"), message.npos);
    EXPECT_NE(message.find("\"value\":\"urn:uuid:0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9\""), message.npos);
    EXPECT_NE(message.find("\"contentAttachment\":{\"contentType\":\"application/pdf\",\"data\":\"JVBERi0xLjQK\",\"title\":\"vektor_grafik\"}"), message.npos);
    EXPECT_NE(message.find("\"timestamp\":\"2026-03-05T10:00:00+01:00\""), message.npos);
    EXPECT_NE(message.find("\"value\":\"0000 0000\""), message.npos);
    const auto bare = changed(xml_case("correspondence_xdis91"), "<Subject>Udskrivelse</Subject>", "");
    EXPECT_NE(converted(bare, true).find("\"topic\":{\"text\":\"Ukendt emne\"}"), std::string::npos);
}

TEST(Conversion, sends_an_attachment_without_data_when_the_file_did_not_come)
{
    const auto message = converted(xml_case("correspondence_xdis91"), false);
    EXPECT_NE(message.find("\"contentAttachment\":{\"contentType\":\"application/pdf\"}"), message.npos);
    EXPECT_EQ(message.find("\"data\""), message.npos);
}

TEST(Conversion, makes_a_letter_and_its_files_of_a_message)
{
    const auto done = correspondence(case_text("communication_new"), Zone::copenhagen());
    ASSERT_TRUE(done) << done.error().where;
    const auto letter = xml::Document::parse(done->letter), files = xml::Document::parse(done->files);
    ASSERT_TRUE(letter && files);
    const auto email = letter.document->root().child("ClinicalEmail");
    EXPECT_EQ(email.at("Letter/VersionCode").text(), "XD9134L");
    EXPECT_EQ(email.at("Sender/EANIdentifier").text(), "5790000999990");
    EXPECT_EQ(email.at("Receiver/Identifier").text(), "999999000016001");
    EXPECT_EQ(email.at("Patient/CivilRegistrationNumber").text(), "2512489996");
    EXPECT_EQ(email.at("AdditionalInformation/Subject").text(), "other,Opfølgning");
    EXPECT_NE(done->letter.find("<Text01>Borgeren er klar til udskrivelse.<Break/>Medicinkort følger &quot;i dag&quot; &amp; i morgen.</Text01>"), std::string::npos);
    EXPECT_EQ(email.at("Reference/BIN/OriginalObjectSize").text(), "9");
    const auto object = files.document->root().at("BinaryLetter/BinaryObject");
    EXPECT_EQ(object.child("ObjectIdentifier").text(), "6a000000-0000-4000-8000-000000000002") << "as MedCom's schema of files wants it";
    EXPECT_EQ(email.at("Reference/BIN/ObjectIdentifier").text(), "6a000000000040008000000000000002");
    EXPECT_EQ(object.child("Object_Base64Encoded").text(), "JVBERi0xLjQK");
}

TEST(Conversion, comes_back_with_the_same_words_and_files)
{
    const auto there = converted(xml_case("correspondence_xdis91"), true);
    const auto back = correspondence(there, Zone::copenhagen());
    ASSERT_TRUE(back) << back.error().where;
    EXPECT_NE(back->letter.find("Borgeren er klar.<Break/>Se planen."), std::string::npos);
    EXPECT_NE(back->letter.find("<ObjectIdentifier>0a1b2c3d4e5f60718293a4b5c6d7e8f9</ObjectIdentifier>"), std::string::npos);
    EXPECT_NE(back->files.find("<Object_Base64Encoded>JVBERi0xLjQK</Object_Base64Encoded>"), std::string::npos);
}

/// SOR as its owner publishes it, of two units that do not exist.
std::shared_ptr<const Registers> sor_of(const std::string& sender_gln)
{
    const TemporaryDirectory folder;
    std::ofstream(folder.path() / "sor.csv") << "SOR-kode;Enhedsnavn;Lokationsnummer;Telefon\n999900000000007;Eksempel Afdeling;" << sender_gln << ";70101010\n"
                                      << "999999000016001;Eksempel Hjemmepleje;;\n";
    Issues issues;
    auto out = Registers::load(SLUSE_SOURCE_DIR "/schemas/codes/registers.tsv", folder.path(), issues, xml::each_unit);
    EXPECT_TRUE(out) << (issues.empty() ? "" : issues.front().text);
    return out;
}

TEST(Conversion, looks_up_in_sor_what_the_letter_lacks)
{
    const auto without = changed(changed(xml_case("correspondence_xdis91"), "sorkode", "lokationsnummer"), "sorkode", "lokationsnummer");
    const auto email = xml::Document::parse(without);
    const auto root = email.document->root();
    const auto sor = sor_of(std::string(root.at("ClinicalEmail/Sender/EANIdentifier").text()));
    const auto done = care_communication(root, {}, Zone::copenhagen(), sor.get());
    ASSERT_TRUE(done) << done.error().where;
    EXPECT_NE(done->find("https://sor2.sum.dsdn.dk/#id=999900000000007"), std::string::npos) << *done;
    EXPECT_NE(done->find("\"value\":\"70101010\""), std::string::npos);
    EXPECT_EQ(done->find("0000 0000"), std::string::npos);
}

/// Files for a letter, sent by its sender.
struct Mail {
    xml::Document::Parsed letter = xml::Document::parse(xml_case("correspondence_xdis91")), files = xml::Document::parse(xml_case("correspondence_xbin01"));
    xml::Element email() const { return letter.document->root(); }
    xml::Element binary() const { return files.document->root(); }
};

TEST(Hold, joins_a_letter_and_its_files_in_either_order)
{
    const Mail mail;
    for (const bool letter_first : {true, false}) {
        LetterHold hold;
        EXPECT_TRUE(hold.add(letter_first ? mail.email() : mail.binary(), 0));
        EXPECT_TRUE(hold.due(59 * minute_ms).empty()) << "waits for the other";
        EXPECT_TRUE(hold.add(letter_first ? mail.binary() : mail.email(), 59 * minute_ms));
        const auto ready = hold.due(59 * minute_ms);
        ASSERT_EQ(ready.size(), 1u);
        EXPECT_TRUE(ready[0].letter);
        EXPECT_EQ(ready[0].files.size(), 1u);
        EXPECT_EQ(hold.waiting(), 0u);
    }
}

TEST(Hold, sends_a_letter_without_its_files_after_an_hour_and_files_without_their_letter_as_they_are)
{
    const Mail mail;
    LetterHold hold;
    hold.add(mail.email(), 0);
    EXPECT_TRUE(hold.due(60 * minute_ms).empty());
    auto ready = hold.due(60 * minute_ms + 1);
    ASSERT_EQ(ready.size(), 1u);
    EXPECT_TRUE(ready[0].letter && ready[0].files.empty());
    hold.add(mail.binary(), 61 * minute_ms);
    EXPECT_TRUE(hold.due(62 * minute_ms).empty());
    ready = hold.due(122 * minute_ms);
    ASSERT_EQ(ready.size(), 1u);
    EXPECT_FALSE(ready[0].letter);
    EXPECT_TRUE(ready[0].files_letter == mail.binary());
}

TEST(Hold, leaves_out_a_letter_that_came_before)
{
    const Mail mail;
    LetterHold hold;
    EXPECT_TRUE(hold.add(mail.email(), 0));
    EXPECT_FALSE(hold.add(mail.email(), 1));
    hold.add(mail.binary(), 2);
    EXPECT_EQ(hold.due(2).size(), 1u);
    EXPECT_FALSE(hold.add(mail.email(), 3)) << "also after it went";
    EXPECT_TRUE(hold.rest().empty());
}

TEST(Hold, lets_go_of_all_at_the_end)
{
    const Mail mail;
    LetterHold hold;
    hold.add(mail.email(), 0);
    EXPECT_EQ(hold.rest().size(), 1u);
    EXPECT_EQ(hold.waiting(), 0u);
}

/// An XCTL of one letter.
std::string receipt(std::string_view kind, std::string_view number, std::string_view reason = {})
{
    return "<Emessage><Envelope><Identifier>K1</Identifier></Envelope><" + std::string(kind) + "><OriginalEmessage><OriginalLetter><OriginalLetterIdentifier>" + std::string(number) +
           "</OriginalLetterIdentifier>" + std::string(reason) + "</OriginalLetter></OriginalEmessage></" + std::string(kind) + "></Emessage>";
}

std::string number_of(const std::string& letter)
{
    const auto parsed = xml::Document::parse(letter);
    const auto root = parsed.document->root();
    return std::string((root.child("ClinicalEmail") ? root.at("ClinicalEmail/Letter/Identifier") : root.at("BinaryLetter/Letter/Identifier")).text());
}

std::string acknowledged(const std::vector<std::string>& receipts)
{
    std::vector<xml::Document::Parsed> parsed;
    std::vector<xml::Element> roots;
    for (const auto& one : receipts) roots.push_back(parsed.emplace_back(xml::Document::parse(one)).document->root());
    const auto done = acknowledgement_of(case_text("communication_new"), roots, Zone::copenhagen(), 1'772'360'130'000);
    return done ? *done : "Fault: " + done.error().where;
}

TEST(Receipts, of_both_letters_are_one_acknowledgement)
{
    const auto letters = correspondence(case_text("communication_new"), Zone::copenhagen());
    ASSERT_TRUE(letters);
    const auto email = number_of(letters->letter), files = number_of(letters->files);
    const auto good = acknowledged({receipt("PositiveReceipt", files), receipt("PositiveReceipt", email)});
    EXPECT_NE(good.find("\"code\":\"ok\""), good.npos) << good;
    EXPECT_EQ(check(good, case_settings()).answer, Answer::accepted) << good;
    EXPECT_EQ(acknowledged({receipt("PositiveReceipt", email)}), "Fault: OriginalLetterIdentifier: the letter " + files + " has no receipt yet; nothing is sent until it has");
    const auto bad = acknowledged({receipt("PositiveReceipt", email),
                                   receipt("NegativeReceipt", files, "<RefuseCode>problem_med_version</RefuseCode><RefuseText>XB0131X modtages ikke</RefuseText>")});
    EXPECT_NE(bad.find("\"code\":\"fatal-error\""), bad.npos) << bad;
    EXPECT_NE(bad.find("\"code\":\"MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE\"}],\"text\":\"XB0131X modtages ikke\""), bad.npos) << bad;
}

TEST(Receipts, come_of_an_acknowledgement_for_each_letter)
{
    const auto letter = xml_case("correspondence_xdis91"), file = xml_case("correspondence_xbin01");
    const auto email = xml::Document::parse(letter), binary = xml::Document::parse(file);
    const std::vector<xml::Element> letters{email.document->root(), binary.document->root()};
    const auto message = converted(letter, true);
    auto checked = check(message, case_settings());
    const AckStamp stamp{1'772'360'130'000, "A1", ""};
    const auto good = receipts_of(acknowledge(message, checked, Answer::accepted, stamp), letters, {}, Zone::copenhagen(), stamp.now);
    ASSERT_TRUE(good) << good.error().where;
    ASSERT_EQ(good->size(), 2u);
    EXPECT_NE((*good)[0].find("<PositiveReceipt>"), std::string::npos);
    EXPECT_NE((*good)[0].find("<OriginalLetterIdentifier>BREV0001</OriginalLetterIdentifier>"), std::string::npos) << (*good)[0];
    EXPECT_NE((*good)[1].find("<OriginalLetterIdentifier>" + number_of(file) + "</OriginalLetterIdentifier>"), std::string::npos) << (*good)[1];
    checked.issues.push_back({Severity::error, IssueKind::unsupported_event, {}, "tages ikke her"});
    const auto bad = receipts_of(acknowledge(message, checked, Answer::content_error, stamp), letters, {}, Zone::copenhagen(), stamp.now);
    ASSERT_TRUE(bad) << bad.error().where;
    for (const auto& one : *bad) {
        EXPECT_NE(one.find("<NegativeReceipt>"), std::string::npos);
        EXPECT_NE(one.find("<RefuseCode>problem_med_version</RefuseCode><RefuseText>tages ikke her</RefuseText>"), std::string::npos) << one;
    }
    const auto other = receipts_of(acknowledge(case_text("communication_new"), check(case_text("communication_new"), case_settings()), Answer::accepted, stamp), letters, {}, Zone::copenhagen(), stamp.now);
    EXPECT_FALSE(other);
}

TEST(Conversion, says_what_it_cannot_convert)
{
    EXPECT_EQ(converted(xml_case("correspondence_xbin01"), true), "Fault: Emessage: holds no ClinicalEmail (XDIS91)");
    EXPECT_EQ(converted(changed(xml_case("correspondence_xdis91"), "<Identifier>BREV0001</Identifier>", ""), true),
              "Fault: Emessage/ClinicalEmail/Letter/Identifier: is missing");
}

} // namespace
} // namespace sluse::fhir
