// gateway/intake/file_drop.hpp — a watched folder: files of many messages in, done/ or failed/ with a report out.
#pragma once

#include "adapters/adapter.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/model/receive.hpp"

#include <memory>
#include <span>
#include <string>

namespace sluse {

struct FileDropOptions {
    std::string name{"files"};           ///< label in metrics and logs
    std::string folder;                  ///< made when missing, with done/ and failed/ in it
    std::string system;                  ///< empty: what each message says
    std::span<const Adapter> adapters;   ///< sluse::adapters(), or a test's own
    Millis settle{2 * second_ms};        ///< a file is whole when it has not changed for so long; one renamed in keeps its old time
    Millis poll{second_ms};
    Millis answer_max{60 * second_ms};   ///< for the journal to answer one message
    Millis retry_max{60 * second_ms};    ///< between tries of a file that the journal could not take; from one second, doubling
    std::size_t file_bytes_max{256u << 20};
    std::size_t window_messages_max{256}; ///< received and not yet answered
};

/// One thread a folder. Names that begin with a dot or end with .tmp, .part or .filepart are left alone. A file leaves the folder only
/// when each of its messages is durable or refused; a crash before that means that it is read again, which the lanes see as duplicates.
class FileDrop {
public:
    static Result<std::unique_ptr<FileDrop>> open(const FileDropOptions& options, Receiver& receiver, Metrics& metrics);
    virtual ~FileDrop() = default; ///< stops
    /// Submits nothing more, waits for what is under way; a file in the middle stays for the next start. Idempotent.
    virtual void stop() = 0;
};

} // namespace sluse
