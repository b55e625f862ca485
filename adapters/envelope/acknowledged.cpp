// adapters/envelope/acknowledged.cpp — receipts of transport envelopes, and of the messages in them.
#include "adapters/envelope/envelope.hpp"

#include <algorithm>

namespace sluse::envelope {

Receipts receipts(const Checked& checked)
{
    Receipts out;
    const auto* enveloped = static_cast<const Enveloped*>(checked.decoded.get());
    if (!enveloped) return out;
    const auto& wrapper = enveloped->wrapper;
    if (wrapper.kind != Wrapper::Kind::message) {
        const bool taken = wrapper.kind == Wrapper::Kind::positive_receipt;
        const auto& id = wrapper.original_envelope_id.empty() ? wrapper.original_id : wrapper.original_envelope_id;
        if (!id.empty()) out.acknowledged.push_back({id, {}, taken ? Verdict::accepted : Verdict::refused, wrapper.error});
        return out;
    }
    if (enveloped->inner && enveloped->inner->receipts) out = enveloped->inner->receipts(enveloped->checked);
    if (!out.acknowledged.empty()) return out; // what acknowledges is never acknowledged
    for (const auto* id : {&wrapper.id, &wrapper.message_id, &wrapper.message_envelope_id})
        if (!id->empty() && std::ranges::find(out.names, *id) == out.names.end()) out.names.push_back(*id);
    return out;
}

} // namespace sluse::envelope
