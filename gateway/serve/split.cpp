// gateway/serve/split.cpp — splits a request's body by the registry of formats.
#include "adapters/adapter.hpp"
#include "gateway/serve/sources.hpp"

namespace sluse {

SplitBody split_by_adapters(std::string_view body, std::string_view format)
{
    SplitBody out;
    const auto* adapter = format.empty() ? adapter_for(body) : adapter_named(format);
    if (!adapter) return out;
    out.format = adapter->name;
    out.messages = adapter->split(body, out.issues);
    return out;
}

} // namespace sluse
