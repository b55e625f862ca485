// tests/intake/file_drop_test.cpp — files into a real folder; what is received, where they go, what the report says.
#include "gateway/intake/file_drop.hpp"
#include "tests/intake/fakes.hpp"
#include "tests/temporary.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace sluse {
namespace {

using namespace testing_intake;
namespace fs = std::filesystem;

std::string read(const fs::path& path)
{
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
}

struct FileDropTest : testing::Test {
    TemporaryDirectory directory;
    const fs::path& folder = directory.path();
    Metrics metrics;
    FakeLog log;
    std::unique_ptr<JournalReceiver> receiver = [this] {
        ReceiverOptions o;
        o.adapters = fake_adapters();
        o.metrics = &metrics;
        return make_receiver(log, o);
    }();
    FileDropOptions options = [this] {
        FileDropOptions o;
        o.folder = folder.string();
        o.adapters = fake_adapters();
        o.settle = 30;
        o.poll = 10;
        return o;
    }();
    std::unique_ptr<FileDrop> drop;

    void open()
    {
        auto opened = FileDrop::open(options, *receiver, metrics);
        ASSERT_TRUE(opened) << opened.error().where;
        drop = std::move(*opened);
    }
    void put(const std::string& name, const std::string& text) { std::ofstream(folder / name, std::ios::binary) << text; }
    double files(std::string_view result) { return metrics.value("sluse_files_total", {{"feed", "files"}, {"result", result}}); }
    bool arrives(const fs::path& path)
    {
        return eventually([&] { return fs::exists(folder / path); });
    }
};

TEST_F(FileDropTest, a_good_file_goes_to_done_with_a_report)
{
    options.system = "batch";
    open();
    put("a.hl7", adt("1") + adt("2") + adt("3"));
    ASSERT_TRUE(arrives("done/a.hl7"));
    EXPECT_FALSE(fs::exists(folder / "a.hl7"));
    const auto records = log.records();
    ASSERT_EQ(records.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(records[i].envelope.control_id, std::to_string(i + 1));
    EXPECT_EQ(records[0].envelope.via, "file");
    EXPECT_EQ(records[0].envelope.system, "batch");
    const auto report = read(folder / "done/a.hl7.report.json");
    EXPECT_NE(report.find(R"("accepted": 3)"), std::string::npos);
    EXPECT_NE(report.find(records[2].envelope.id.text()), std::string::npos);
    EXPECT_TRUE(eventually([&] { return files("done") == 1; }));
}

TEST_F(FileDropTest, a_refused_message_sends_the_file_to_failed_and_the_others_still_count)
{
    open();
    put("b.hl7", adt("1") + adt("2", "BAD\r") + adt("3"));
    ASSERT_TRUE(arrives("failed/b.hl7"));
    EXPECT_EQ(log.records().size(), 2u);
    const auto report = read(folder / "failed/b.hl7.report.json");
    EXPECT_NE(report.find(R"("answer": "content-error")"), std::string::npos);
    EXPECT_NE(report.find(R"("path": "PID-3")"), std::string::npos);
    EXPECT_EQ(report.find("0101701234"), std::string::npos) << "a report names no patient";
}

TEST_F(FileDropTest, a_file_of_several_formats_is_received_by_its_runs)
{
    options.adapters = adapters();
    receiver = [this] {
        ReceiverOptions o;
        o.adapters = adapters();
        o.metrics = &metrics;
        return make_receiver(log, o);
    }();
    const auto interchange = read(SLUSE_SOURCE_DIR "/tests/edifact/letters/DIS20.edi"), letter = read(SLUSE_SOURCE_DIR "/tests/edifact/letters/RPT01.xml");
    open();
    put("mixed.txt", adt("1") + adt("2") + '\n' + interchange + '\n' + letter + "\nFHS|^~\\&|A\rBHS|^~\\&|A\r" + adt("3") + adt("4") + "BTS|2\rFTS|1\r");
    ASSERT_TRUE(arrives("done/mixed.txt")) << read(folder / "failed/mixed.txt.report.json");
    std::vector<std::string> formats;
    for (const auto& record : log.records()) formats.push_back(record.envelope.format);
    EXPECT_EQ(formats, (std::vector<std::string>{"hl7v2", "hl7v2", "edifact", "oioxml", "hl7v2", "hl7v2"}));
}

TEST_F(FileDropTest, empty_and_unknown_files_fail_with_a_reason)
{
    open();
    put("empty.hl7", "");
    put("picture.png", "\x89PNG....");
    ASSERT_TRUE(arrives("failed/empty.hl7"));
    ASSERT_TRUE(arrives("failed/picture.png"));
    EXPECT_NE(read(folder / "failed/empty.hl7.report.json").find("holds no message"), std::string::npos);
    EXPECT_NE(read(folder / "failed/picture.png.report.json").find("not in a format"), std::string::npos);
    EXPECT_EQ(log.offered(), 0u);
}

TEST_F(FileDropTest, a_growing_file_is_left_until_it_rests)
{
    options.settle = 200;
    open();
    std::ofstream out(folder / "grow.hl7", std::ios::binary);
    for (int i = 0; i < 10; ++i) {
        out << adt(std::to_string(i)) << std::flush;
        ::usleep(40'000);
        ASSERT_FALSE(fs::exists(folder / "done/grow.hl7"));
    }
    ASSERT_TRUE(arrives("done/grow.hl7"));
    EXPECT_EQ(log.records().size(), 10u);
}

TEST_F(FileDropTest, a_file_renamed_in_is_taken_at_once)
{
    options.settle = 60 * second_ms;
    put("c.hl7.tmp", adt("1"));
    fs::last_write_time(folder / "c.hl7.tmp", fs::file_time_type::clock::now() - std::chrono::hours(1));
    open();
    ::usleep(100'000);
    EXPECT_TRUE(log.records().empty());
    fs::rename(folder / "c.hl7.tmp", folder / "c.hl7");
    EXPECT_TRUE(arrives("done/c.hl7"));
}

TEST_F(FileDropTest, a_store_that_fails_keeps_the_file_until_it_is_durable)
{
    log.fail(Fault{Errc::storage_full, "disk full"});
    open();
    put("d.hl7", adt("1") + adt("2"));
    ASSERT_TRUE(eventually([&] { return files("retried") >= 1; }));
    EXPECT_TRUE(fs::exists(folder / "d.hl7"));
    log.fail({});
    ASSERT_TRUE(arrives("done/d.hl7"));
    EXPECT_EQ(log.records().size(), 2u);
}

TEST_F(FileDropTest, stopped_in_the_middle_the_file_is_read_again)
{
    options.window_messages_max = 1;
    options.answer_max = 300;
    log.hold(true);
    open();
    put("e.hl7", adt("1") + adt("2"));
    ASSERT_TRUE(log.wait_for(1));
    drop->stop();
    log.answer_all();
    log.hold(false);
    EXPECT_TRUE(fs::exists(folder / "e.hl7"));
    EXPECT_FALSE(fs::exists(folder / "done/e.hl7"));
    open();
    ASSERT_TRUE(arrives("done/e.hl7"));
    ASSERT_EQ(log.records().size(), 3u); // the first again, byte for byte: the lane drops it
    EXPECT_EQ(log.records()[0].envelope.bytes, log.records()[1].envelope.bytes);
}

TEST_F(FileDropTest, a_name_used_before_overwrites_nothing)
{
    open();
    put("f.hl7", adt("1"));
    ASSERT_TRUE(arrives("done/f.hl7"));
    put("f.hl7", adt("2"));
    ASSERT_TRUE(arrives("done/f.hl7.2"));
    EXPECT_EQ(read(folder / "done/f.hl7"), adt("1"));
    EXPECT_EQ(read(folder / "done/f.hl7.2"), adt("2"));
}

TEST_F(FileDropTest, one_file_that_cannot_be_read_holds_up_no_other)
{
    options.retry_max = 10;
    fs::create_symlink("/proc/self/mem", folder / "a.hl7"); // opens, and reading it is an I/O error, also for root
    open();
    put("b.hl7", adt("1"));
    ASSERT_TRUE(arrives("done/b.hl7"));
    EXPECT_TRUE(eventually([&] { return files("retried") >= 1; }));
    EXPECT_TRUE(fs::is_symlink(folder / "a.hl7")) << "it waits for whoever mends it";
}

TEST_F(FileDropTest, a_file_that_cannot_be_put_away_is_not_received_at_each_look)
{
    open();
    fs::remove(folder / "done");
    std::ofstream(folder / "done") << "in the way";
    put("a.hl7", adt("1"));
    ASSERT_TRUE(eventually([&] { return files("retried") >= 1; }));
    ::usleep(300'000); // thirty looks
    EXPECT_LE(log.records().size(), 3u);
    EXPECT_TRUE(fs::exists(folder / "a.hl7"));
}

TEST_F(FileDropTest, a_files_name_is_not_logged)
{
    open();
    fs::create_directories(folder / "done/0101701234.hl7.report.json"); // so that the report cannot be put there
    testing::internal::CaptureStderr();
    put("0101701234.hl7", adt("1"));
    ASSERT_TRUE(eventually([&] { return files("retried") >= 1; }));
    const auto logged = testing::internal::GetCapturedStderr();
    EXPECT_NE(logged.find("files.file_failed"), std::string::npos) << logged;
    EXPECT_EQ(logged.find("0101701234"), std::string::npos) << logged;
}

TEST_F(FileDropTest, a_file_that_another_replaces_while_it_is_read_is_not_lost)
{
    log.hold(true);
    open();
    put("a.hl7", adt("1"));
    ASSERT_TRUE(log.wait_for(1));
    put("b.tmp", adt("2"));
    fs::rename(folder / "b.tmp", folder / "a.hl7");
    log.hold(false);
    log.answer_all();
    ASSERT_TRUE(arrives("done/a.hl7"));
    ASSERT_EQ(log.records().size(), 2u);
    EXPECT_EQ(log.records()[1].envelope.control_id, "2");
    EXPECT_EQ(read(folder / "done/a.hl7"), adt("2"));
}

TEST_F(FileDropTest, a_file_that_is_written_on_while_it_is_read_is_read_again)
{
    log.hold(true);
    open();
    put("a.hl7", adt("1"));
    ASSERT_TRUE(log.wait_for(1));
    std::ofstream(folder / "a.hl7", std::ios::binary | std::ios::app) << adt("2");
    log.hold(false);
    log.answer_all();
    ASSERT_TRUE(arrives("done/a.hl7"));
    EXPECT_EQ(log.records().back().envelope.control_id, "2");
}

TEST_F(FileDropTest, a_name_that_is_no_utf8_makes_no_broken_report)
{
    open();
    put("s\xf8ren.hl7", adt("1"));
    ASSERT_TRUE(arrives("done/s\xf8ren.hl7"));
    EXPECT_NE(read(folder / "done/s\xf8ren.hl7.report.json").find(R"("file": "s\\370ren.hl7")"), std::string::npos);
}

TEST_F(FileDropTest, too_long_a_file_fails_without_being_read)
{
    options.file_bytes_max = 100;
    open();
    put("g.hl7", std::string(101, 'x'));
    ASSERT_TRUE(arrives("failed/g.hl7"));
    EXPECT_EQ(log.offered(), 0u);
}

} // namespace
} // namespace sluse
