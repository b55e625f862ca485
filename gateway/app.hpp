// gateway/app.hpp — the wiring: starts the last stage first, stops the first stage first, drains between.
#pragma once

namespace sluse {

} // namespace sluse
