// gateway/stage_options.hpp — what the configuration means to each stage: the log that is opened, the listeners' and the server's options.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/config.hpp"
#include "gateway/intake/mllp_listener.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/process/gateway_processor.hpp"
#include "gateway/process/rules.hpp"
#include "gateway/secrets.hpp"
#include "gateway/serve/server.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace sluse {

/// The log in the data folder, or, with brokers configured, Kafka's behind a spool.
Result<std::unique_ptr<Log>> open_log(const Config& config, const Keys& keys);

/// Of the process stage under one set of rules. `settings` must answer for any system, and live as long as the processor.
ProcessOptions process_options(const Config& config, const Keys& keys, const Rules& rules, std::function<const SystemSettings&(std::string_view system)> settings);

/// Memory for persons of each worker: as configured, else an eighth of what this process may use, shared by the workers.
std::size_t persons_bytes(const StorageConfig& storage);

/// Of the `i`th MLLP listener.
MllpOptions mllp_options(const Config& config, std::size_t i);

serve::ServeOptions serve_options(const Config& config);

} // namespace sluse
