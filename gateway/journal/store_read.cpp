// gateway/journal/store_read.cpp — reading from a store: keys, ranges, snapshots. Compiled as store.cpp is.
#include "gateway/journal/store_impl.hpp"

namespace sluse {
namespace {

/// The smallest key above every key with the prefix; empty when there is none.
std::string above(std::string_view prefix)
{
    std::string next(prefix);
    while (!next.empty() && next.back() == '\xff') next.pop_back();
    if (!next.empty()) next.back() = static_cast<char>(static_cast<unsigned char>(next.back()) + 1);
    return next;
}

Result<std::optional<std::string>> get_from(rocksdb::DB& db, const rocksdb::ReadOptions& options, rocksdb::ColumnFamilyHandle* handle,
                                            std::string_view key)
{
    std::string value;
    const auto status = db.Get(options, handle, slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return fault_of(status);
    return std::optional(std::move(value));
}

Result<void> range_from(rocksdb::DB& db, rocksdb::ReadOptions options, rocksdb::ColumnFamilyHandle* handle, std::string_view from,
                        std::string_view below, const Store::Each& each)
{
    const auto bound = slice(below);
    if (!below.empty()) options.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(options, handle));
    for (at->Seek(slice(from)); at->Valid(); at->Next())
        if (!each(text(at->key()), text(at->value()))) return {};
    if (!at->status().ok()) return fault_of(at->status());
    return {};
}
} // namespace

struct Store::Snapshot::Impl {
    explicit Impl(Store::Impl& of) : store(of), lock(of.mutex)
    {
        if (store.db) options.snapshot = store.db->GetSnapshot();
    }
    ~Impl()
    {
        if (store.db) store.db->ReleaseSnapshot(options.snapshot);
    }
    Store::Impl& store;
    std::shared_lock<std::shared_mutex> lock;
    rocksdb::ReadOptions options;
};

Store::Snapshot::Snapshot(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Snapshot::~Snapshot() = default;

Result<std::optional<std::string>> Store::Snapshot::get(std::size_t family, std::string_view key) const
{
    auto& store = impl_->store;
    if (!store.db) return store.absent();
    return get_from(*store.db, impl_->options, store.handles[family + 1], key);
}

Result<void> Store::Snapshot::scan(std::size_t family, std::string_view prefix, const Each& each) const
{
    return range(family, prefix, above(prefix), each);
}

Result<void> Store::Snapshot::range(std::size_t family, std::string_view from, std::string_view below, const Each& each) const
{
    auto& store = impl_->store;
    if (!store.db) return store.absent();
    return range_from(*store.db, impl_->options, store.handles[family + 1], from, below, each);
}

Result<std::optional<std::string>> Store::get(std::size_t family, std::string_view key)
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    return get_from(*impl_->db, {}, impl_->handles[family + 1], key);
}

Result<void> Store::scan(std::size_t family, std::string_view prefix, const Each& each)
{
    return range(family, prefix, above(prefix), each);
}

Result<void> Store::range(std::size_t family, std::string_view from, std::string_view below, const Each& each)
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    return range_from(*impl_->db, {}, impl_->handles[family + 1], from, below, each);
}

Result<std::optional<std::string>> Store::last_key(std::size_t family)
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator({}, impl_->handles[family + 1]));
    at->SeekToLast();
    if (!at->status().ok()) return fault_of(at->status());
    if (!at->Valid()) return std::optional<std::string>();
    return std::optional(std::string(text(at->key())));
}

Store::Snapshot Store::snapshot()
{
    return Snapshot(std::make_unique<Snapshot::Impl>(*impl_));
}

} // namespace sluse
