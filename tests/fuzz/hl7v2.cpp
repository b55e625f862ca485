// tests/fuzz/hl7v2.cpp — any bytes through splitting, checking and answering: views stay inside the text, the text is UTF-8, no crash.
#include "adapters/hl7v2/adapter.hpp"
#include "gateway/normalise/charset.hpp"
#include "adapters/hl7v2/message.hpp"

#include <cstdlib>

namespace {

bool inside(std::string_view part, std::string_view whole)
{
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void require(bool holds)
{
    if (!holds) std::abort();
}

void one_message(std::string_view bytes, const sluse::SystemSettings& settings)
{
    using namespace sluse::hl7v2;
    const auto checked = check(bytes, settings);
    for (const auto answer : {sluse::Answer::accepted, sluse::Answer::content_error, sluse::Answer::store_failed}) {
        const auto reply = acknowledge(bytes, checked, answer, {1'772'360'130'000, "1", "1"});
        if (!reply.empty() && checked.decoded && static_cast<const Message&>(*checked.decoded).charset.starts_with("UTF-8"))
            require(sluse::hl7v2::check(reply, settings).decoded != nullptr);
    }
    if (!checked.decoded) return;
    const auto& message = static_cast<const Message&>(*checked.decoded);
    require(sluse::valid_utf8(message.text));
    std::string plain;
    for (const auto& segment : message.segments) {
        require(segment.id.size() == 3 && inside(segment.text, message.text));
        for (unsigned n = 1; n <= segment.count; ++n) {
            require(inside(message.field(segment, n), message.text));
            plain.clear();
            unescape(message.field(segment, n), message, plain);
            require(sluse::valid_utf8(plain) || message.delimiters.escape == '\0');
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    if (size < 1) return 0;
    sluse::SystemSettings settings;
    settings.repair_mojibake = data[0] & 1;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    sluse::Issues issues;
    for (const auto piece : sluse::hl7v2::split(bytes, issues)) one_message(piece, settings);
    one_message(bytes, settings);
    return 0;
}
