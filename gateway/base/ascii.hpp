// gateway/base/ascii.hpp — what kind of ASCII character stands there; <cctype> asks the locale and is undefined for bytes above 127.
#pragma once

#include <algorithm>
#include <string_view>

namespace sluse {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_letter(char c) { return is_upper(c) || (c >= 'a' && c <= 'z'); }
constexpr bool is_alphanumeric(char c) { return is_digit(c) || is_letter(c); }

/// 0 to 15, in either case; -1: no hexadecimal digit.
constexpr int hex_value(char c) { return is_digit(c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/// At least one character, and each a digit.
constexpr bool all_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }

} // namespace sluse
