// adapters/cda/elements.hpp — what CDA R2's schema demands of a document's elements, by schemas/cda/elements.tsv.
#pragma once

#include "adapters/xml/document.hpp"

namespace sluse::cda {

/// Elements that are missing or stand twice, attributes that are missing, and values that are not of their type, each an error with its place.
void check_elements(xml::Element root, Issues& issues);

} // namespace sluse::cda
