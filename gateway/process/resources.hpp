// gateway/process/resources.hpp — FHIR out: each touched resource as merged from all that was said of it, so that a partial message blanks nothing.
#pragma once

#include "gateway/journal/log.hpp"
#include "gateway/model/normalised.hpp"
#include "gateway/process/resource_elements.hpp"
#include "gateway/process/said_again.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// Merges the message's resources into what was sent before and writes those that changed as one transaction Bundle to Topic::fhir.
/// MessageHeader and Provenance belong to the message and go along as they are. Reused; one thread.
class ResourceWriter {
public:
    /// Number of resources written.
    std::size_t write(const Normalised& message, const Version& version, std::string_view key, Unit& unit);

private:
    /// A resource as it was read.
    struct Stored {
        std::string_view elements;     ///< encoded, in stored_
        std::optional<SaidAgain> last; ///< none: not all that was said last stands
    };
    bool merge(const Normalised& message, std::size_t index, const Version& version, Unit& unit);
    bool changes(const ResourceSpan& span, std::string_view json, const Version& version, Unit& unit);
    Stored read_stored(Unit& unit);
    void read_known(const Stored& stored);
    void put(const std::optional<SaidAgain>& last, std::string_view elements, Unit& unit);
    bool stands_alone(const Version& version) const;

    std::vector<ElementSaying> news_, known_;
    std::vector<std::string_view> deleted_; ///< paths below the resource
    std::deque<std::string> made_;
    std::string apart_key_; ///< where format 1 kept what was said last; empty: not in this format
    std::string key_, elements_, said_, stored_, record_, merged_, bundle_;
};

} // namespace sluse
