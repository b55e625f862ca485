// gateway/app.hpp — the wiring: starts the last stage first, stops the first stage first, drains between.
#pragma once

#include "gateway/config.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace sluse {

/// A running gateway. Owns every stage and thread; one per process.
class Gateway {
public:
    /// Opens the data directory, the log, the rules and the listeners, and starts them. The Fault names what could not be had.
    static Result<std::unique_ptr<Gateway>> start(const Config& config, const std::filesystem::path& schemas);
    virtual ~Gateway() = default;
    /// Loads rules and systems again; keeps the old ones when there is an error in the new. Certificates too.
    virtual Result<void> reload(const Config& config) = 0;
    /// Stops accepting, settles what is in flight, answers it, finishes the batches, closes. At most config.limits.drain + a few seconds.
    virtual void drain() = 0;
    virtual std::string web_address() const = 0;
};

/// `sluse serve`: runs until SIGTERM or SIGINT (a second one forces), SIGHUP reloads. Returns the exit code.
int run_serve(const std::string& config_file);
/// `sluse check`: configuration, maps, code tables, indicators, goals. 0, or 78 with every mistake on stderr.
int run_check(const std::string& config_file);

} // namespace sluse
