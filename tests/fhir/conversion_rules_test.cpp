// tests/fhir/conversion_rules_test.cpp — rows of MedCom's conversion rules 3.1 one by one: episodes, pictures, long subjects, further numbers, others' letters and messages.
#include "adapters/fhir/care_communication.hpp"
#include "adapters/fhir/receipts.hpp"
#include "adapters/letter/letter.hpp"
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
    const auto email = xml::Document::parse(letter), binary = xml::Document::parse(xml_case("correspondence_xbin01"));
    EXPECT_TRUE(email && binary);
    const std::vector<xml::Element> files{binary.document->root().at("BinaryLetter/BinaryObject")};
    const auto done = care_communication(email.document->root(), files, Zone::copenhagen());
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

/// What the letter says, and what the CareCommunication says then.
TEST(ConversionRules, each_field_of_the_letter_has_its_place_in_the_message)
{
    struct Row {
        const char *field, *letter, *changed, *message;
    };
    const Row rows[] = {
        {"sent, winter", "<Sent><Date>2026-03-05</Date><Time>10:00</Time>", "<Sent><Date>2026-03-05</Date><Time>10:05</Time>", R"("timestamp":"2026-03-05T10:05:00+01:00")"},
        {"authorised, summer", "<Authorisation><Date>2026-03-05</Date>", "<Authorisation><Date>2026-07-05</Date>", R"("occurredDateTime":"2026-07-05T10:00:00+02:00","recorded":"2026-07-05T10:00:00+02:00")"},
        {"segment's time", "", "", R"(medcom-core-datetime-extension","valueDateTime":"2026-03-05T10:00:00+01:00")"},
        {"sender's GLN and SOR", "", "", R"("identifier":[{"system":"https://www.gs1.org/gln","value":"5790000999990"},{"system":"urn:oid:1.2.208.176.1.1","value":"999999000016002"}],"name":"Prøvehospitalet, Afdeling A")"},
        {"sender's address", "", "", R"("source":{"endpoint":"https://sor2.sum.dsdn.dk/#id=999999000016002"})"},
        {"receiver's GLN and SOR", "", "", R"("identifier":[{"system":"https://www.gs1.org/gln","value":"5790000999983"},{"system":"urn:oid:1.2.208.176.1.1","value":"999999000016001"}],"name":"Prøveby Kommune")"},
        {"receiver's address", "", "", R"("endpoint":"https://sor2.sum.dsdn.dk/#id=999999000016001","receiver")"},
        {"sender's phone", "<MedicalSpecialityCode>", "<TelephoneSubscriberIdentifier>70101010</TelephoneSubscriberIdentifier><MedicalSpecialityCode>", R"("valueContactPoint":{"system":"phone","value":"70101010"})"},
        {"no phone", "", "", R"("valueContactPoint":{"system":"phone","value":"0000 0000"})"},
        {"author's role", "", "", R"("code":[{"text":"ukendt"}])"},
        {"author's name", "", "", R"("name":[{"family":"ukendt"}])"},
        {"CPR, name", "", "", R"("identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"2512489996"}],"name":[{"use":"official","family":"Prøveperson","given":["Åse"]}])"},
        {"replacement number", "<CivilRegistrationNumber>2512489996</CivilRegistrationNumber>", "<AlternativeIdentifier>2512487AB2</AlternativeIdentifier>", R"("identifier":[{"system":"urn:oid:1.2.208.176.1.6.1.1","value":"2512487AB2"}])"},
        {"address", "", "", R"("address":[{"line":["Prøvevej 1"],"city":"Prøveby","postalCode":"9999"}])"},
        {"dead", ">inaktiv<", ">doed<", R"("deceasedBoolean":true)"},
        {"category", "", "", R"("category":[{"coding":[{"system":"http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-careCommunication-categoryCodes","code":"other"}]}])"},
        {"status", "", "", R"("status":"unknown","category")"},
        {"subject", "", "", R"("topic":{"text":"Udskrivelse"})"},
        {"high priority", "", "", R"("contentString":"Denne meddelelse har høj prioritet. Borgeren er klar.\nSe planen.")"},
        {"routine", "høj_prioritet", "rutine", R"("contentString":"Borgeren er klar.\nSe planen.")"},
        {"several parts of text", "</ClinicalInformation>", "</ClinicalInformation><ClinicalInformation><Text01>Og<Space/>mere.</Text01></ClinicalInformation>", R"(Se planen.\nOg mere.")"},
        {"no text", "<ClinicalInformation><Text01>Borgeren er klar.<Break/>Se <Bold>planen</Bold>.</Text01></ClinicalInformation>", "", R"(prioritet. Udskrivelse")"},
        {"address on the web", "</Reference>", "</Reference><Reference><RefDescription>Vejledning</RefDescription><URL>https://example.org/v?a=1&amp;b=2</URL></Reference>", R"("contentAttachment":{"url":"https://example.org/v?a=1&b=2","title":"Vejledning"})"},
        {"what follows on paper", "</Reference>", "</Reference><Reference><RefDescription>Røntgenbillede</RefDescription><SUP>true</SUP></Reference>", R"("contentAttachment":{"title":"Røntgenbillede"})"},
        {"file", "", "", R"("contentAttachment":{"contentType":"application/pdf","data":"JVBERi0xLjQK","title":"vektor_grafik"})"},
        {"file of a type that is not taken", ">pdf<", ">doc<", R"("contentAttachment":{"title":"vektor_grafik"})"},
        {"what kind of message", "", "", R"("activity":{"coding":[{"system":"http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-messaging-activityCodes","code":"new-message"}]})"},
        {"its segments", "", "", R"({"role":"source","what":{"identifier":{"value":"urn:uuid:0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"}}}])"},
    };
    for (const auto& row : rows) {
        const auto message = message_of(changed(xml_case("correspondence_xdis91"), row.letter, row.changed));
        EXPECT_NE(message.find(row.message), message.npos) << row.field << ": " << message;
        EXPECT_EQ(check(message, case_settings()).answer, Answer::accepted) << row.field;
    }
}

/// Both letters of `message`, one after the other; each is held to MedCom's schema (the invented GLN have no check digits).
std::string letters_of(const std::string& message)
{
    const auto done = correspondence(message, Zone::copenhagen());
    if (!done) return "Fault: " + done.error().where;
    for (const auto& one : {done->letter, done->files}) {
        auto parsed = one.empty() ? xml::Document::Parsed{} : xml::Document::parse(one);
        if (one.empty()) continue;
        EXPECT_TRUE(parsed) << one;
        const auto checked = letter::check(std::move(parsed.document), case_settings());
        EXPECT_EQ(checked.answer, Answer::accepted);
        for (const auto& issue : checked.issues)
            if (!issue.path.ends_with("EANIdentifier")) ADD_FAILURE() << issue.path << ": " << issue.text << '\n' << one;
    }
    return done->letter + done->files;
}

/// What the CareCommunication says, and what the letters say then.
TEST(ConversionRules, each_field_of_the_message_has_its_place_in_the_letters)
{
    const std::string referral = R"("code": "regarding-referral"
       }
      ]
     }
    ],
    "priority": "asap",)", other = R"("code": "other"
       }
      ]
     }
    ],)", attachment = "\"contentType\": \"application/pdf\",\n       \"data\": \"JVBERi0xLjQK\",\n       \"title\": \"Plan\"";
    const auto long_url = "https://example.org/" + std::string(400, 'x');
    struct Row {
        const char* field;
        std::string message, changed, letters;
    };
    const Row rows[] = {
        {"letter's version", "", "", "<VersionCode>XD9134L</VersionCode>\n<StatisticalCode>XDIS91</StatisticalCode>"},
        {"files' version", "", "", "<VersionCode>XB0131X</VersionCode>\n<StatisticalCode>XBIN01</StatisticalCode>"},
        {"letter's receipt", "", "", "<AcknowledgementCode>pluspositivkvitt</AcknowledgementCode>"},
        {"sent, summer", "\"timestamp\": \"2026-03-05T10:00:00+01:00\"", "\"timestamp\": \"2026-07-05T23:30:00Z\"", "<Sent><Date>2026-07-06</Date>\n<Time>01:30</Time>"},
        {"authorised, another offset", "\"occurredDateTime\": \"2026-03-05T10:00:00+01:00\"", "\"occurredDateTime\": \"2026-03-05T10:00:00+02:00\"", "<Authorisation><Date>2026-03-05</Date>\n<Time>09:00</Time>"},
        {"sender", "", "", "<EANIdentifier>5790000999990</EANIdentifier>\n<Identifier>999999000016002</Identifier>\n<IdentifierCode>sorkode</IdentifierCode>\n<OrganisationName>Prøvehospitalet, Afdeling A</OrganisationName>"},
        {"sender's GLN under its other name", "https://www.gs1.org/gln", "urn:oid:1.3.88", "<EANIdentifier>5790000999990</EANIdentifier>"},
        {"sender without a name", "\"name\": \"Prøvehospitalet, Afdeling A\"", "\"active\": true", "<OrganisationName>ukendt</OrganisationName>"},
        {"author's phone", "", "", "<TelephoneSubscriberIdentifier>99999999</TelephoneSubscriberIdentifier>"},
        {"receiver", "", "", "<EANIdentifier>5790000999983</EANIdentifier>\n<Identifier>999999000016001</Identifier>\n<IdentifierCode>sorkode</IdentifierCode>\n<OrganisationName>Prøveby Kommune, Hjemmepleje</OrganisationName>"},
        {"CPR and name", "", "", "<CivilRegistrationNumber>2512489996</CivilRegistrationNumber>\n<PersonSurnameName>Prøveperson</PersonSurnameName>\n<PersonGivenName>Åse</PersonGivenName>"},
        {"replacement number", "\"system\": \"urn:oid:1.2.208.176.1.2\",\n      \"value\": \"2512489996\"", "\"system\": \"urn:oid:1.2.208.176.1.6.1.1\", \"value\": \"2512487AB2\"", "<AlternativeIdentifier>2512487AB2</AlternativeIdentifier>"},
        {"several given names", "\"Åse\"\n", "\"Åse\", \"Maj\"\n", "<PersonGivenName>Åse Maj</PersonGivenName>"},
        {"category and topic", "", "", "<Subject>other,Opfølgning</Subject>"},
        {"category alone", other, "\"code\": \"medicine\"}]}],", "<Subject>medicine,Opfølgning</Subject>"},
        {"no priority", "", "", "<Priority>rutine</Priority>"},
        {"priority", other, referral, "<Priority>høj_prioritet</Priority>\n<Subject>regarding-referral,Opfølgning</Subject>"},
        {"text", "", "", "<Text01>Borgeren er klar til udskrivelse.<Break/>Medicinkort følger &quot;i dag&quot; &amp; i morgen.</Text01>"},
        {"file in the letter", "", "", "<BIN>\n<ObjectIdentifier>6a000000000040008000000000000002</ObjectIdentifier>\n<ObjectCode>vektor_grafik</ObjectCode>\n<ObjectExtensionCode>pdf</ObjectExtensionCode>\n<OriginalObjectSize>9</OriginalObjectSize>"},
        {"file", "", "", "<BinaryObject>\n<ObjectIdentifier>6a000000-0000-4000-8000-000000000002</ObjectIdentifier>\n<ObjectCode>vektor_grafik</ObjectCode>"},
        {"photograph", "application/pdf", "image/jpeg", "<ObjectCode>billede</ObjectCode>\n<ObjectExtensionCode>jpeg</ObjectExtensionCode>"},
        {"address on the web", attachment, R"("url": "https://example.org/v?a=1&b=2", "title": "Vejledning")", "<RefDescription>Vejledning</RefDescription>\n<URL>https://example.org/v?a=1&amp;b=2</URL>"},
        {"longer address than a letter holds", attachment, "\"url\": \"" + long_url + "\", \"title\": \"Vejledning\"", "i morgen.<Break/>" + long_url + "</Text01>\n</ClinicalInformation>\n<Reference>\n<RefDescription>Vejledning</RefDescription>\n</Reference>"},
        {"long family name", "Prøveperson", long_url, "<PersonSurnameName>" + long_url.substr(0, 40) + "</PersonSurnameName>"},
        {"home abroad", "\"name\": [", R"("address": [{"line": ["Storgatan 1"], "city": "Malmö", "postalCode": "211 20"}], "name": [)", "<StreetName>Storgatan 1</StreetName>\n<DistrictName>Malmö</DistrictName>\n<EpisodeOfCareStatusCode>"},
        {"file that is not there", attachment, R"("contentType": "application/pdf", "title": "Plan")", "<Reference>\n<RefDescription>Plan</RefDescription>\n</Reference>"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.field);
        const auto letters = letters_of(changed(case_text("communication_new"), row.message, row.changed));
        EXPECT_NE(letters.find(row.letters), letters.npos) << letters;
    }
}

TEST(ConversionRules, a_reply_s_letter_holds_its_own_words_and_not_those_before)
{
    const std::string earlier = R"("payload": [{"extension": [
        {"url": "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-datetime-extension", "valueDateTime": "2026-03-04T08:00:00+01:00"},
        {"url": "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-identifier-extension", "valueIdentifier": {"value": "urn:uuid:6a000000-0000-4000-8000-000000000009", "assigner": {"reference": "Organization/22222222-2222-4222-8222-222222222222"}}},
        {"url": "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-practitioner-extension", "valueReference": {"reference": "PractitionerRole/77777777-7777-4777-8777-777777777777"}},
        {"url": "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-contact-extension", "valueContactPoint": {"system": "phone", "value": "11111111"}}],
      "contentString": "Hvornår kommer borgeren hjem?"},)";
    const auto letters = letters_of(changed(case_text("communication_new"), "\"payload\": [", earlier));
    EXPECT_NE(letters.find("<Text01>Borgeren er klar til udskrivelse.<Break/>"), letters.npos) << letters;
    EXPECT_NE(letters.find("<TelephoneSubscriberIdentifier>99999999<"), letters.npos) << "its author's, not the earlier one's";
    EXPECT_EQ(letters.find("Hvornår"), letters.npos);
}

TEST(ConversionRules, more_attachments_than_a_letter_holds_are_a_failure)
{
    std::string many = "\"payload\": [";
    for (int i = 0; i < 10; ++i)
        many += R"({"extension": [{"url": "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-datetime-extension", "valueDateTime": "2026-03-05T10:00:00+01:00"},
          {"url": "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-identifier-extension", "valueIdentifier": {"value": "urn:uuid:6a000000-0000-4000-8000-000000000001",
           "assigner": {"reference": "Organization/11111111-1111-4111-8111-111111111111"}}}], "contentAttachment": {"url": "https://example.org/", "title": "Side"}},)";
    EXPECT_EQ(letters_of(changed(case_text("communication_new"), "\"payload\": [", many)), "Fault: Communication.payload: holds 11 attachments; a letter holds at most 10");
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

TEST(ConversionRules, each_reason_of_a_refused_letter_is_an_outcome_of_the_acknowledgement)
{
    struct Row {
        const char *refused, *code;
    };
    for (const auto& row : {Row{"ukendt_lokationsnummer", "MSG_Receiver_Identifier_UNKNOWN"}, Row{"problem_med_modtagerID", "MSG_Receiver_Identifier_UNKNOWN"},
                            Row{"problem_med_version", "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE"}, Row{"syntaksfejl", ""}, Row{"ikke_specificeret", ""}}) {
        const auto reason = "<RefuseCode>" + std::string(row.refused) + "</RefuseCode><RefuseText>Derfor ikke</RefuseText>";
        const auto said = acknowledged({xml_case("correspondence_xdis91"), xml_case("correspondence_xbin01"), receipt("NegativeReceipt", "BREV0001", reason), receipt("PositiveReceipt", "BREV0002")});
        EXPECT_NE(said.find("\"response\":{\"identifier\":\"a0000000-0000-4000-8000-000000000021\",\"code\":\"fatal-error\""), said.npos) << said;
        EXPECT_NE(said.find("\"text\":\"Derfor ikke\""), said.npos) << said;
        EXPECT_TRUE(!*row.code || said.find("\"code\":\"" + std::string(row.code) + '"') != said.npos) << row.refused << said;
        EXPECT_EQ(check(said, case_settings()).answer, Answer::accepted) << row.refused;
    }
}

TEST(ConversionRules, each_outcome_of_an_acknowledgement_is_a_reason_of_both_refused_letters)
{
    const auto letter = xml_case("correspondence_xdis91");
    const auto email = xml::Document::parse(letter), binary = xml::Document::parse(xml_case("correspondence_xbin01"));
    const std::vector<xml::Element> letters{email.document->root(), binary.document->root()};
    const auto message = message_of(letter);
    auto checked = check(message, case_settings());
    checked.issues.push_back({Severity::error, IssueKind::unsupported_version, {}, "Derfor ikke"});
    const auto refused = acknowledge(message, checked, Answer::content_error, {1'772'360'130'000, "A1", ""});
    struct Row {
        const char *code, *refused;
    };
    for (const auto& row : {Row{"MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE", "problem_med_version"}, Row{"MSG_Receiver_Identifier_UNKNOWN", "ukendt_lokationsnummer"},
                            Row{"MSG_Receiver_Identifier_MISSING", "ukendt_lokationsnummer"}, Row{"MSG_Datatype_Wrong", "syntaksfejl"}, Row{"MSG_Element_To_Long", "syntaksfejl"},
                            Row{"MSG_BAD_SYNTAX", "syntaksfejl"}, Row{"MSG_VALUESET_VALUE_UNKNOWN", "ikke_specificeret"}}) {
        const auto receipts = receipts_of(changed(refused, "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE", row.code), letters, {}, Zone::copenhagen(), 0);
        ASSERT_TRUE(receipts) << receipts.error().where;
        ASSERT_EQ(receipts->size(), 2u);
        for (const auto& one : *receipts) {
            EXPECT_NE(one.find("<NegativeReceipt>"), one.npos);
            EXPECT_NE(one.find("<RefuseCode>" + std::string(row.refused) + "</RefuseCode><RefuseText>Derfor ikke</RefuseText>"), one.npos) << row.code << one;
        }
    }
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
