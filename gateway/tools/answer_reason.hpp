// gateway/tools/answer_reason.hpp — why a gateway refused, as it says in the body of its HTTP answer.
#pragma once

#include <string>
#include <string_view>

namespace sluse {

/// "PLACE: text" of the first issue of an OperationOutcome or of /api/v1/messages, or a problem's `detail` (RFC 9457 §3.1.4); empty when there
/// is none.
std::string reason_in(std::string_view body);

} // namespace sluse
