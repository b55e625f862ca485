// adapters/fhir/care_communication.hpp — a correspondence letter (XDIS91) and its files (XBIN01) as one CareCommunication, and back.
#pragma once

#include "adapters/xml/document.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/normalise/registers/registers.hpp"

#include <span>
#include <string>

namespace sluse::fhir {

/// By MedCom's conversion rules 3.1: `letter` is the Emessage of an XDIS91, `files` the BinaryObject elements of the XBIN01 that came with
/// it. A file that the letter names and that is not there becomes an attachment without data. Times without a zone are `zone`'s. SOR
/// numbers, phones and names that the letter lacks come from SOR, when there is one in `registers`. Ids are the same for the same letter.
Result<std::string> care_communication(xml::Element letter, std::span<const xml::Element> files, const Zone& zone, const Registers* registers = nullptr);

/// A CareCommunication as the letters that a receiver without FHIR gets.
struct Correspondence {
    std::string letter; ///< XDIS91
    std::string files;  ///< XBIN01; empty when the message has no file
};

/// By the same rules, the other way. `message` is the Bundle in JSON or XML; one that MedCom's rules refuse is refused here too. Only the
/// segments of this message become text and files: those of earlier ones went in letters of their own.
Result<Correspondence> correspondence(std::string_view message, const Zone& zone, const Registers* registers = nullptr);

} // namespace sluse::fhir
