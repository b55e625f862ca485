// tests/journal/faulty_disk.cpp — RocksDB's file system with failing writes. Compiled without RTTI, as Debian's library is.
#include "tests/journal/faulty_disk.hpp"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace sluse {
namespace {

rocksdb::IOStatus failure(const FaultyDisk& disk)
{
    if (disk.trouble() == FaultyDisk::Trouble::no_space) return rocksdb::IOStatus::NoSpace("injected");
    return rocksdb::IOStatus::IOError("injected");
}

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
public:
    FaultyFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, FaultyDisk& disk)
        : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk)
    {
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override
    {
        if (!disk_.fails()) return FSWritableFileOwnerWrapper::Append(data, options, debug);
        // A full disk takes what fits: half of the write is there, and the rest is not.
        static_cast<void>(FSWritableFileOwnerWrapper::Append(rocksdb::Slice(data.data(), data.size() / 2), options, debug));
        return failure(disk_);
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options, const rocksdb::DataVerificationInfo&,
                             rocksdb::IODebugContext* debug) override
    {
        return Append(data, options, debug);
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override
    {
        return disk_.fails() ? failure(disk_) : FSWritableFileOwnerWrapper::Sync(options, debug);
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override
    {
        return disk_.fails() ? failure(disk_) : FSWritableFileOwnerWrapper::Fsync(options, debug);
    }

private:
    FaultyDisk& disk_;
};

class FaultyFiles final : public rocksdb::FileSystemWrapper {
public:
    explicit FaultyFiles(FaultyDisk& disk) : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
    const char* Name() const override { return "FaultyFiles"; }
    rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options, std::unique_ptr<rocksdb::FSWritableFile>* result,
                                      rocksdb::IODebugContext* debug) override
    {
        std::unique_ptr<rocksdb::FSWritableFile> file;
        const auto status = FileSystemWrapper::NewWritableFile(name, options, &file, debug);
        if (status.ok()) result->reset(new FaultyFile(std::move(file), disk_));
        return status;
    }

private:
    FaultyDisk& disk_;
};

} // namespace

struct FaultyDisk::Impl {
    std::unique_ptr<rocksdb::Env> env;
};

FaultyDisk::FaultyDisk() : impl_(std::make_unique<Impl>())
{
    impl_->env = rocksdb::NewCompositeEnv(std::make_shared<FaultyFiles>(*this));
}

FaultyDisk::~FaultyDisk() = default;

void* FaultyDisk::env()
{
    return impl_->env.get();
}

void FaultyDisk::fail(long first, long count, Trouble trouble)
{
    trouble_ = trouble;
    const auto now = operations_.load();
    until_ = now + first + count - 1;
    from_ = now + first - 1;
}

bool FaultyDisk::fails()
{
    const auto number = operations_++;
    return number >= from_ && number < until_;
}

} // namespace sluse
