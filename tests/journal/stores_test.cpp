// tests/journal/stores_test.cpp — the embedded log on disk: a directory of the old layout is moved over, whole; long records are packed.
#include "gateway/journal/embedded_keys.hpp"
#include "tests/journal/rig.hpp"
#include "tests/temporary.hpp"

#include <algorithm>
#include <filesystem>
#include <random>

namespace sluse {
namespace {

constexpr std::uint32_t partitions = 2;
constexpr int records = 300; ///< a partition
constexpr std::uint64_t processed = 120;

EmbeddedOptions options_for(const std::string& path)
{
    EmbeddedOptions options;
    options.path = path;
    options.partitions = partitions;
    return options;
}

std::string value_of(std::uint32_t partition, std::uint64_t offset)
{
    return "message " + std::to_string(partition) + '/' + std::to_string(offset) + std::string(40'000, '.'); // more than one step of the move
}

/// As the gateway wrote it: raw.N beside facts.N in one store, `processed` records committed in each partition.
void write_old_layout(const std::string& path)
{
    StoreOptions wanted;
    wanted.path = path;
    wanted.families = {{"meta", FamilyShape::state}, {"state", FamilyShape::state}};
    for (const auto topic : {Topic::raw, Topic::facts, Topic::fhir, Topic::events, Topic::quarantine})
        for (std::uint32_t p = 0; p < partitions; ++p) wanted.families.push_back({std::string(name(topic)) + '.' + std::to_string(p), FamilyShape::log});
    const auto store = std::move(Store::open(wanted).value());
    Store::Batch batch(*store);
    batch.put(meta_family, "partitions", std::to_string(partitions));
    std::string head, key;
    for (std::uint32_t p = 0; p < partitions; ++p) {
        for (std::uint64_t offset = 0; offset < records; ++offset) {
            encode_head(static_cast<Millis>(1000 + offset), "lane", head);
            batch.put(2 + p, offset_key(offset), {head, value_of(p, offset)});
        }
        batch.put(meta_family, partition_key('c', p), offset_key(processed) + offset_key(0));
        key.clear();
        put_be(key, p, 2);
        batch.put(state_family, key + "raw", std::to_string(processed));
    }
    ASSERT_TRUE(store->write(batch, true));
}

void expect_all_records(Log& log)
{
    for (std::uint32_t p = 0; p < partitions; ++p) {
        const auto all = everything(log, Topic::raw, p);
        ASSERT_EQ(all.size(), static_cast<std::size_t>(records));
        for (std::uint64_t offset = 0; offset < records; ++offset) {
            EXPECT_EQ(all[offset].offset, offset);
            EXPECT_EQ(all[offset].timestamp, static_cast<Millis>(1000 + offset));
            EXPECT_EQ(all[offset].key, "lane");
            EXPECT_EQ(all[offset].value, value_of(p, offset));
        }
    }
}

bool has_raw_among_state(const std::string& path)
{
    return std::ranges::any_of(Store::names(path), [](const auto& name) { return name.starts_with("raw."); });
}

TEST(EmbeddedStores, moves_raw_records_out_of_a_directory_of_the_old_layout)
{
    const TemporaryDirectory directory;
    write_old_layout(directory.path());
    for (int start = 0; start < 2; ++start) { // the second finds the new layout
        auto log = open_embedded_log(options_for(directory.path()));
        ASSERT_TRUE(log) << log.error().where;
        EXPECT_FALSE(has_raw_among_state(directory.path()));
        EXPECT_EQ((*log)->stats().at(1).committed, processed + (start ? records - processed : 0));
        expect_all_records(**log);
        ASSERT_TRUE((*log)->start(counting(), 1));
        EXPECT_TRUE(eventually([&] { return total(**log, "raw") == partitions * records; })) << total(**log, "raw");
    }
}

TEST(EmbeddedStores, goes_on_with_a_move_that_was_interrupted)
{
    const TemporaryDirectory directory, moved;
    write_old_layout(directory.path());
    write_old_layout(moved.path());
    { // what an interrupted move leaves: some records in the new place, all in the old
        ASSERT_TRUE(open_embedded_log(options_for(moved.path())));
        std::filesystem::rename(moved.path() / "raw", directory.path() / "raw");
        StoreOptions wanted;
        wanted.path = directory.path() / "raw";
        wanted.families = {{"raw.0", FamilyShape::log}, {"raw.1", FamilyShape::log}, {"meta", FamilyShape::state}};
        const auto raw = std::move(Store::open(wanted).value());
        Store::Batch batch(*raw);
        batch.erase(2, "moved");
        for (std::uint64_t offset = 50; offset < records; ++offset) batch.erase(0, offset_key(offset));
        for (std::uint64_t offset = 0; offset < records; ++offset) batch.erase(1, offset_key(offset));
        ASSERT_TRUE(raw->write(batch, true));
    }
    const auto log = open_embedded_log(options_for(directory.path()));
    ASSERT_TRUE(log) << log.error().where;
    expect_all_records(**log);
    EXPECT_FALSE(has_raw_among_state(directory.path()));
}

TEST(EmbeddedStores, moves_nothing_for_another_number_of_partitions)
{
    const TemporaryDirectory directory;
    write_old_layout(directory.path());
    auto options = options_for(directory.path());
    options.partitions = 4;
    const auto log = open_embedded_log(options);
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().code, Errc::bad_config);
    EXPECT_TRUE(has_raw_among_state(directory.path()));
    const auto right = open_embedded_log(options_for(directory.path()));
    ASSERT_TRUE(right) << right.error().where;
    expect_all_records(**right);
}

/// Sends one long record on to the FHIR topic and keeps one long value.
class Sending final : public Processor {
public:
    explicit Sending(std::string value) : value_(std::move(value)) {}
    void process(Topic, const Record& record, Unit& unit) override
    {
        unit.send(Topic::fhir, 0, record.key, value_);
        unit.put(record.key, value_);
    }
    void flush(Unit&) override {}
    void forget(std::uint32_t) override {}

private:
    std::string value_;
};

TEST(EmbeddedStores, writes_long_records_packed_and_reads_them_whole)
{
    const TemporaryDirectory directory;
    std::string value;
    while (value.size() < 20'000) value += R"({"resourceType":"Observation","id":")" + std::to_string(value.size()) + "\"}";
    for (int start = 0; start < 2; ++start) {
        auto log = open_embedded_log(options_for(directory.path()));
        ASSERT_TRUE(log);
        ASSERT_TRUE((*log)->start([&] { return std::make_unique<Sending>(value); }, 1));
        ASSERT_TRUE(append(**log, 0, "key " + std::to_string(start), "m", 5));
        ASSERT_TRUE(eventually([&] { return (*log)->stats().at(0).committed == static_cast<std::uint64_t>(start) + 1; }));
        const auto sent = (*log)->read(Topic::fhir, 0, 0, 1u << 20);
        ASSERT_TRUE(sent);
        ASSERT_EQ(sent->size(), static_cast<std::size_t>(start) + 1);
        for (const auto& record : *sent) EXPECT_TRUE(record.value == value && record.timestamp == 5);
        EXPECT_EQ(sent->back().key, "key " + std::to_string(start));
        EXPECT_EQ((*log)->read(Topic::fhir, 0, 0, 1)->size(), 1u) << "the bytes asked for are those that come back";
        const auto all = figures_of_stores();
        const auto state = std::ranges::find(all, "state", &std::pair<std::string, StoreFigures>::first);
        ASSERT_NE(state, all.end());
        EXPECT_LT(state->second.logged, value.size() + value.size() / 4) << "once as it is, in the state, and once packed";
        (*log)->close();
    }
}

TEST(PackedValue, comes_back_or_is_refused)
{
    std::mt19937 random(5);
    std::string packed, back;
    for (int round = 0; round < 300; ++round) {
        std::string value;
        const auto size = random() % 6000, letters = 1 + random() % 20;
        for (std::size_t i = 0; i < size; ++i) value += static_cast<char>('a' + random() % letters);
        packed = "before";
        if (!pack(value, packed)) {
            EXPECT_EQ(packed, "before");
            continue;
        }
        ASSERT_LE(packed.size(), 6 + 3 + value.size() * 3 / 4 + 1);
        ASSERT_TRUE(unpack(std::string_view(packed).substr(6), back));
        ASSERT_EQ(back, value);
        ASSERT_FALSE(unpack(std::string_view(packed).substr(6, packed.size() / 2), back)) << "half of it";
        packed[6 + random() % (packed.size() - 6)] ^= 0x55;
        static_cast<void>(unpack(std::string_view(packed).substr(6), back)); // whatever it says, it reads nothing beyond
    }
    EXPECT_FALSE(unpack("", back));
    EXPECT_FALSE(unpack("\xff\xff\xff\xff\xff\x7f", back)) << "a size that nothing has";
}

} // namespace
} // namespace sluse
