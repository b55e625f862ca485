// gateway/model/episode_attr.hpp — two numbers of Attr that only stays and leaves have which are told again and again under their episode (HospitalNotification).
#pragma once

#include "gateway/model/fact.hpp"

namespace sluse {

/// int, instant at which a contact went on as another of its episode: its end where nobody told one.
constexpr Attr continued_ms{29};
/// text: key under which the newest of an episode's stays or leaves is told; this is what was told of one under its own start.
constexpr Attr retold_as{54};

} // namespace sluse
