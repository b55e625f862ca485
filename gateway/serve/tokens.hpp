// gateway/serve/tokens.hpp — bearer tokens and the roles they carry, from a file.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::serve {

/// What a caller may do; a set of bits, because one token may carry several. Content is never part of another role.
enum class Role : std::uint8_t {
    anyone = 0,
    sender = 1,         ///< may post messages
    viewer = 2,         ///< goals, indicators, systems, message metadata
    operator_ = 4,      ///< quarantine, balance, journal
    content_viewer = 8, ///< the bytes and FHIR of a message; each view is audited
};
using Roles = std::uint8_t;
constexpr bool has(Roles roles, Role role)
{
    return role == Role::anyone || (roles & static_cast<Roles>(role)) != 0;
}
constexpr Roles all_roles = 15;
std::string_view name(Role role);

/// Who calls. `name` is the token's name in the file, for the audit.
struct Caller {
    std::string name;
    Roles roles{};
};

/// Immutable once read. A line is `ROLE[,ROLE…] SHA256-OF-TOKEN NAME`; # starts a comment. The file holds hashes only, so that reading
/// it gives no access: `printf %s TOKEN | sha256sum`.
class Tokens {
public:
    static Result<Tokens> parse(std::string_view text);
    static Result<Tokens> read(const std::string& file);
    /// Takes the same time for every wrong token of a length. Empty when no line matches.
    std::optional<Caller> find(std::string_view token) const;
    std::size_t size() const { return rows_.size(); }

private:
    struct Row {
        Digest digest{};
        Caller caller;
    };
    std::vector<Row> rows_;
};

} // namespace sluse::serve
