// gateway/tools/message_file.hpp — files of many messages, read piece by piece: HL7 v2 with or without MLLP frames, FHIR JSON, NDJSON, EDIFACT, XML.
#pragma once

#include "gateway/base/result.hpp"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace sluse {

/// One file, or standard input for "-". Holds one message and a block; a message longer than `message_bytes_max` is a Fault.
class MessageFile {
public:
    static Result<MessageFile> open(const std::string& path, std::size_t message_bytes_max = 64u << 20);
    /// The next message into `out`; false at the end. A file in no known format is one message.
    Result<bool> next(std::string& out);
    std::uint64_t bytes_read() const { return read_; } ///< of messages handed out, envelopes included
    std::uint64_t bytes_total() const { return total_; } ///< 0: unknown

private:
    struct Closer {
        void operator()(std::FILE* file) const
        {
            if (file != stdin) std::fclose(file);
        }
    };
    explicit MessageFile(std::string path, std::size_t bytes_max) : path_(std::move(path)), bytes_max_(bytes_max) {}
    bool fill();
    std::string path_;
    std::size_t bytes_max_;
    std::unique_ptr<std::FILE, Closer> file_;
    std::string buffer_;
    std::size_t at_{};
    std::uint64_t read_{}, total_{};
    bool ended_{false};
};

} // namespace sluse
