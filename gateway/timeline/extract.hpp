// gateway/timeline/extract.hpp — facts out of a message's FHIR resources: one extractor for every format.
#pragma once

#include "gateway/model/fact.hpp"
#include "gateway/model/normalised.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace sluse {

/// A fact and the person it is about.
struct Said {
    PersonIdentifier person;
    Fact fact;
};

struct ExtractContext {
    std::string_view system;        ///< Envelope::system: scopes numbers that carry no system of their own
    const Zone* zone{};             ///< for days
    std::uint64_t position{};       ///< the message's place in the journal
    Millis received_ms{};           ///< stands in for times that the message does not say
};

struct ExtractWork;

/// Reads the resource types that have a file in gateway/timeline/resources (and what they name); the rest is skipped unparsed. Only what
/// a message carries becomes a saying; what it deletes becomes an explicit deletion. Reused from message to message; one thread.
class Extractor {
public:
    Extractor();
    ~Extractor();
    /// Clears and fills `out`. Never throws for any content of the bundle; a resource that cannot be read says nothing.
    void extract(const Normalised& message, const ExtractContext& context, std::vector<Said>& out);

private:
    std::unique_ptr<ExtractWork> work_;
};

} // namespace sluse
