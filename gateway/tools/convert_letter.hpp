// gateway/tools/convert_letter.hpp — `sluse convert --to`: MedCom letters in the other syntax.
#pragma once

#include "gateway/tools/convert.hpp"

namespace sluse {

/// Each letter as `options.to` says ("edifact": ISO 8859-1, a segment a line; "oioxml": UTF-8, one line), in the order of the input;
/// "FILE:MESSAGE: PLACE: what is wrong" to `err`. Returns the exit code as run_convert() does. Needs no maps.
int convert_letters(const ConvertOptions& options);

} // namespace sluse
