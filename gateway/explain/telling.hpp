// gateway/explain/telling.hpp — facts told with their messages, elements and bytes; each message is read again once.
#pragma once

#include "gateway/explain/explainer.hpp"

#include <map>
#include <set>
#include <span>

namespace sluse {

/// One explanation's reading of messages. Not thread-safe.
class Teller {
public:
    explicit Teller(const ExplainWith& with) : with_(with) {}
    /// A kept fact: every attribute with the message whose saying holds, and where that message says it.
    ExplainedFact tell(const Fact& fact, std::span<const Attr> needed);
    /// The messages told of so far.
    const std::set<Ulid>& messages() const { return messages_; }
    /// The message at a place of the journal; null when it is past its retention or can no longer be read.
    const Retold* at(std::uint64_t position);

private:
    ExplainWith with_;
    std::map<std::uint64_t, std::unique_ptr<Retold>> read_;
    std::set<Ulid> messages_;
};

/// The origins of a saying, of whichever person the message told it.
std::vector<Origin> origins_of(const Retold& message, FactKind kind, std::string_view key, Attr attr);

} // namespace sluse
