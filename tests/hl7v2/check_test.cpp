// tests/hl7v2/check_test.cpp — what is accepted, what is refused and why, who it is about, and the answer that is sent.
#include "adapters/hl7v2/adapter.hpp"
#include "adapters/hl7v2/identifiers.hpp"

#include <gtest/gtest.h>

namespace sluse::hl7v2 {
namespace {

const SystemSettings settings;
const AckStamp stamp{1'772'360'130'000, "S1", ""}; // 2026-03-01T10:15:30Z

/// An A01 whose lines can be replaced.
struct Admit {
    std::string msh = "MSH|^~\\&|EPJ|RH|SLUSE|REG|20260301101500||ADT^A01^ADT_A01|7|P|2.5";
    std::string pid = "PID|1||0101010000^^^CPR&1.2.208.176.1.2&ISO^NNDNK~77^^^RH^MR||Prøve^Åse";
    std::string rest = "PV1|1|I";
    std::string text() const { return msh + '\r' + pid + '\r' + rest + '\r'; }
};

struct Outcome {
    std::string text;
    Checked checked;
    std::string reply() const { return acknowledge(text, checked, checked.answer, stamp); }
};

Outcome outcome(std::string text)
{
    Outcome out{std::move(text), {}};
    out.checked = check(out.text, settings);
    return out;
}

std::string lines(const Issues& issues, Severity severity)
{
    std::string out;
    for (const auto& issue : issues)
        if (issue.severity == severity) out += issue.path + ": " + issue.text + '\n';
    return out;
}

TEST(Check, says_who_sent_what_about_whom)
{
    const auto [text, checked] = outcome(Admit().text());
    EXPECT_EQ(checked.answer, Answer::accepted);
    EXPECT_EQ(checked.system, "EPJ|RH");
    EXPECT_EQ(checked.type, "ADT^A01");
    EXPECT_EQ(checked.control_id, "7");
    ASSERT_EQ(checked.persons.size(), 2u);
    EXPECT_EQ(checked.persons[0].node(), "urn:oid:1.2.208.176.1.2|0101010000");
    EXPECT_EQ(checked.persons[1].value, "77");
    EXPECT_EQ(checked.persons[1].rank(), IdentifierRank::local);
    EXPECT_TRUE(checked.expects_answer);
    EXPECT_EQ(lines(checked.issues, Severity::error), "");
    EXPECT_EQ(lines(checked.issues, Severity::warning), "PID-3.1: the CPR number fails modulus 11; valid since 2007, but check it for a slip\n");
}

TEST(Check, ranks_cpr_before_replacement_numbers_before_local_ones)
{
    Admit m;
    m.pid = "PID|1||77^^^RH^MR~0101017AB1^^^X-eCPR~010101-0000~V1^^^RH^VN~\"\"";
    const auto persons = outcome(m.text()).checked.persons;
    ASSERT_EQ(persons.size(), 3u);
    EXPECT_EQ(persons[0].node(), "urn:oid:1.2.208.176.1.2|0101010000") << "by its form, without an authority";
    EXPECT_EQ(persons[1].rank(), IdentifierRank::ecpr);
    EXPECT_EQ(persons[2].value, "77");
}

TEST(Check, keeps_local_numbers_of_two_facilities_apart)
{
    Admit a, b;
    a.pid = b.pid = "PID|1||77^^^MRN^MR";
    b.msh = "MSH|^~\\&|EPJ|OUH|SLUSE|REG|20260301101500||ADT^A01|7|P|2.5";
    EXPECT_NE(outcome(a.text()).checked.persons.at(0).node(), outcome(b.text()).checked.persons.at(0).node());
}

TEST(Check, a_number_sent_as_cpr_that_is_none_stays_local)
{
    Admit m;
    m.pid = "PID|1||9999999999^^^CPR^NNDNK";
    const auto [text, checked] = outcome(m.text());
    EXPECT_EQ(checked.answer, Answer::accepted);
    EXPECT_EQ(checked.persons.at(0).rank(), IdentifierRank::local);
    EXPECT_EQ(lines(checked.issues, Severity::warning), "PID-3[1].1: is sent as a CPR number and is none; kept as the sender's own number\n");
}

TEST(Check, reads_old_messages_by_their_own_rules)
{
    const auto [text, checked] = outcome("MSH|^~\\&|LAB|X|S|R|19920101||ORU|9|P|2.1\rPID|||77|0101010000^^^CPR\rOBR|1\r");
    EXPECT_EQ(checked.answer, Answer::accepted);
    EXPECT_EQ(checked.type, "ORU^R01");
    ASSERT_EQ(checked.persons.size(), 2u);
    EXPECT_EQ(checked.persons[0].system, cpr_system);
    EXPECT_EQ(outcome("MSH|^~\\&|A|B|S|R|1||ADT|9|P|2.1\rEVN|A03\rPID|||7\r").checked.type, "ADT^A03");
    EXPECT_EQ(minor_version("2.5.1"), 5);
    EXPECT_EQ(minor_version(""), 5);
    EXPECT_EQ(minor_version("2.12"), 9);
    EXPECT_EQ(minor_version("3.0"), 9);
}

struct Bad {
    const char* name;
    std::string text;
    Answer answer;
    std::string first_error;
};

std::string admit_with(std::string msh, std::string pid = Admit().pid)
{
    Admit m;
    if (!msh.empty()) m.msh = std::move(msh);
    m.pid = std::move(pid);
    return m.text();
}

const Bad bad[] = {
    {"no_patient", admit_with("", "ZXX|1"), Answer::content_error, "PID: the segment is missing; this message type is about a patient: send it with the number before what belongs to it"},
    {"two_patients", admit_with("", Admit().pid + "\rPID|2||88^^^RH^MR"), Answer::content_error, "PID[2]: a second patient in a message about one; send a message for each"},
    {"no_identifier", admit_with("", "PID|1||||Prøve"), Answer::content_error, "PID-3.1: no patient identifier; send at least one with its assigning authority"},
    {"no_control_id", admit_with("MSH|^~\\&|A|B|C|D|1||ADT^A01||P|2.5"), Answer::content_error, "MSH-10: the control id is missing; number each message, without it an answer cannot name its message"},
    {"no_type", admit_with("MSH|^~\\&|A|B|C|D|1|||7|P|2.5"), Answer::refused, "MSH-9.1: the message type is missing; send it as type, event and structure (ADT, A01, ADT_A01)"},
    {"unknown_type", admit_with("MSH|^~\\&|A|B|C|D|1||QBP^Q21|7|P|2.5"), Answer::refused, "MSH-9.1: is a query, and nothing is looked up here; send it to the system that holds the answer"},
    {"unknown_event", admit_with("MSH|^~\\&|A|B|C|D|1||ADT^Z01|7|P|2.5"), Answer::refused, "MSH-9.2: this trigger event is not taken here for this message type; keep it back, or agree with the receiver that it is"},
    {"two_messages", Admit().text() + Admit().text(), Answer::refused, "MSH[2]: a second message begins inside this one; send one message a frame"},
    {"batch", "FHS|^~\\&|A\rMSH|^~\\&|A\r", Answer::refused, "MSH: a batch: send its messages one by one, or drop it as a file"},
    {"few_separators", admit_with("MSH|^~|A|B|C|D|1||ADT^A01|7|P|2.5"), Answer::content_error, "MSH-2: has fewer than four characters: component, repetition, escape, sub-component; what it lacks is not read: send all four"},
    {"one_separator", "MSH|^|A\r", Answer::refused, "MSH-2: must hold 2 to 5 encoding characters; send the usual four: circumflex, tilde, backslash, ampersand"},
};

class Refusal : public testing::TestWithParam<Bad> {};

TEST_P(Refusal, names_the_place_and_what_to_do)
{
    const auto [text, checked] = outcome(GetParam().text);
    EXPECT_EQ(checked.answer, GetParam().answer);
    ASSERT_FALSE(checked.issues.empty());
    EXPECT_EQ(checked.issues[0].path + ": " + checked.issues[0].text, GetParam().first_error);
}

INSTANTIATE_TEST_SUITE_P(Messages, Refusal, testing::ValuesIn(bad), [](const auto& info) { return info.param.name; });

TEST(Check, takes_several_patients_where_the_event_is_about_several)
{
    for (const char* event : {"ADT^A17", "ADT^A24", "ADT^A37", "ADT^A40", "ORU^R01"}) {
        Admit m;
        m.msh = "MSH|^~\\&|A|B|C|D|1||" + std::string(event) + "|7|P|2.5";
        m.rest = "MRG|99^^^RH^MR\rPID|2||88^^^RH^MR\rMRG|98^^^RH^MR";
        const auto [text, checked] = outcome(m.text());
        EXPECT_EQ(checked.answer, Answer::accepted) << event;
        EXPECT_EQ(checked.persons.size(), 2u) << "of the first patient";
    }
}

TEST(Check, takes_pathways_by_their_lettered_events)
{
    for (const auto* type : {"PPP^PCB^PPP_PCB", "PPP^PCD^PPP_PCB", "PPR^PC1^PPR_PC1", "PGL^PC6^PGL_PC6"}) {
        Admit m;
        m.msh = std::string("MSH|^~\\&|EPJ|RH|SLUSE|REG|20260301101500||") + type + "|7|P|2.5";
        m.rest = "PTH|AD|20260301|KOL^Forløb for KOL^L|P7^EPJ";
        const auto out = outcome(m.text());
        EXPECT_EQ(out.checked.answer, Answer::accepted) << type << '\n' << lines(out.checked.issues, Severity::error);
    }
}

TEST(Check, reads_type_and_event_of_a_blank_for_a_component_separator)
{
    Admit m;
    m.msh = "MSH|^~\\&|EPJ|RH|SLUSE|REG|20260301101500||ADT A01|7|P|2.5";
    const auto out = outcome(m.text());
    EXPECT_EQ(out.checked.answer, Answer::accepted);
    EXPECT_EQ(out.checked.type, "ADT^A01");
}

TEST(Check, takes_the_answers_to_orders_of_drugs)
{
    for (const auto* type : {"RRE^O12^RRE_O12", "RRD^O14^RRD_O14", "RRA^O18^RRA_O18", "ORP^O10^ORP_O10"}) {
        Admit m;
        m.msh = std::string("MSH|^~\\&|EPJ|RH|SLUSE|REG|20260301101500||") + type + "|7|P|2.5";
        m.rest = "MSA|AA|A1";
        EXPECT_EQ(outcome(m.text()).checked.answer, Answer::accepted) << type;
    }
}

TEST(Check, never_puts_a_value_into_an_issue)
{
    for (const auto& one : bad)
        for (const auto& issue : outcome(one.text).checked.issues) EXPECT_EQ(issue.text.find("Prøve"), std::string::npos);
}

TEST(Acknowledge, answers_in_original_mode)
{
    EXPECT_EQ(outcome(Admit().text()).reply(), "MSH|^~\\&|SLUSE|REG|EPJ|RH|20260301111530+0100||ACK^A01^ACK|S1|P|2.5\rMSA|AA|7\r");
    EXPECT_EQ(outcome(admit_with("", "PID|1||||Prøve")).reply(),
              "MSH|^~\\&|SLUSE|REG|EPJ|RH|20260301111530+0100||ACK^A01^ACK|S1|P|2.5\rMSA|AE|7\r"
              "ERR||PID^1^3^1^1|101^Required field missing^HL70357|E|||PID-3.1|no patient identifier; send at least one with its assigning authority\r");
}

TEST(Acknowledge, speaks_the_older_form_to_older_senders)
{
    EXPECT_EQ(outcome(admit_with("MSH|^~\\&|A|B|C|D|1||ADT^A01|7|P|2.3", "PID|1||||Prøve")).reply(),
              "MSH|^~\\&|C|D|A|B|20260301111530+0100||ACK^A01|S1|P|2.3\r"
              "MSA|AE|7|no patient identifier; send at least one with its assigning authority\rERR|PID^1^3^101&Required field missing&HL70357\r");
    EXPECT_EQ(outcome(admit_with("MSH|^~\\&|A|B|C|D|1||ADT^A01|7|P|2.2")).reply(),
              "MSH|^~\\&|C|D|A|B|20260301111530+0100||ACK|S1|P|2.2\rMSA|AA|7\r");
}

TEST(Acknowledge, follows_msh_15_and_16)
{
    struct Row {
        std::string accept, application;
        const char *good, *poor, *unstored; ///< MSA-1, or empty for no answer
    };
    const Row rows[] = {{"", "", "AA", "AE", "AR"},   {"AL", "NE", "CA", "CE", "CR"}, {"AL", "AL", "CA", "CE", "CR"}, {"NE", "NE", "", "", ""},
                        {"ER", "", "", "CE", "CR"},   {"SU", "", "CA", "", ""},       {"NE", "AL", "AA", "AE", "AR"}, {"", "ER", "", "AE", "AR"}};
    for (const auto& row : rows) {
        const auto msh = "MSH|^~\\&|A|B|C|D|1||ADT^A01|7|P|2.5|||" + row.accept + "|" + row.application;
        const auto code = [](const std::string& reply) {
            const auto at = reply.find("MSA|");
            return at == reply.npos ? std::string() : reply.substr(at + 4, 2);
        };
        const auto good = outcome(admit_with(msh)), poor = outcome(admit_with(msh, "PID|1"));
        EXPECT_EQ(code(good.reply()), row.good) << row.accept << ' ' << row.application;
        EXPECT_EQ(good.checked.expects_answer, *row.good != 0);
        EXPECT_EQ(code(poor.reply()), row.poor) << row.accept << ' ' << row.application;
        const auto unstored = acknowledge(good.text, good.checked, Answer::store_failed, stamp);
        EXPECT_EQ(code(unstored), row.unstored) << row.accept << ' ' << row.application;
        EXPECT_EQ(unstored.find("|207^Application internal error^HL70357|E|") != unstored.npos, *row.unstored != 0);
    }
}

TEST(Acknowledge, keeps_separators_and_character_set_and_never_injects)
{
    const auto odd = outcome("MSH#!*%$#EPJ\x01\x1c#RH#S\xd8#R#1##ADT!A01#7#P#2.5######8859/1\rPID#1##7\rPV1#\r");
    EXPECT_EQ(odd.reply(), "MSH#!*%$#S\xd8#R#EPJ#RH#20260301111530+0100##ACK!A01!ACK#S1#P#2.5######8859/1\rMSA#AA#7\r");
    const auto escaped = outcome("MSH|^~\\&|A|B|C|D|1||ADT^A01|7;\\X0D\\|P|2.5\rPID|1||7\r");
    EXPECT_NE(escaped.reply().find("MSA|AA|7;\\X0D\\\r"), std::string::npos) << "echoed as sent, not unescaped";
}

TEST(Acknowledge, rejects_what_cannot_be_decoded)
{
    const auto reply = outcome("MSH|^|EPJ|RH|S|R|1||ADT^A01|7|P|2.5\r").reply();
    EXPECT_EQ(reply, "MSH|^~\\&|S|R|EPJ|RH|20260301111530+0100||ACK^A01^ACK|S1|P|2.5\rMSA|AR|7\r"
                     "ERR||MSH^1^2|102^Data type error^HL70357|E|||MSH-2|must hold 2 to 5 encoding characters; send the usual four: circumflex, tilde, backslash, ampersand\r");
}

TEST(Acknowledge, answers_text_without_a_header_too_because_its_sender_waits)
{
    const std::string header = "MSH|^~\\&|||||20260301111530+0100||ACK|S1|P|2.5.1\rMSA|AR|\rERR||MSH^1";
    for (const char* text : {"hello", "GET / HTTP/1.1\r\n", "<xml/>", "PID|1||2512489996\r", "\xff\xfe"})
        EXPECT_EQ(outcome(text).reply(), header + "|100^Segment sequence error^HL70357|E|||MSH|the message does not begin with MSH\r") << text;
    EXPECT_EQ(outcome("MSHX").reply(), header + "^1|102^Data type error^HL70357|E|||MSH-1|the message ends before its separators\r");
    EXPECT_NE(outcome("FHS|^~\\&|A\rBHS|^~\\&|A\r").reply().find("send its messages one by one"), std::string::npos);
}

TEST(Acknowledge, does_not_acknowledge_acknowledgements)
{
    const auto ack = outcome("MSH|^~\\&|A|B|C|D|1||ACK^A01|7|P|2.5\rMSA|AA|6\r");
    EXPECT_FALSE(ack.checked.expects_answer);
    EXPECT_EQ(ack.reply(), "");
}

TEST(Check, takes_what_a_sender_made_up_where_its_settings_say_so)
{
    SystemSettings settings;
    for (const char* type : {"ADT^Z01", "ZZZ^Z01", "ZRP"}) {
        const auto message = admit_with(std::string("MSH|^~\\&|A|B|C|D|1||") + type + "|7|P|2.5");
        settings.take_local_events = false;
        EXPECT_EQ(check(message, settings).answer, Answer::refused) << type;
        settings.take_local_events = true;
        const auto taken = check(message, settings);
        EXPECT_EQ(taken.answer, Answer::accepted) << type;
        EXPECT_EQ(taken.issues.front().kind, IssueKind::unsupported_event) << type;
        EXPECT_EQ(taken.persons.size(), 2u) << type;
    }
}

TEST(Split, takes_batches_apart_and_counts)
{
    const auto a = Admit().text();
    Issues issues;
    EXPECT_EQ(split("FHS|^~\\&|A\rBHS|^~\\&|A\r" + a + a + "BTS|2\rFTS|1\r", issues).size(), 2u);
    EXPECT_TRUE(issues.empty()) << lines(issues, Severity::error);
    const auto file = "\xef\xbb\xbf\r\n" + a + "MSH|^~\\&|X\r" + a;
    const auto pieces = split(file, issues);
    ASSERT_EQ(pieces.size(), 3u);
    EXPECT_EQ(outcome(std::string(pieces[0])).checked.answer, Answer::accepted);
    EXPECT_EQ(outcome(std::string(pieces[1])).checked.answer, Answer::refused) << "one bad message does not sink the rest";
    EXPECT_EQ(outcome(std::string(pieces[2])).checked.answer, Answer::accepted);
}

TEST(Split, reports_wrong_counts_and_missing_trailers)
{
    const auto a = Admit().text();
    Issues issues;
    EXPECT_EQ(split("BHS|^~\\&|A\r" + a + a + "BTS|3\r", issues).size(), 2u);
    EXPECT_EQ(lines(issues, Severity::error), "BTS-1: says 3, but 2 messages are in the batch; ask the sender whether some were lost\n");
    issues.clear();
    EXPECT_EQ(split("FHS|^~\\&|A\rBHS|^~\\&|A\n" + a, issues).size(), 1u);
    EXPECT_EQ(lines(issues, Severity::error), "BTS: is missing: the batch has no trailer and may have been cut short; ask the sender for the rest\n"
                                              "FTS: is missing: the file has no trailer and may have been cut short; ask the sender for the rest\n");
    issues.clear();
    EXPECT_TRUE(split("FHS|^~\\&|A\rBHS|^~\\&|A\rBTS|0\rFTS|1\r", issues).empty());
    EXPECT_TRUE(split("", issues).empty());
    EXPECT_TRUE(issues.empty());
}

TEST(Split, hands_out_text_that_is_no_message_rather_than_lose_it)
{
    Issues issues;
    const auto pieces = split("PID|1||7\rMSH|^~\\&|A\rBTS|1\rlost\r", issues);
    ASSERT_EQ(pieces.size(), 3u);
    EXPECT_EQ(pieces[0], "PID|1||7\r");
    EXPECT_EQ(pieces[2], "\rlost\r");
}

TEST(Recognises, looks_at_the_first_bytes)
{
    for (const char* text : {"MSH|^~\\&|", "\v MSH^", "FHS|", "\xef\xbb\xbf" "BHS|"}) EXPECT_TRUE(recognises(text)) << text;
    for (const char* text : {"", "MSH", "MSHA", "{\"resourceType\"", "UNA:+"}) EXPECT_FALSE(recognises(text)) << text;
}

} // namespace
} // namespace sluse::hl7v2
