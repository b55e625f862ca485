// gateway/timeline/courses.hpp — which event of a stay may follow which, of what MedCom's notifications tell.
#pragma once

#include "gateway/model/fact.hpp"

#include <string>
#include <string_view>

namespace sluse {

/// What a contact's status says of the notification that told it: "onleave|start-leave-inpatient", the stay's status
/// and the event.
std::string course_status(std::string_view status, std::string_view activity);

/// Whether `news` cannot come next of a contact: a leave that nobody began ends, a discharge of whom nobody admitted.
/// `known`: what was told of it before, null: nothing. What is older than that is late and never impossible, nor is
/// what follows on another feed's word.
bool impossible_next(const Fact* known, const Fact& news);

} // namespace sluse
