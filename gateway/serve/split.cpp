// gateway/serve/split.cpp — splits a request's body by the registry of formats.
#include "adapters/adapter.hpp"
#include "gateway/serve/sources.hpp"

#include <utility>

namespace sluse {

SplitBody split_by_adapters(std::string_view body, std::string_view format)
{
    SplitBody out;
    const auto* adapter = format.empty() ? adapter_for(body) : adapter_named(format);
    if (!adapter) return out;
    out.format = adapter->name;
    out.messages = adapter->split(body, out.issues);
    std::string own;
    for (auto& message : out.messages)
        if (const auto whole = alone_of(*adapter, body, message, own); whole.data() == own.data()) message = out.owned.emplace_back(std::exchange(own, {}));
    return out;
}

std::string joined_acknowledgement(const std::vector<Receipt>& receipts)
{
    const auto* adapter = receipts.empty() ? nullptr : adapter_named(receipts.front().format);
    if (!adapter || !adapter->join) return {};
    std::vector<Answered> answers;
    for (const auto& receipt : receipts) answers.push_back({receipt.answer, receipt.reply});
    return adapter->join(answers);
}

} // namespace sluse
