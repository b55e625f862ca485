// gateway/base/result.cpp — names of fault codes, as they stand in logs and metrics.
#include "gateway/base/result.hpp"

namespace sluse {

std::string_view name(Errc code)
{
    switch (code) {
    case Errc::closed: return "closed";
    case Errc::timed_out: return "timed_out";
    case Errc::bad_frame: return "bad_frame";
    case Errc::bad_message: return "bad_message";
    case Errc::unsupported: return "unsupported";
    case Errc::bad_config: return "bad_config";
    case Errc::not_found: return "not_found";
    case Errc::storage: return "storage";
    case Errc::storage_full: return "storage_full";
    case Errc::broker: return "broker";
    case Errc::refused: return "refused";
    }
    return "unknown";
}

} // namespace sluse
