// gateway/tools/simulate_receipts.cpp — CONTRL, XCTL, envelopes and MedCom's Acknowledgement, as the receivers' own systems would write them.
#include "gateway/tools/simulate_receipts.hpp"

#include "adapters/adapter.hpp"
#include "gateway/tools/simulate_write.hpp"

namespace sluse::simulated {
namespace {

constexpr std::uint64_t refused_of = 50, minutes_max = 25;

std::string number_of(std::uint64_t word)
{
    std::string id = "R";
    append_number(id, word % 10'000'000'000'000u, 13);
    return id;
}

} // namespace

SimulatedMessage receipt_of(const SimulatedMessage& letter, std::string receiver, std::uint64_t word)
{
    SimulatedMessage out;
    const auto* adapter = adapter_named(letter.format == name(SimulateFormat::medcom) ? std::string_view("fhir") : letter.format);
    if (!adapter || !adapter->receipts) return out;
    auto checked = adapter->check(letter.bytes, {});
    const bool refuses = word / 128 % refused_of == 0;
    if (refuses) checked.issues.insert(checked.issues.begin(), {Severity::error, IssueKind::unknown_key, "", "Modtageren findes ikke hos os"});
    out.sent = letter.sent + static_cast<Millis>(1 + word / 8 % minutes_max) * minute_ms;
    out.bytes = adapter->acknowledge(letter.bytes, checked, refuses ? Answer::content_error : Answer::accepted, {out.sent, number_of(word), {}});
    out.system = std::move(receiver);
    out.format = letter.format;
    return out;
}

} // namespace sluse::simulated
