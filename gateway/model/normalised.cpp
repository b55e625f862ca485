// gateway/model/normalised.cpp — reuse between messages.
#include "gateway/model/normalised.hpp"

namespace sluse {

void Normalised::clear()
{
    bundle.clear();
    if (spare_.size() < resources.size()) spare_.swap(resources); // moved one by one are the fewer
    while (!resources.empty() && spare_.size() < 256) {
        spare_.push_back(std::move(resources.back()));
        resources.pop_back();
    }
    resources.clear();
    deleted.clear();
    links.clear();
    persons.clear();
    event.clear();
    recorded_ms = sent_ms = 0;
    partial = mojibake = false;
    issues.clear();
    coverage.mapped = coverage.ignored = 0;
    coverage.unmapped.clear();
}

ResourceSpan& Normalised::add_resource(std::string_view type, std::string_view id, std::size_t offset)
{
    if (spare_.empty()) {
        resources.emplace_back();
    } else {
        resources.push_back(std::move(spare_.back()));
        spare_.pop_back();
    }
    auto& out = resources.back();
    out.type = type;
    out.id.resize(id.size()); // ids are of one length: a used one is written over where it stands
    id.copy(out.id.data(), id.size());
    out.offset = offset;
    out.length = 0;
    return out;
}

} // namespace sluse
