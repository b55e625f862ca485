// gateway/intake/file_report.hpp — what became of a file's messages, for whoever put it into a watched folder.
#pragma once

#include "gateway/intake/receiver.hpp"

#include <string>
#include <vector>

namespace sluse {

/// JSON: how many were accepted and refused, and of each message the answer, the id and the places that are wrong. Places and reasons, never
/// contents: a report may be mailed to whoever made the file. `issues` are the whole file's.
std::string report_of(const std::string& name, const std::vector<Receipt>& receipts, const Issues& issues);

} // namespace sluse
