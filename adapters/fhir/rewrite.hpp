// adapters/fhir/rewrite.hpp — what of a resource is written otherwise than it was sent: references, identifiers, systems, what R4 does not know.
#pragma once

#include "adapters/fhir/json_write.hpp"
#include "adapters/fhir/message.hpp"
#include "adapters/fhir/names.hpp"
#include "gateway/model/normalised.hpp"

#include <vector>

namespace sluse::fhir {

/// Of one message; all that it is given must outlive it.
class Rewriter {
public:
    Rewriter(const Message& message, const Checked& checked, const NormaliseContext& context, const Names& names, Normalised& out);
    /// The changes to the resource of an entry, whose own type and id are left out too; valid until the next call.
    const Changes& changes_of(const Entry& entry);

private:
    void node(std::uint32_t node, bool medcom);
    void reference(std::uint32_t object);
    void person_identifier(std::uint32_t object);
    void number_beside_reference(std::uint32_t object);
    void episodes(std::uint32_t encounter);
    void agents(std::uint32_t provenance);
    bool prune(std::uint32_t node, bool top = false);

    const Message& m_;
    const Json& json_;
    const Checked& checked_;
    const NormaliseContext& context_;
    const Names& names_;
    Normalised& out_;
    std::vector<std::uint32_t> unknown_; ///< what is left out: Message::unknown and claims that do not hold; sorted
    Changes changes_;
};

} // namespace sluse::fhir
