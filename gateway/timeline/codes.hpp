// gateway/timeline/codes.hpp — codes in one spelling: SKS and ICD-10, both NPU systems, ATC with and without SKS's M.
#pragma once

#include <string>
#include <string_view>

namespace sluse {

struct NormalCode {
    std::string code;   ///< "DJ440", "NPU27300", "SCT:260385009", "J01CE02"; other systems as sent
    std::string system; ///< "SKS", "NPU", "SCT", "ATC"; other systems as sent
};

/// How much a coding is worth to the indicators: known systems first. 0: none of them.
int code_preference(std::string_view system);
NormalCode normal_code(std::string_view system, std::string_view code);
/// Four digits, as the national code list has them ("0101"); empty when it is none.
std::string municipality_code(std::string_view code);

} // namespace sluse
