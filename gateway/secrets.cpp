// gateway/secrets.cpp — the installation's secret.
#include "gateway/secrets.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/random.h>
#include <system_error>
#include <unistd.h>

namespace sluse {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t secret_bytes_min = 32, secret_bytes = 48;

Result<std::string> read_secret(const fs::path& file)
{
    std::ifstream in(file, std::ios::binary);
    std::string secret{std::istreambuf_iterator<char>(in), {}};
    if (!in.good() && !in.eof()) return Fault{Errc::bad_config, file.string() + ": cannot be read"};
    if (secret.size() < secret_bytes_min) return Fault{Errc::bad_config, file.string() + ": a secret needs at least 32 bytes"};
    return secret;
}

Fault unwritten(const fs::path& file)
{
    return {Errc::storage, file.string() + ": cannot be written: " + std::generic_category().message(errno)};
}

/// Written beside and renamed, with the directory synced, so that a crash leaves a whole secret or none.
Result<void> make_secret(const fs::path& file)
{
    char bytes[secret_bytes];
    if (getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) return Fault{Errc::storage, "no random bytes for the secret"};
    const auto partial = file.string() + ".partial";
    const int fd = open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return unwritten(partial);
    const bool written = write(fd, bytes, sizeof bytes) == static_cast<ssize_t>(sizeof bytes) && fsync(fd) == 0;
    const auto fault = unwritten(file);
    close(fd);
    if (!written) return fault;
    if (rename(partial.c_str(), file.c_str()) != 0) return unwritten(file);
    if (const int folder = open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); folder >= 0) {
        fsync(folder);
        close(folder);
    }
    return {};
}

} // namespace

Result<Keys> load_keys(const Config& config)
{
    auto file = fs::path(config.keys.secret_file);
    if (file.empty()) {
        file = fs::path(config.data) / "secret";
        std::error_code ignored;
        if (!fs::exists(file, ignored)) {
            if (fs::exists(fs::path(config.data) / "log", ignored))
                return Fault{Errc::bad_config, file.string() + " is missing beside an existing log; restore it, because a new one would take every person for a new one"};
            if (const auto made = make_secret(file); !made) return made.error();
        }
    }
    const auto secret = read_secret(file);
    if (!secret) return secret.error();
    return Keys::from_secret(*secret, config.keys.pseudonym_key_id);
}

} // namespace sluse
