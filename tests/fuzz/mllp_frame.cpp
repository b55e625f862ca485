// tests/fuzz/mllp_frame.cpp — any bytes, cut anywhere: the same messages as in one read, bounded memory, no crash.
#include "gateway/intake/mllp_frame.hpp"

#include <cstdlib>
#include <vector>

namespace {

std::vector<std::string> messages_of(std::string_view bytes, std::size_t step)
{
    sluse::MllpFramer framer(256, 128);
    std::vector<std::string> out;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        auto input = bytes.substr(at, step);
        for (;;) {
            const auto message = framer.next(input);
            if (!message) return out;
            if (!*message) break;
            if ((*message)->size() > 256) std::abort();
            out.emplace_back(**message);
        }
    }
    if (const auto last = framer.settle()) out.emplace_back(*last);
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    if (size < 2) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (messages_of(bytes, bytes.size()) != messages_of(bytes, 1u + data[0] % 16u)) std::abort();
    return 0;
}
