// gateway/base/uuid.hpp — the written form of a UUID (RFC 9562 §4).
#pragma once

#include <string_view>

namespace sluse {

/// 8-4-4-4-12 hexadecimal digits, in any case.
bool is_uuid(std::string_view text);

} // namespace sluse
