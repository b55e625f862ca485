// gateway/explain/telling.cpp — from an attribute's version to the journal, and from there to the bytes.
#include "gateway/explain/telling.hpp"

#include <algorithm>

namespace sluse {

std::vector<Origin> origins_of(const Retold& message, FactKind kind, std::string_view key, Attr attr)
{
    std::vector<Origin> out;
    for (const auto& [saying, origins] : message.origins)
        if (saying.kind == kind && saying.key == key && saying.attr == attr) out.insert(out.end(), origins.begin(), origins.end());
    return out;
}

const Retold* Teller::at(std::uint64_t position)
{
    const auto [found, fresh] = read_.try_emplace(position);
    if (!fresh) return found->second.get();
    auto envelope = read_at(with_.log, position);
    if (!envelope) return nullptr;
    auto retold = retell(with_.retell, std::move(*envelope), position);
    if (!retold) return nullptr;
    messages_.insert(retold->envelope.id);
    found->second = std::make_unique<Retold>(std::move(*retold));
    return found->second.get();
}

ExplainedFact Teller::tell(const Fact& fact, std::span<const Attr> needed)
{
    ExplainedFact out;
    out.kind = name(fact.kind);
    out.key = fact.key;
    for (const auto& a : fact.attributes) {
        auto& told = out.attributes.emplace_back();
        told.name = name(a.attr);
        told.value = text_of(a.attr, a.value);
        told.needed = std::ranges::find(needed, a.attr) != needed.end();
        told.recorded_ms = a.version.recorded_ms;
        const auto* message = at(a.version.position);
        if (!message) continue;
        told.message = message->envelope.id;
        told.told = message->told();
        told.origins = origins_of(*message, fact.kind, fact.key, a.attr);
        if (out.named_by.empty()) out.named_by = origins_of(*message, fact.kind, fact.key, Attr{});
    }
    return out;
}

} // namespace sluse
