// adapters/fhir/letter_parts.hpp — what correspondence letters and CareCommunications write differently: formatted text, moments, and what a file is called.
#pragma once

#include "adapters/xml/document.hpp"
#include "gateway/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluse::fhir {

/// Appends a letter's formatted text: <Break/> is a line, <Space/> a blank; how it looks is left out.
void append_words(xml::Element formatted, std::string& out);

/// <Date> and <Time> or <TimeWithSec> of local time, with its offset; nothing when they are no moment.
std::optional<std::string> moment_of(xml::Element at, const Zone& zone);

/// The kinds of file that a CareCommunication takes, as letters call them.
struct FileKind {
    std::string_view type;            ///< contentType in FHIR
    std::string_view code, extension; ///< ObjectCode and ObjectExtensionCode
};

/// What a letter calls a file of this type; one of another type is proprietaert_indhold.
const FileKind& file_kind(std::string_view type);

/// The type of a file by its ObjectExtensionCode; empty: no CareCommunication takes it.
std::string_view file_type(std::string_view extension);

} // namespace sluse::fhir
