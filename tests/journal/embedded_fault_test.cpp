// tests/journal/embedded_fault_test.cpp — failing disks, torn and damaged files, kill -9: nothing acknowledged is lost, nothing counts twice.
#include "gateway/base/metrics.hpp"
#include "gateway/journal/store.hpp"
#include "tests/journal/faulty_disk.hpp"
#include "tests/journal/rig.hpp"
#include "tests/temporary.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

namespace sluse {
namespace {

namespace fs = std::filesystem;

EmbeddedOptions options_for(const std::string& path, void* disk = nullptr)
{
    EmbeddedOptions options;
    options.path = path;
    options.partitions = 2;
    options.unit_records_max = 128;
    options.disk = disk;
    return options;
}

std::unique_ptr<Log> open(const EmbeddedOptions& options)
{
    auto log = open_embedded_log(options);
    EXPECT_TRUE(log) << log.error().where;
    return log ? std::move(*log) : nullptr;
}

/// How often each value stands in the raw topic.
std::map<std::string, int> stored(Log& log)
{
    std::map<std::string, int> values;
    for (std::uint32_t partition = 0; partition < 2; ++partition)
        for (const auto& record : everything(log, Topic::raw, partition)) ++values[record.value];
    return values;
}

/// Every acknowledged value is there once, and the counts and events of the processor are those of the records.
void expect_whole(const std::string& path, const std::set<std::string>& acknowledged, const std::string& what)
{
    const auto log = open(options_for(path));
    ASSERT_TRUE(log) << what;
    ASSERT_TRUE(log->start(counting(), 2));
    const auto values = stored(*log);
    for (const auto& value : acknowledged) ASSERT_EQ(values.count(value), 1u) << what << ": lost " << value;
    const auto records = static_cast<std::int64_t>(everything(*log, Topic::raw, 0).size() + everything(*log, Topic::raw, 1).size());
    ASSERT_TRUE(eventually([&] { return total(*log, "facts") >= records; }, std::chrono::seconds(20)))
        << what << ": " << total(*log, "facts") << " of " << records;
    EXPECT_EQ(total(*log, "raw"), records) << what;
    EXPECT_EQ(total(*log, "facts"), records) << what;
    EXPECT_EQ(everything(*log, Topic::events, 0).size() + everything(*log, Topic::events, 1).size(), static_cast<std::size_t>(records)) << what;
}

class FailingDisk : public testing::TestWithParam<FaultyDisk::Trouble> {};

TEST_P(FailingDisk, never_acknowledges_what_is_lost_and_recovers_by_itself)
{
    for (long step = 1; step <= 40; step += step < 12 ? 1 : 4) {
        const TemporaryDirectory directory;
        FaultyDisk disk;
        std::set<std::string> acknowledged;
        const auto what = "operation " + std::to_string(step);
        {
            const auto log = open(options_for(directory.path(), disk.env()));
            ASSERT_TRUE(log);
            ASSERT_TRUE(log->start(counting(), 1));
            disk.fail(step, 1 + step % 5, GetParam());
            int number = 0, good_in_a_row = 0;
            const auto recovered = eventually([&] {
                const auto value = std::to_string(number++);
                const auto answer = append(*log, static_cast<std::uint32_t>(number) % 2, "k", value);
                if (answer) acknowledged.insert(value);
                good_in_a_row = answer ? good_in_a_row + 1 : 0;
                return good_in_a_row >= 30;
            }, std::chrono::seconds(30));
            ASSERT_TRUE(recovered) << what << ": " << log->health();
            ASSERT_TRUE(eventually([&] { return log->health().empty(); }, std::chrono::seconds(20))) << what << ": " << log->health();
        }
        expect_whole(directory.path(), acknowledged, what);
        if (HasFatalFailure()) return;
    }
}

INSTANTIATE_TEST_SUITE_P(Embedded, FailingDisk, testing::Values(FaultyDisk::Trouble::no_space, FaultyDisk::Trouble::io_error),
                         [](const auto& info) { return info.param == FaultyDisk::Trouble::no_space ? "no_space" : "io_error"; });

TEST(EmbeddedLog, tells_how_long_the_disk_took_to_sync)
{
    TemporaryDirectory directory;
    const auto log = open(options_for(directory.path()));
    ASSERT_TRUE(log);
    const auto before = metrics().value("sluse_journal_sync_seconds");
    ASSERT_TRUE(append(*log, 0, "lane", "value"));
    EXPECT_EQ(metrics().value("sluse_journal_sync_seconds"), before + 1);
}

TEST(EmbeddedLog, says_that_the_disk_is_full_while_it_is)
{
    const TemporaryDirectory directory;
    FaultyDisk disk;
    const auto log = open(options_for(directory.path(), disk.env()));
    disk.fail(1, 1L << 40, FaultyDisk::Trouble::no_space);
    for (int i = 0; i < 20; ++i) {
        const auto answer = append(*log, 0, "k", "v");
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, Errc::storage_full) << answer.error().where;
    }
    EXPECT_FALSE(log->health().empty());
    disk.fail(1, 0, FaultyDisk::Trouble::no_space);
    EXPECT_TRUE(eventually([&] { return append(*log, 0, "k", "v").has_value(); }));
    EXPECT_EQ(everything(*log, Topic::raw, 0).size(), 1u);
    EXPECT_EQ(log->health(), "");
}

fs::path newest_wal(const std::string& path)
{
    fs::path newest;
    for (const auto& entry : fs::directory_iterator(path + "/raw"))
        if (entry.path().extension() == ".log" && entry.path().filename() > newest.filename()) newest = entry.path();
    return newest;
}

void fill(const std::string& path, int count)
{
    const auto log = open(options_for(path));
    for (int i = 0; i < count; i += 20) ASSERT_EQ(append_many(*log, i, 20), 20);
}

TEST(EmbeddedLog, starts_behind_a_torn_tail_with_what_lies_before_it)
{
    const TemporaryDirectory source;
    fill(source.path(), 200);
    const auto size = fs::file_size(newest_wal(source.path()));
    std::size_t before = 200;
    for (std::uintmax_t cut = 0; cut < std::min<std::uintmax_t>(size, 3000); cut += 61) {
        const TemporaryDirectory copy;
        fs::copy(source.path(), copy.path(), fs::copy_options::recursive);
        fs::resize_file(newest_wal(copy.path()), size - cut);
        const auto log = open(options_for(copy.path()));
        ASSERT_TRUE(log) << cut;
        const auto values = stored(*log);
        EXPECT_LE(values.size(), before);
        before = values.size();
        if (cut == 0) { EXPECT_EQ(values.size(), 200u); }
        for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values.count(std::to_string(i)), 1u) << "a hole at " << i;
        EXPECT_TRUE(append(*log, 0, "k", "more"));
    }
    EXPECT_LT(before, 200u);
}

TEST(EmbeddedLog, refuses_to_start_on_damage_before_the_tail_and_names_it)
{
    const TemporaryDirectory directory;
    fill(directory.path(), 6000);
    const auto wal = newest_wal(directory.path());
    ASSERT_GT(fs::file_size(wal), 3u * 32 * 1024);
    std::fstream file(wal, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(40'000);
    file.put('\x5a').put('\xa5');
    file.close();
    const auto log = open_embedded_log(options_for(directory.path()));
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().code, Errc::storage);
    EXPECT_NE(log.error().where.find("orrupt"), std::string::npos) << log.error().where;
}

TEST(EmbeddedLog, refuses_another_number_of_partitions)
{
    const TemporaryDirectory directory;
    fill(directory.path(), 20);
    auto options = options_for(directory.path());
    options.partitions = 4;
    const auto log = open_embedded_log(options);
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().code, Errc::bad_config);
    EXPECT_NE(log.error().where.find("storage.partitions"), std::string::npos);
}

TEST(EmbeddedLog, leaves_alone_what_a_newer_version_wrote)
{
    const TemporaryDirectory directory;
    fill(directory.path(), 20);
    {
        StoreOptions options;
        options.path = directory.path();
        for (const auto& name : Store::names(options.path))
            if (name != "default") options.families.push_back({name, FamilyShape::table});
        const auto state = Store::open(options);
        ASSERT_TRUE(state) << state.error().where;
        const auto meta = static_cast<std::size_t>(std::ranges::find(options.families, "meta", &Family::name) - options.families.begin());
        Store::Batch batch(**state);
        batch.put(meta, "format", "2");
        ASSERT_TRUE((*state)->write(batch, true));
    }
    const auto log = open_embedded_log(options_for(directory.path()));
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().code, Errc::bad_config);
    EXPECT_NE(log.error().where.find("newer version of Sluse (format 2"), std::string::npos) << log.error().where;
}

TEST(EmbeddedLog, refuses_a_second_process)
{
    const TemporaryDirectory directory;
    const auto log = open(options_for(directory.path()));
    const auto second = open_embedded_log(options_for(directory.path()));
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().where.find("another process"), std::string::npos) << second.error().where;
}

/// Appends and processes until it is killed; writes each acknowledged number to `pipe`.
[[noreturn]] void append_until_killed(const std::string& path, int from, int pipe)
{
    auto opened = open_embedded_log(options_for(path));
    if (!opened || !(*opened)->start(counting(), 2)) ::_exit(1);
    std::atomic<int> in_flight{0};
    for (int i = from;; ++i) {
        while (in_flight > 64 || i - from > 1000) std::this_thread::sleep_for(std::chrono::microseconds(100));
        ++in_flight;
        (*opened)->append(static_cast<std::uint32_t>(i) % 2, "k" + std::to_string(i % 10), std::to_string(i), i, [&, i, pipe](Result<Position> result) {
            if (result) static_cast<void>(!::write(pipe, &i, sizeof i));
            --in_flight;
        });
    }
}

TEST(EmbeddedLog, keeps_every_acknowledged_record_through_kill_9)
{
    const TemporaryDirectory directory;
    std::set<std::string> acknowledged;
    std::mt19937 random(11);
    for (int round = 0; round < 12; ++round) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const auto child = ::fork();
        if (child == 0) {
            ::close(ends[0]);
            append_until_killed(directory.path(), round * 1'000'000, ends[1]);
        }
        ::close(ends[1]);
        int number = 0;
        std::thread killer;
        while (::read(ends[0], &number, sizeof number) == sizeof number) {
            acknowledged.insert(std::to_string(number));
            if (killer.joinable()) continue;
            killer = std::thread([child, wait = random() % 250] { // from the first answer on: a start takes as long as it takes
                std::this_thread::sleep_for(std::chrono::milliseconds(wait));
                ::kill(child, SIGKILL);
            });
        }
        ASSERT_TRUE(killer.joinable()) << "nothing was acknowledged in round " << round;
        killer.join();
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself in round " << round;
        ::close(ends[0]);
    }
    EXPECT_GT(acknowledged.size(), 100u);
    expect_whole(directory.path(), acknowledged, "after kill -9");
}

} // namespace
} // namespace sluse
