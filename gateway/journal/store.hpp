// gateway/journal/store.hpp — ordered keys on disk: the one place that knows RocksDB.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/journal/store_figures.hpp"

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

enum class FamilyShape {
    state, ///< random reads and overwrites; long values lie beside the keys and are not rewritten with them
    table, ///< as state, of few and short records
    log,   ///< keys only grow and old ones go first: written once to disk, never rewritten by compaction
    cells, ///< values are CellSum; merge() adds
};
struct Family {
    std::string name;
    FamilyShape shape{FamilyShape::state};
};

struct StoreOptions {
    std::string path;
    std::string name{"store"};              ///< as operators know it
    std::vector<Family> families;           ///< those missing are made; others that exist stay untouched
    std::size_t cache_bytes{64u << 20};
    std::size_t memtable_bytes{128u << 20}; ///< for all families together
    std::size_t wal_bytes_max{256u << 20};  ///< bounds the time a restart takes
    std::size_t wal_bytes_per_sync{0};      ///< 0: the log goes to disk when it is synced; else also in between, so much at a time
    void* disk{};                           ///< a rocksdb::Env for tests of failing disks; null: the machine's
};

/// Families are named by their index in StoreOptions::families. Thread-safe. Any write fault leaves the store readable; further
/// writes fault until recover() succeeded, which the owner calls with back-off.
class Store {
public:
    using Each = std::function<bool(std::string_view key, std::string_view value)>;

    /// What is to be written together. One thread at a time. While it is not empty it keeps the store from reopening, so it is not left so
    /// for long: write() leaves it empty, whether it succeeded or not. Used again it has its memory already.
    class Batch {
    public:
        explicit Batch(Store& store);
        ~Batch();
        void put(std::size_t family, std::string_view key, std::string_view value);
        /// A value in pieces, so that the caller need not join them first.
        void put(std::size_t family, std::string_view key, std::initializer_list<std::string_view> value);
        void erase(std::size_t family, std::string_view key);
        /// Adds an encoded CellSum (families of shape cells).
        void merge(std::size_t family, std::string_view key, std::string_view cell);
        void clear();
        std::size_t bytes() const;

    private:
        friend class Store;
        struct Impl;
        std::unique_ptr<Impl> impl_;
    };

    /// One moment's view. Lives shorter than the store; short-lived, one thread.
    class Snapshot {
    public:
        ~Snapshot();
        Result<std::optional<std::string>> get(std::size_t family, std::string_view key) const;
        Result<void> scan(std::size_t family, std::string_view prefix, const Each& each) const;
        Result<void> range(std::size_t family, std::string_view from, std::string_view below, const Each& each) const;

    private:
        friend class Store;
        struct Impl;
        explicit Snapshot(std::unique_ptr<Impl> impl);
        std::unique_ptr<Impl> impl_;
    };

    static Result<std::unique_ptr<Store>> open(const StoreOptions& options);
    /// Names of the families of the store at `path`; empty when there is none.
    static std::vector<std::string> names(const std::string& path);
    ~Store();

    Result<std::optional<std::string>> get(std::size_t family, std::string_view key);
    /// Keys with the prefix in byte order; `each` returns false to stop.
    Result<void> scan(std::size_t family, std::string_view prefix, const Each& each);
    /// Keys in [from, below); empty `below`: to the end.
    Result<void> range(std::size_t family, std::string_view from, std::string_view below, const Each& each);
    /// The last key of the family, or none.
    Result<std::optional<std::string>> last_key(std::size_t family);
    Snapshot snapshot();

    /// Atomic. Without `sync` it is on disk only as part of a later sync, always as a prefix of all writes.
    Result<void> write(Batch& batch, bool sync);
    /// Makes every finished write durable, without holding back writes that go on meanwhile.
    Result<void> sync();
    /// Drops whole files whose keys all lie in [from, below); cheap, and what shares a file with later keys stays until it goes.
    Result<void> delete_files(std::size_t family, std::string_view from, std::string_view below);
    /// Deletes every key in [from, below).
    Result<void> delete_range(std::size_t family, std::string_view from, std::string_view below);
    /// Deletes everything in the family.
    Result<void> clear(std::size_t family);
    /// Takes the family and all in it away for good; those after it move up by one.
    Result<void> drop(std::size_t family);
    /// Writes memtables to files; for benches and tests.
    Result<void> flush();
    Result<void> compact(std::size_t family);

    enum class Recovery { resumed, reopened };
    /// Not while this thread has a batch or a snapshot. After a write fault: resumes in place, or reopens when the fault was fatal (unsynced writes may then be gone, so the owner
    /// reads its positions again). Faults while the disk still refuses.
    Result<Recovery> recover();
    StoreFigures figures();
    const std::string& name() const;
    /// Later calls fault with Errc::closed. Idempotent; not while this thread has a batch or a snapshot.
    void close();

private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    void list();
    void leave();
    std::unique_ptr<Impl> impl_;
};

} // namespace sluse
