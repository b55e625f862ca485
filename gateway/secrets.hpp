// gateway/secrets.hpp — the installation's secret: read from its file, or made once in the data directory.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/base/result.hpp"
#include "gateway/config.hpp"

namespace sluse {

/// The keys derived from config.keys.secret_file; without one, from DATA/secret, which is made (48 random bytes, mode 0600, synced)
/// when the data directory is new. A data directory that holds a log but no secret is a Fault: new keys would split every person.
Result<Keys> load_keys(const Config& config);

} // namespace sluse
