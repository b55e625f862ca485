// gateway/normalise/charset.hpp — which character set a message is in, and its way to UTF-8 and back (HL7 v2.9 §2.14.9.18, table 0211).
#pragma once

#include "gateway/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sluse {

/// No byte above 0x7f and no ESC (which switches sets in ISO 2022).
bool plain_ascii(std::string_view bytes);
/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool valid_utf8(std::string_view bytes);

/// ICU's name for a name of table 0211 ("8859/1", "UNICODE UTF-8", "ISO IR87") or any IANA name; empty when it is not known.
/// 8859/1 is read as windows-1252, its superset in practice.
std::string canonical_charset(std::string_view name);

/// Appends `bytes` as UTF-8. False when the set is not known. What the set does not have becomes U+FFFD, counted in `lost`.
bool to_utf8(std::string_view bytes, const std::string& charset, std::string& out, std::size_t& lost);
/// Appends UTF-8 text in `charset`; characters that it lacks are spelt in ASCII where one can (never '?').
void from_utf8(std::string_view text, const std::string& charset, std::string& out);
/// Valid UTF-8 sequences as they are, other bytes as windows-1252: for text that says UTF-8 and is not, all through.
void mend_utf8(std::string_view bytes, std::string& out);

/// How Danish letters can have been spoilt before or while they were read.
enum class Mojibake {
    none,
    encoded_twice, ///< UTF-8, read as windows-1252 and written as UTF-8 again ("SÃ¸ren")
    dos,           ///< code page 865 read as windows-1252 ("S›ren", "g†rd")
    macintosh,     ///< Mac Roman read as windows-1252 ("S¿ren", "gŒrd")
};
/// The first kind that the text shows; signs that also stand in sound text are no proof of any.
Mojibake mojibake_in(std::string_view utf8);
/// The text with that undone, letter by letter; what was not spoilt stays.
std::string repaired(std::string_view utf8, Mojibake kind);
/// "encoded twice as UTF-8", for issues.
const char* describe(Mojibake kind);

} // namespace sluse
