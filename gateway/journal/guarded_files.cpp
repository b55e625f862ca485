// gateway/journal/guarded_files.cpp — the file system below RocksDB, watching writes to write-ahead logs. Compiled as store.cpp is.
#include "gateway/journal/guarded_files.hpp"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <chrono>
#include <mutex>
#include <string_view>

namespace sluse {
namespace {

using rocksdb::IODebugContext, rocksdb::IOOptions, rocksdb::IOStatus;
constexpr std::chrono::seconds sync_at_most{5}; ///< longer than any sync should take; a wait that ends is worth more than the assertion

class GuardedFile final : public rocksdb::FSWritableFileOwnerWrapper {
public:
    GuardedFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, std::shared_ptr<WalGuard> guard)
        : FSWritableFileOwnerWrapper(std::move(file)), guard_(std::move(guard))
    {
    }
    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, IODebugContext* debug) override
    {
        return watched(FSWritableFileOwnerWrapper::Append(data, options, debug));
    }
    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& sums, IODebugContext* debug) override
    {
        return watched(FSWritableFileOwnerWrapper::Append(data, options, sums, debug));
    }

private:
    IOStatus watched(IOStatus status)
    {
        if (!status.ok()) guard_->fail();
        return status;
    }
    std::shared_ptr<WalGuard> guard_;
};

class GuardedFiles final : public rocksdb::FileSystemWrapper {
public:
    GuardedFiles(const std::shared_ptr<rocksdb::FileSystem>& below, std::shared_ptr<WalGuard> guard)
        : FileSystemWrapper(below), guard_(std::move(guard))
    {
    }
    const char* Name() const override { return "sluse.guarded"; }
    IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options, std::unique_ptr<rocksdb::FSWritableFile>* result,
                             IODebugContext* debug) override
    {
        auto status = FileSystemWrapper::NewWritableFile(name, options, result, debug);
        if (status.ok() && std::string_view(name).ends_with(".log")) *result = std::make_unique<GuardedFile>(std::move(*result), guard_);
        return status;
    }

private:
    std::shared_ptr<WalGuard> guard_;
};

} // namespace

void WalGuard::fail()
{
    if (failed_.exchange(true)) return;
    const std::unique_lock lock(syncing_, sync_at_most);
}

std::unique_ptr<rocksdb::Env> guarded(rocksdb::Env* below, std::shared_ptr<WalGuard> guard)
{
    const auto& files = below ? below->GetFileSystem() : rocksdb::FileSystem::Default();
    return rocksdb::NewCompositeEnv(std::make_shared<GuardedFiles>(files, std::move(guard)));
}

} // namespace sluse
