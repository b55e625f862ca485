// adapters/fhir/names.hpp — ids of ours for what a message holds, and what its references lead to under them.
#pragma once

#include "adapters/fhir/message.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluse::fhir {

/// Of one message, which must outlive it.
class Names {
public:
    Names(std::string_view bytes, const Message& message, const Checked& checked, const NormaliseContext& context);

    /// Of an entry by its number: by its identifier where it has one, so that all formats agree; else by what its sender calls it.
    std::string_view id(std::size_t entry) const { return std::string_view(targets_[entry]).substr(m_.entries[entry].type.size() + 1); }
    /// Of the resources that stand for the message itself.
    std::string own_id(std::string_view type);
    /// Does it name something in this message?
    bool inside(std::string_view reference) const { return sent_.contains(reference); }
    /// What a reference points to under our ids, "Patient/…"; empty: leave it.
    std::string target_of(std::string_view reference) const;

private:
    std::string id_of(const Entry& entry);
    std::string episode_id(std::uint32_t encounter) const;
    std::string local_name(const Entry& entry, std::size_t index);
    std::string local_id(std::string_view type, std::string_view name) const { return context_.ids.uuid({type, checked_.system, name}); }
    const std::string& content_hash();

    std::string_view bytes_;
    const Message& m_;
    const Json& json_;
    const Checked& checked_;
    const NormaliseContext& context_;
    std::vector<std::string> targets_, local_;                 ///< of each entry: Type/id of ours, and of the sender's
    std::unordered_map<std::string_view, std::size_t> sent_;   ///< what the sender calls an entry → its number; views m_ and local_
    std::string hash_;
};

} // namespace sluse::fhir
