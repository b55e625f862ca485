// tests/fuzz/records.cpp — any bytes as a record of the journal or of the state, as a bad disk or broker may give them: what can be read at all
// says the same after it is written and read again.
#include "gateway/base/codec.hpp"
#include "gateway/journal/cell_sum.hpp"
#include "gateway/model/contribution.hpp"
#include "gateway/model/envelope.hpp"
#include "gateway/model/fact.hpp"
#include "gateway/process/counters.hpp"
#include "gateway/process/letter.hpp"
#include "gateway/process/node.hpp"
#include "gateway/process/quarantine.hpp"
#include "gateway/process/refusals.hpp"
#include "gateway/track/people.hpp"

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sluse;

/// `decode` gives something like a pointer to the value, `encode` its bytes.
template <class Decode, class Encode> void read_write_read(std::string_view bytes, const Decode& decode, const Encode& encode)
{
    const auto first = decode(bytes);
    if (!first) return;
    const std::string once = encode(*first);
    const auto second = decode(once);
    if (!second || encode(*second) != once) std::abort();
}

template <class Decode> void read_write_read(std::string_view bytes, const Decode& decode)
{
    read_write_read(bytes, decode, [](const auto& value) {
        std::string out;
        encode(value, out);
        return out;
    });
}

/// For readers that fill a value they are given.
template <class Value> std::optional<Value> filled(std::string_view bytes)
{
    Value value;
    return decode(bytes, value) ? std::optional(std::move(value)) : std::nullopt;
}

std::optional<std::vector<Link>> links_in(std::string_view bytes)
{
    Reader in(bytes);
    std::vector<Link> links;
    return decode_links(in, links) && in.ok() ? std::optional(std::move(links)) : std::nullopt;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    if (size == 0) return -1;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto into = [](auto write) {
        return [write](const auto& value) {
            std::string out;
            write(value, out);
            return out;
        };
    };
    switch (data[0] % 12) {
    case 0: read_write_read(bytes, decode_envelope); break;
    case 1: read_write_read(bytes, [](std::string_view in) { return decode_fact(in); }); break;
    case 2: read_write_read(bytes, decode_counters); break;
    case 3: read_write_read(bytes, decode_letter); break;
    case 4: read_write_read(bytes, decode_node); break;
    case 5: read_write_read(bytes, decode_quarantine); break;
    case 6: read_write_read(bytes, decode_trace); break;
    case 7: read_write_read(bytes, decode_refusal, encode_refusal); break;
    case 8: read_write_read(bytes, decode_contributions, into([](const auto& value, std::string& out) { encode_contributions(value, out); })); break;
    case 9: read_write_read(bytes, links_in, into([](const auto& value, std::string& out) { encode_links(value, out); })); break;
    case 10: read_write_read(bytes, parse_cloud_event, to_cloud_event); break;
    default:
        read_write_read(bytes, filled<CellSum>);
        read_write_read(bytes, filled<Person>);
    }
    return 0;
}
