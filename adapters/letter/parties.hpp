// adapters/letter/parties.hpp — departments that share a GLN: what tells them apart within a letter.
#pragma once

#include "adapters/xml/source.hpp"

#include <deque>
#include <string>

namespace sluse::letter {

/// A GLN is a mailbox, and several departments may have one: parties of the letter under one GLN that tell other numbers, names or
/// addresses are no one organisation. Puts into the field Department of each what the maps tell it from the others by; where a
/// GLN's parties agree it stays empty. The texts are kept in `own`, which must outlive what `source` shows.
void tell_departments(const SourceShape& shape, xml::Source& source, std::deque<std::string>& own);

} // namespace sluse::letter
