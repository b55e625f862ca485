// gateway/process/packed_nodes.cpp — a table of texts by the name they begin with, the oldest last.
#include "gateway/process/packed_nodes.hpp"

#include "gateway/base/codec.hpp"

namespace sluse {

void PackedNodes::put(std::string bytes)
{
    bytes_ += bytes.capacity() + overhead;
    nodes_.push_front(std::move(bytes));
    by_name_.emplace(Reader(nodes_.front()).bytes(), nodes_.begin());
}

std::string PackedNodes::take(std::string_view name)
{
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return {};
    const auto at = found->second;
    by_name_.erase(found); // its name lies in what goes
    bytes_ -= at->capacity() + overhead;
    auto bytes = std::move(*at);
    nodes_.erase(at);
    return bytes;
}

void PackedNodes::drop_oldest()
{
    static_cast<void>(take(Reader(nodes_.back()).bytes()));
}

void PackedNodes::clear()
{
    by_name_.clear();
    nodes_.clear();
    bytes_ = 0;
}

} // namespace sluse
