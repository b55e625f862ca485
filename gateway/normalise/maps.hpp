// gateway/normalise/maps.hpp — a compiled set of maps and code tables, loaded from schemas/ and checked whole.
#pragma once

#include "gateway/base/result.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace sluse {

/// Immutable once loaded; shared between threads; a reload makes a new one.
class Maps {
public:
    /// Reads schemas/maps and schemas/codes below `schemas`. All mistakes are reported, each as file:line with the nearest right
    /// name; null when one of them is an error. `overlay`: a system's folder that comes beside those below schemas/maps/systems, or
    /// instead of the one of its name.
    static std::shared_ptr<const Maps> load(const std::filesystem::path& schemas, Issues& issues, const std::filesystem::path& overlay = {});
    virtual ~Maps() = default;
    /// SHA-256 over the files' names and bytes, hex: the set's name in the journal and in Provenance.
    virtual const std::string& hash() const = 0;
};

} // namespace sluse
