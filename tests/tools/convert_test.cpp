// tests/tools/convert_test.cpp — `sluse convert`: a line a message, in order, errors beside them.
#include "gateway/base/files.hpp"
#include "gateway/tools/convert.hpp"
#include "gateway/tools/convert_files.hpp"
#include "tests/temporary.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/mman.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace sluse {
namespace {

namespace fs = std::filesystem;

std::string admit(std::string_view control_id, std::string_view pid = "PID|1||0101010000^^^CPR||Prøve^Åse")
{
    return "MSH|^~\\&|EPJ|RH|SLUSE|REG|20260301101500||ADT^A01^ADT_A01|" + std::string(control_id) + "|P|2.5\rEVN||20260301101500\r" + std::string(pid) +
           "\rPV1|1|I|||||||||||||||||V1^^^RH|||||||||||||||||||||||||20260301100000\r";
}

std::string contents(int descriptor)
{
    std::string out;
    char buffer[65536];
    lseek(descriptor, 0, SEEK_SET);
    for (ssize_t n; (n = read(descriptor, buffer, sizeof buffer)) > 0;) out.append(buffer, static_cast<std::size_t>(n));
    return out;
}

struct Converted {
    int code;
    std::string out, err;
};

class Convert : public testing::Test {
protected:
    std::string file(const char* name, std::string_view bytes)
    {
        const auto path = folder_ / name;
        std::ofstream(path, std::ios::binary) << bytes;
        return path.string();
    }

    Converted convert(std::vector<std::string> files, unsigned threads = 2, bool coverage = false, const std::string& to = {})
    {
        ConvertOptions options;
        options.to = to;
        options.files = std::move(files);
        options.schemas = fs::path(SLUSE_SOURCE_DIR) / "schemas";
        options.threads = threads;
        options.coverage = coverage;
        options.out = memfd_create("out", 0);
        options.err = memfd_create("err", 0);
        Converted result{run_convert(options), contents(options.out), contents(options.err)};
        close(options.out);
        close(options.err);
        return result;
    }

    TemporaryDirectory directory_;
    const fs::path& folder_ = directory_.path();
};

std::vector<std::string> lines(const std::string& text)
{
    std::vector<std::string> out;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) out.push_back(line);
    return out;
}

TEST_F(Convert, keeps_the_order_whatever_the_threads)
{
    std::string many;
    for (int i = 0; i < 1000; ++i) many += admit("C" + std::to_string(i));
    const auto path = file("many.hl7", many);
    const auto one = convert({path}, 1), four = convert({path}, 4);
    EXPECT_EQ(one.code, 0) << one.err;
    EXPECT_EQ(one.out, four.out);
    const auto bundles = lines(one.out);
    ASSERT_EQ(bundles.size(), 1000u);
    for (std::size_t i = 0; i < bundles.size(); ++i) {
        EXPECT_TRUE(bundles[i].starts_with("{\"resourceType\":\"Bundle\""));
        EXPECT_NE(bundles[i].find("\"C" + std::to_string(i) + "\""), std::string::npos) << i;
    }
}

TEST_F(Convert, says_which_message_of_which_file_fails_and_where)
{
    const auto path = file("some.hl7", admit("1") + admit("2", "PID|1||||Prøve") + "MSH|^~\\&|X\r" + admit("4"));
    const auto done = convert({path});
    EXPECT_EQ(done.code, 1);
    EXPECT_EQ(lines(done.out).size(), 2u);
    EXPECT_EQ(done.err, path + ":2: PID-3.1: no patient identifier; send at least one with its assigning authority\n" + path +
                            ":3: MSH-9.1: the message type is missing; send it as type, event and structure (ADT, A01, ADT_A01)\n");
}

TEST_F(Convert, takes_mllp_files_ndjson_and_batches)
{
    const auto framed = file("a.mllp", "\v" + admit("1") + "\x1c\r\v" + admit("2") + "\x1c");
    const auto json = file("b.ndjson", "{\"resourceType\":\"Patient\",\"id\":\"7\"}\n{\"resourceType\":\"Patient\",\"id\":\"8\"}\n");
    const auto batch = file("c.hl7", "FHS|^~\\&|A\rBHS|^~\\&|A\r" + admit("1") + "BTS|2\rFTS|1\r");
    const auto done = convert({framed, json, batch});
    EXPECT_EQ(lines(done.out).size(), 5u) << done.err;
    EXPECT_EQ(done.err, batch + ": BTS-1: says 2, but 1 messages are in the batch; ask the sender whether some were lost\n");
    EXPECT_EQ(done.code, 1);
}

TEST_F(Convert, takes_a_stream_in_which_the_formats_and_their_syntaxes_take_turns)
{
    const std::string json = "{\"resourceType\":\"Patient\",\"id\":\"7\"}\n";
    const std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Patient xmlns=\"http://hl7.org/fhir\"><id value=\"8\"/></Patient>\n";
    const auto letter = bytes_of(SLUSE_SOURCE_DIR "/tests/edifact/letters/DIS20.xml") + '\n';
    for (const auto& stream : {json + xml + json, xml + xml + json, xml + letter + xml, letter + letter + xml, admit("1") + '\n' + xml + json}) {
        const auto done = convert({file("turns", stream)});
        EXPECT_EQ(lines(done.out).size(), 3u) << stream << done.err;
        EXPECT_EQ(done.err, "") << stream;
    }
}

TEST_F(Convert, leaves_out_an_interchange_that_was_copied_behind_itself)
{
    std::ifstream in(SLUSE_SOURCE_DIR "/tests/edifact/letters/DIS20.edi", std::ios::binary);
    const std::string letter{std::istreambuf_iterator<char>(in), {}};
    auto other = letter;
    for (auto at = other.find("B2001"); at != other.npos; at = other.find("B2001", at)) other.replace(at, 5, "B2002");
    const auto done = convert({file("twice.edi", letter + letter.substr(letter.find("UNB")) + other)});
    EXPECT_EQ(lines(done.out).size(), 2u) << done.err;
    EXPECT_NE(done.err.find("interchange: holds a letter that came before in this file; it is left out"), std::string::npos) << done.err;
    EXPECT_EQ(done.code, 0);
}

TEST_F(Convert, takes_invalid_files_as_files_that_did_not_come)
{
    const auto cases = std::string(SLUSE_SOURCE_DIR "/tests/fhir/cases/");
    std::ifstream in(cases + "correspondence_xbin01.xml", std::ios::binary);
    std::string files{std::istreambuf_iterator<char>(in), {}};
    const auto size = files.find("<OriginalObjectSize>9");
    ASSERT_NE(size, files.npos);
    files.replace(size, 21, "<OriginalObjectSize>99");
    const auto bad = file("files.xml", files), letter = cases + "correspondence_xdis91.xml";
    const auto done = convert({letter, bad}, 1, false, "medcom-fhir");
    EXPECT_EQ(done.code, 1);
    EXPECT_EQ(lines(done.out).size(), 1u);
    EXPECT_NE(done.out.find("\"contentAttachment\":{\"contentType\":\"application/pdf\"}"), std::string::npos) << done.out;
    EXPECT_NE(done.err.find(bad + ": Emessage/BinaryLetter/BinaryObject/OriginalObjectSize: is not the object's size"), std::string::npos) << done.err;
}

TEST_F(Convert, refuses_an_invalid_letter_in_medcoms_words)
{
    std::ifstream in(SLUSE_SOURCE_DIR "/tests/fhir/cases/correspondence_xdis91.xml", std::ios::binary);
    std::string letter{std::istreambuf_iterator<char>(in), {}};
    const auto number = letter.find("2512489996");
    letter.erase(number, 10);
    const auto done = convert({file("letter.xml", letter)}, 1, false, "medcom-fhir");
    EXPECT_EQ(done.code, 1);
    EXPECT_EQ(done.out, "");
    EXPECT_NE(done.err.find("En patient skal enten have et lovligt cpr eller et alternativt ID Konverteringen ml. XML/EDI og FHIR"), std::string::npos) << done.err;
}

TEST_F(Convert, tells_unknown_formats_and_files_that_are_not_there)
{
    const auto path = file("x", "hello");
    const auto done = convert({path});
    EXPECT_EQ(done.code, 1);
    EXPECT_EQ(done.err, path + ":1: message: is in no format that is known here\n");
    EXPECT_EQ(convert({(folder_ / "none").string()}).code, 74);
    EXPECT_EQ(convert({file("empty", "")}).code, 0);
}

TEST_F(Convert, counts_what_was_mapped)
{
    const auto path = file("a.hl7", admit("1") + admit("2"));
    const auto done = convert({path}, 1, true);
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_TRUE(done.out.starts_with(path + "\tEPJ|RH\tmessages 2\tfields ")) << done.out;
    EXPECT_EQ(done.out.find("Bundle"), std::string::npos);
}

TEST_F(Convert, reads_a_pipe_in_blocks_without_losing_a_message)
{
    const auto path = (folder_ / "pipe").string();
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    constexpr int count = 60'000; // three blocks
    std::thread writer([&] {
        std::ofstream pipe(path, std::ios::binary);
        for (int i = 0; i < count; ++i) pipe << admit("C" + std::to_string(i), "PID|1||7^^^RH||" + std::string(200, 'x'));
    });
    std::size_t seen = 0, blocks = 0;
    const auto done = each_block(path, [&](MessageBlock& block) {
        ++blocks;
        for (const auto message : block.messages) EXPECT_NE(message.find("|C" + std::to_string(seen++) + "|"), message.npos);
        return true;
    });
    writer.join();
    EXPECT_TRUE(done);
    EXPECT_EQ(seen, static_cast<std::size_t>(count));
    EXPECT_GT(blocks, 1u);
}

} // namespace
} // namespace sluse
