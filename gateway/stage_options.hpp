// gateway/stage_options.hpp — what the configuration means to each stage: the log that is opened, the listeners' and the server's options.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/config.hpp"
#include "gateway/intake/mllp_listener.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/secrets.hpp"
#include "gateway/serve/server.hpp"

#include <memory>

namespace sluse {

/// The log in the data folder, or, with brokers configured, Kafka's behind a spool.
Result<std::unique_ptr<Log>> open_log(const Config& config, const Keys& keys);

/// Of the `i`th MLLP listener.
MllpOptions mllp_options(const Config& config, std::size_t i);

serve::ServeOptions serve_options(const Config& config);

} // namespace sluse
