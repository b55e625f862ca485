// gateway/serve/tokens.cpp — reads the token file and compares tokens by their hashes.
#include "gateway/serve/tokens.hpp"

#include "gateway/base/ascii.hpp"

#include <openssl/crypto.h>

#include <array>
#include <fstream>
#include <sstream>

namespace sluse::serve {
namespace {

struct RoleName {
    Role role;
    std::string_view name;
};
constexpr std::array role_names{RoleName{Role::sender, "sender"}, RoleName{Role::viewer, "viewer"}, RoleName{Role::operator_, "operator"},
                                RoleName{Role::content_viewer, "content-viewer"}};

std::optional<Roles> parse_roles(std::string_view text)
{
    Roles roles = 0;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto word = text.substr(0, comma);
        Roles found = 0;
        for (const auto& row : role_names)
            if (row.name == word) found = static_cast<Roles>(row.role);
        if (found == 0) return std::nullopt;
        roles = static_cast<Roles>(roles | found);
        text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
    }
    return roles == 0 ? std::nullopt : std::optional(roles);
}

std::optional<Digest> parse_digest(std::string_view text)
{
    Digest digest{};
    if (text.size() != 2 * digest.size()) return std::nullopt;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        digest[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return digest;
}

} // namespace

std::string_view name(Role role)
{
    for (const auto& row : role_names)
        if (row.role == role) return row.name;
    return "anyone";
}

Result<Tokens> Tokens::parse(std::string_view text)
{
    Tokens tokens;
    std::istringstream lines{std::string(text)};
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string who, roles_text, hash, rest;
        if (!(words >> roles_text)) continue;
        words >> hash >> who;
        const auto roles = parse_roles(roles_text);
        const auto digest = parse_digest(hash);
        const auto place = "token file, line " + std::to_string(number) + ": ";
        if (!roles) return Fault{Errc::bad_config, place + "roles are sender, viewer, operator, content-viewer"};
        if (!digest) return Fault{Errc::bad_config, place + "the token's SHA-256 is 64 hex digits: printf %s TOKEN | sha256sum"};
        if (who.empty() || words >> rest) return Fault{Errc::bad_config, place + "is ROLE[,ROLE] SHA256-OF-TOKEN NAME"};
        tokens.rows_.push_back({*digest, {who, *roles}});
    }
    if (tokens.rows_.empty()) return Fault{Errc::bad_config, "token file: has no token, nobody could come in"};
    return tokens;
}

Result<Tokens> Tokens::read(const std::string& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in) return Fault{Errc::bad_config, "token file: cannot be read: " + file};
    std::ostringstream text;
    text << in.rdbuf();
    auto tokens = parse(text.str());
    if (!tokens) return Fault{tokens.error().code, file + ": " + tokens.error().where};
    return tokens;
}

std::optional<Caller> Tokens::find(std::string_view token) const
{
    const auto digest = sha256(token);
    const Row* found = nullptr;
    for (const auto& row : rows_) // every row, so that time does not tell which one matched
        if (CRYPTO_memcmp(row.digest.data(), digest.data(), digest.size()) == 0) found = &row;
    return found ? std::optional(found->caller) : std::nullopt;
}

} // namespace sluse::serve
