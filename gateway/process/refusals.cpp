// gateway/process/refusals.cpp — record format 1 of a refusal: u8 version · u8 answer · issues (severity, kind, path, text) · envelope.
#include "gateway/process/refusals.hpp"

#include "gateway/base/codec.hpp"
#include "gateway/process/own_records.hpp"

#include <algorithm>
#include <functional>

namespace sluse {
namespace {

constexpr std::string_view list_prefix = "refused/", kept_key = "refusals/kept";

} // namespace

std::string encode_refusal(const Refusal& refusal)
{
    std::string out;
    Writer w(out);
    w.u8(1);
    w.u8(static_cast<std::uint8_t>(refusal.answer));
    w.uint(refusal.issues.size());
    for (const auto& issue : refusal.issues) {
        w.u8(static_cast<std::uint8_t>(issue.severity));
        w.u8(static_cast<std::uint8_t>(issue.kind));
        w.bytes(issue.path);
        w.bytes(issue.text);
    }
    std::string envelope;
    encode(refusal.envelope, envelope);
    w.bytes(envelope);
    return out;
}

Result<Refusal> decode_refusal(std::string_view record)
{
    const Fault damaged{Errc::storage, "refusal: record is damaged"};
    Reader r(record);
    if (r.u8() != 1) return damaged;
    Refusal refusal;
    refusal.answer = static_cast<Answer>(r.u8());
    const auto count = r.uint();
    for (std::uint64_t i = 0; i < count && r.ok(); ++i) {
        Issue issue;
        issue.severity = static_cast<Severity>(r.u8());
        issue.kind = static_cast<IssueKind>(r.u8());
        issue.path = r.bytes();
        issue.text = r.bytes();
        refusal.issues.push_back(std::move(issue));
    }
    auto envelope = decode_envelope(r.bytes());
    if (!r.ok() || !r.done() || !envelope) return damaged;
    refusal.envelope = std::move(*envelope);
    return refusal;
}

std::string refusal_record(const Refusal& refusal)
{
    Envelope outer;
    outer.id = refusal.envelope.id;
    outer.received_ms = refusal.envelope.received_ms;
    outer.system = refusal.envelope.system;
    outer.format = refusal_key;
    outer.bytes = encode_refusal(refusal);
    std::string record;
    encode(outer, record);
    return record;
}

void keep_refusal(const Record& record, Unit& unit, std::size_t listed_max)
{
    const auto number_of_it = refusals_kept(unit);
    put_number(unit, kept_key, number_of_it + 1);
    const auto envelope = decode_envelope(record.value);
    if (!envelope) return;
    auto refusal = decode_refusal(envelope->bytes);
    if (!refusal) return;
    unit.send(Topic::quarantine, unit.partition(), record.key, record.value);
    refusal->envelope.bytes.clear();
    std::string listed;
    put_be(listed, record.offset, 8);
    listed += encode_refusal(*refusal);
    std::string place(list_prefix); // a ring: the newest takes the oldest's place
    put_be(place, number_of_it % listed_max, 4);
    unit.put(place, listed);
}

std::uint64_t refusals_kept(State& state)
{
    return number(state, kept_key);
}

std::vector<ListedRefusal> listed_refusals(State& state, std::size_t limit)
{
    std::vector<ListedRefusal> all;
    state.scan(list_prefix, [&](std::string_view, std::string_view value) {
        if (value.size() < 8) return true;
        if (auto refusal = decode_refusal(value.substr(8))) all.push_back({std::move(*refusal), get_be(value.substr(0, 8))});
        return true;
    });
    std::ranges::sort(all, std::greater{}, [](const ListedRefusal& one) { return one.refusal.envelope.id; });
    if (all.size() > limit) all.resize(limit);
    return all;
}

} // namespace sluse
