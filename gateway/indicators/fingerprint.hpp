// gateway/indicators/fingerprint.hpp — whether two definitions count alike: a hash over everything in a rule that decides its numbers.
#pragma once

#include "gateway/indicators/definition.hpp"

#include <string>

namespace sluse {

/// Equal for rules that are equal in all but their words and places in files; code lists and cohorts count as part of the rule.
std::string fingerprint_of(const Definition& rule, const Regions& regions);

} // namespace sluse
