// adapters/cda/document.hpp — a decoded CDA document and the kinds of document that Sluse knows.
#pragma once

#include "adapters/adapter.hpp"
#include "adapters/xml/document.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace sluse::cda {

/// One of MedCom's profiles of CDA (medcom.dk, HL7 Denmark); `name` chooses the maps.
struct Kind {
    std::string_view name;      ///< "PHMR"
    std::string_view templates; ///< templateId roots, any of them, separated by blanks
    std::string_view codes;     ///< ClinicalDocument/code, any of them: personal data cards say PCD as often as PDC
    bool about_a_patient{true}; ///< a questionnaire's definition is about nobody
};

/// A section that a kind of document must have, with what its template demands in it.
struct RequiredSection {
    std::string_view kind, code, name;
    std::string_view templates; ///< of the section, separated by blanks; empty: any or none
    bool parts{};               ///< a section without a sub-section says nothing
};
std::span<const RequiredSection> required_sections();
/// By the document's templateIds; null: none that Sluse knows.
const Kind* kind_of(xml::Element root);

struct Document : Decoded {
    std::unique_ptr<xml::Document> document; ///< never null
    const Kind* kind{};
};

} // namespace sluse::cda
