// gateway/journal/spool.cpp — heads and bodies in two families, numbered; what is dropped goes by a mark and by whole files.
#include "gateway/journal/spool.hpp"

#include "gateway/base/codec.hpp"
#include "gateway/journal/embedded_keys.hpp"

#include <algorithm>

namespace sluse {
namespace {

constexpr std::size_t heads = 1, bodies = 2, aside = 3; ///< after embedded_keys' meta_family
constexpr std::string_view begin_key = "begin";
constexpr std::string_view full_text = "spool: kafka.spool_bytes_max is reached";
constexpr std::size_t write_bytes_max = 4u << 20;
constexpr std::size_t delete_bytes = 16u << 20; ///< dropped before files are looked at
constexpr std::size_t memtable_bytes = 16u << 20, wal_bytes = 64u << 20, cache_bytes = 8u << 20;
constexpr auto mend_first = std::chrono::milliseconds(50), mend_at_most = std::chrono::milliseconds(1000);

void encode_spool_head(const SpooledRecord& record, std::string& out)
{
    out.clear();
    Writer writer(out);
    writer.uint(record.partition);
    writer.sint(record.timestamp);
    writer.uint(record.value.size());
    writer.bytes(record.key);
}

bool decode_spool_head(std::string_view head, SpooledRecord& record, std::size_t& value_bytes)
{
    Reader reader(head);
    record.partition = static_cast<std::uint32_t>(reader.uint());
    record.timestamp = reader.sint();
    value_bytes = static_cast<std::size_t>(reader.uint());
    record.key = reader.bytes();
    return reader.ok();
}

const Fault damaged{Errc::storage, "spool: a record is damaged"};

} // namespace

Result<std::unique_ptr<Spool>> Spool::open(const SpoolOptions& options, const Waiting& each)
{
    StoreOptions wanted;
    wanted.path = options.path;
    wanted.name = "spool";
    wanted.families = {{"meta"}, {"heads", FamilyShape::log}, {"bodies", FamilyShape::log}, {"aside"}};
    wanted.memtable_bytes = memtable_bytes;
    wanted.wal_bytes_max = wal_bytes;
    wanted.cache_bytes = cache_bytes;
    wanted.disk = options.disk;
    auto store = Store::open(wanted);
    if (!store) return store.error();
    std::unique_ptr<Spool> spool(new Spool(options, std::move(*store)));
    if (const auto loaded = spool->load(each); !loaded) return loaded.error();
    spool->writer_ = std::thread([raw = spool.get()] { raw->write_loop(); });
    return spool;
}

Spool::~Spool()
{
    close();
}

Result<void> Spool::load(const Waiting& each)
{
    const auto begin = store_->get(meta_family, begin_key);
    if (!begin) return begin.error();
    begin_ = end_ = *begin ? get_be(**begin) : 0;
    bool whole = true;
    const auto counted = store_->range(heads, offset_key(begin_), "", [&](std::string_view key, std::string_view head) {
        SpooledRecord record;
        std::size_t value_bytes = 0;
        whole = decode_spool_head(head, record, value_bytes);
        if (!whole) return false;
        end_ = get_be(key) + 1;
        ++records_;
        bytes_ += record.bytes() + value_bytes;
        each(record.key);
        return true;
    });
    if (!counted) return counted;
    if (!whole) return damaged;
    return store_->range(aside, "", "", [&](std::string_view, std::string_view) { return ++aside_ > 0; });
}

std::optional<Fault> Spool::refuses(std::size_t bytes)
{
    const std::lock_guard lock(mutex_);
    if (closing_) return Fault{Errc::closed, "journal: closed"};
    if (trouble_) return trouble_;
    if (bytes > options_.record_bytes_max) return Fault{Errc::storage_full, "spool: longer than a broker takes"};
    if (bytes_ + bytes > options_.bytes_max) {
        full_ = bytes_ > options_.bytes_max / 10 * 9; // not for one long record that does not fit
        return Fault{Errc::storage_full, std::string(full_text)};
    }
    return {};
}

void Spool::put(SpooledRecord record, Stored done)
{
    {
        const std::lock_guard lock(mutex_);
        bytes_ += record.bytes();
        ++records_;
        pending_.push_back({std::move(record), std::move(done)});
    }
    wake_.notify_one();
}

void Spool::write_loop()
{
    std::vector<Pending> batch;
    auto pause = mend_first;
    for (;;) {
        bool ailing = false;
        {
            std::unique_lock lock(mutex_);
            const auto due = [&] { return closing_ || !pending_.empty(); };
            if (trouble_) wake_.wait_for(lock, pause, due);
            else wake_.wait(lock, due);
            if (closing_ && pending_.empty()) return;
            batch.swap(pending_);
            ailing = trouble_.has_value();
        }
        // Nothing is written while the store ails: RocksDB asserts on a second write to a log that failed.
        const auto written = ailing && !mend() ? Result<void>(trouble()) : batch.empty() ? Result<void>() : write(batch);
        pause = ailing ? std::min(pause * 2, mend_at_most) : mend_first;
        settle(batch, written);
        batch.clear();
    }
}

/// True when the store takes writes again.
bool Spool::mend()
{
    if (!store_->recover()) return false;
    const std::lock_guard lock(mutex_);
    trouble_.reset();
    return true;
}

Fault Spool::trouble()
{
    const std::lock_guard lock(mutex_);
    return *trouble_;
}

Result<void> Spool::write(std::vector<Pending>& batch)
{
    Store::Batch writes(*store_);
    // Records of a failed write were answered "not stored"; they must not come to life behind the new end.
    const auto next = end_ + batch.size();
    for (auto stale = next; stale < stale_end_; ++stale) {
        writes.erase(heads, offset_key(stale));
        writes.erase(bodies, offset_key(stale));
    }
    stale_end_ = std::max(stale_end_, next);
    std::string head;
    auto number = end_;
    for (auto& [record, done] : batch) {
        record.number = number++;
        encode_spool_head(record, head);
        writes.put(heads, offset_key(record.number), head);
        writes.put(bodies, offset_key(record.number), record.value);
        if (writes.bytes() < write_bytes_max) continue;
        if (const auto written = store_->write(writes, false); !written) return written;
    }
    if (const auto written = store_->write(writes, false); !written) return written;
    if (options_.sync)
        if (const auto synced = store_->sync(); !synced) return synced;
    stale_end_ = 0;
    return {};
}

void Spool::settle(std::vector<Pending>& batch, const Result<void>& written)
{
    {
        const std::lock_guard lock(mutex_);
        if (written) {
            end_ += batch.size();
            taken_ += batch.size();
        } else {
            trouble_ = written.error();
            for (const auto& [record, done] : batch) bytes_ -= record.bytes();
            records_ -= batch.size();
        }
    }
    for (auto& [record, done] : batch) {
        if (written) done(record.number);
        else done(written.error());
    }
}

Result<std::vector<SpooledRecord>> Spool::peek(std::size_t records_max, std::size_t bytes_max)
{
    std::uint64_t begin = 0, end = 0;
    {
        const std::lock_guard lock(mutex_);
        begin = begin_;
        end = end_;
    }
    std::vector<SpooledRecord> found;
    if (begin == end) return found;
    std::size_t bytes = 0;
    bool whole = true;
    const auto read_heads = store_->range(heads, offset_key(begin), offset_key(end), [&](std::string_view key, std::string_view head) {
        SpooledRecord record;
        std::size_t value_bytes = 0;
        whole = decode_spool_head(head, record, value_bytes);
        if (!whole || (!found.empty() && (found.size() == records_max || bytes + value_bytes > bytes_max))) return false;
        record.number = get_be(key);
        bytes += value_bytes;
        found.push_back(std::move(record));
        return true;
    });
    if (!read_heads) return read_heads.error();
    std::size_t filled = 0;
    const auto read_bodies = store_->range(bodies, offset_key(begin), offset_key(end), [&](std::string_view key, std::string_view body) {
        if (filled == found.size() || found[filled].number != get_be(key)) return false;
        found[filled++].value = body;
        return filled < found.size();
    });
    if (!read_bodies) return read_bodies.error();
    if (!whole || filled < found.size()) return damaged;
    return found;
}

Result<void> Spool::look(Millis from, Millis below, const std::function<bool(const Record&)>& each)
{
    std::uint64_t begin = 0, end = 0;
    {
        const std::lock_guard lock(mutex_);
        begin = begin_;
        end = end_;
    }
    if (begin == end) return {};
    std::optional<Fault> failed;
    const auto read = store_->range(heads, offset_key(begin), offset_key(end), [&](std::string_view key, std::string_view head) {
        SpooledRecord record;
        std::size_t value_bytes = 0;
        if (!decode_spool_head(head, record, value_bytes)) failed = damaged;
        if (failed || record.timestamp < from || record.timestamp >= below) return !failed;
        auto body = store_->get(bodies, key);
        if (!body) failed = body.error();
        if (failed || !*body) return !failed; // none: it was dropped meanwhile
        return each({record.partition, get_be(key), record.timestamp, std::move(record.key), std::move(**body)});
    });
    if (failed) return *failed;
    return read;
}

void Spool::drop(std::span<const SpooledRecord> gone)
{
    if (gone.empty()) return;
    bool empty = false;
    {
        const std::lock_guard lock(mutex_);
        begin_ = gone.back().number + 1;
        dropped_ += gone.size();
        records_ -= gone.size();
        for (const auto& record : gone) {
            bytes_ -= record.bytes();
            undeleted_bytes_ += record.bytes();
        }
        empty = begin_ == end_;
        full_ = false;
    }
    delete_dropped(empty);
}

/// A fault is no harm: what comes back after a crash is replicated again, and the lane drops it as a duplicate.
void Spool::delete_dropped(bool empty)
{
    const bool files = empty || undeleted_bytes_ > delete_bytes;
    Store::Batch mark(*store_);
    mark.put(meta_family, begin_key, offset_key(begin_));
    // Files may go only when the mark that lets them go cannot be lost: a head without its body would be damage.
    if (!store_->write(mark, files) || !files) return;
    undeleted_bytes_ = 0;
    if (empty) static_cast<void>(store_->flush()); // identities should not lie here longer than they must
    for (const auto family : {heads, bodies}) static_cast<void>(store_->delete_files(family, offset_key(0), offset_key(begin_ - 1)));
}

Result<void> Spool::set_aside(const SpooledRecord& record)
{
    std::string head;
    encode_spool_head(record, head);
    Store::Batch writes(*store_);
    writes.put(aside, offset_key(record.number), {head, record.value});
    if (const auto written = store_->write(writes, options_.sync); !written) return written;
    const std::lock_guard lock(mutex_);
    ++aside_;
    return {};
}

Millis Spool::oldest()
{
    const auto first = peek(1, 0);
    return first && !first->empty() ? first->front().timestamp : 0;
}

SpoolStats Spool::stats()
{
    SpoolStats stats;
    {
        const std::lock_guard lock(mutex_);
        stats.records = records_;
        stats.bytes = bytes_;
        stats.bytes_max = options_.bytes_max;
        stats.set_aside = aside_;
        stats.taken = taken_;
        stats.replicated = dropped_;
        if (trouble_) stats.trouble = trouble_->where;
        else if (full_) stats.trouble = full_text;
    }
    if (stats.records > 0) stats.oldest = oldest();
    return stats;
}

void Spool::close()
{
    std::call_once(closed_, [this] {
        {
            const std::lock_guard lock(mutex_);
            closing_ = true;
        }
        wake_.notify_one();
        if (writer_.joinable()) writer_.join();
        static_cast<void>(store_->sync());
        store_->close();
    });
}

} // namespace sluse
