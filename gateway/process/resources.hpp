// gateway/process/resources.hpp — FHIR out: each touched resource as merged from all that was said of it, so that a partial message blanks nothing.
#pragma once

#include "gateway/journal/log.hpp"
#include "gateway/model/fact.hpp"
#include "gateway/model/normalised.hpp"
#include "gateway/process/said_again.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// One element of a resource with the version of its newest saying. Views.
struct ElementSaying {
    std::string_view name; ///< "gender"; "period.end" for the few objects that are merged member by member
    std::string_view text; ///< JSON; empty: deleted
    Version version;
};

/// Cuts a resource's JSON object into its elements, without resourceType and id. False when it is no JSON object.
bool split_elements(std::string_view type, std::string_view json, std::vector<ElementSaying>& elements);
/// Keeps of each element the newest saying; of identifiers and extensions, of which each system knows its own, all that have a name of
/// their own (system and value, url). True when what is shown changed. The views of `news` and the texts in `made` must outlive `known`.
bool merge_elements(std::vector<ElementSaying>& known, const std::vector<ElementSaying>& news, std::deque<std::string>& made);
/// Members of such a list are at most so many: a number of its own with every message must not grow a resource without end.
constexpr std::size_t list_members_max = 64;
void render_resource(std::string_view type, std::string_view id, const std::vector<ElementSaying>& elements, std::string& out);

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
