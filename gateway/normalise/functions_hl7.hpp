// gateway/normalise/functions_hl7.hpp — functions of maps over HL7 v2's data types, by subject, and what they share.
#pragma once

#include "gateway/normalise/render.hpp"

#include <utility>

namespace sluse {

// functions_codes.cpp
Emitted authority(Call& call);
Emitted entity_system(Call& call);
Emitted person_system(Call& call);
Emitted person_value(Call& call);
Emitted person_use(Call& call);
Emitted code_system(Call& call);
Emitted local_system(Call& call);
Emitted hd_system(Call& call);
Emitted hd_value(Call& call);
Emitted coding(Call& call);
Emitted mapped_coding(Call& call);
Emitted endpoint(Call& call);
Emitted unit_system(Call& call);
Emitted unit_value(Call& call);

// functions_numbers.cpp
Emitted number_value(Call& call);
Emitted comparator(Call& call);
Emitted range_low(Call& call);
Emitted range_high(Call& call);
Emitted sampled_data(Call& call);
Emitted measure_system(Call& call);
Emitted measure_code(Call& call);
Emitted quantity(Call& call);

// functions_times.cpp
Emitted ends(Call& call);
Emitted offset_start(Call& call);
Emitted appointment_start(Call& call);
Emitted appointment_end(Call& call);
Emitted minutes(Call& call);
Emitted duration_amount(Call& call);
Emitted duration_unit(Call& call);
Emitted duration_count(Call& call);

// functions_content.cpp
Emitted verbatim(Call& call);
Emitted join(Call& call);
Emitted words(Call& call);
Emitted base64(Call& call);
Emitted to_base64(Call& call);
Emitted hex_to_base64(Call& call);
Emitted media_type(Call& call);
Emitted phone(Call& call);
Emitted street(Call& call);
Emitted upper(Call& call);
Emitted parent_result(Call& call);
Emitted other_patient(Call& call);
Emitted fhir_id(Call& call);
Emitted document_text(Call& call);

/// Which value a function was asked of last, for those of which several rows of an object ask the same one after another.
class AskedLast {
public:
    /// The same value in the same message, by a row with the same codes; else it is that from now on.
    bool again(const Call& call, const Value& value)
    {
        const AskedLast now(call, value);
        return std::exchange(*this, now) == now;
    }
    /// What told a remark must tell it again: another resource may be remembered without it.
    void forget() { message_ = 0; }
    AskedLast() = default;

private:
    AskedLast(const Call& call, const Value& value)
        : message_(call.renderer.message_number()), at_(value.text.data()), size_(value.text.size()), segment_(value.segment), codes_(call.row.codes), level_(value.level)
    {
    }
    bool operator==(const AskedLast&) const = default;
    std::uint64_t message_{};
    const char* at_{};
    std::size_t size_{};
    std::int32_t segment_{};
    std::int16_t codes_{};
    std::uint8_t level_{};
};

// What several of them ask.
bool is_number(std::string_view text);
const char* number_fault(std::string_view text); ///< why it is none; null when it is one
bool is_base64(std::string_view text);
/// "<=", ">=", "<" or ">" in front of a number; empty: none.
std::string_view comparator_of(std::string_view text);
/// Reference range "3.5-5.0", "<5", ">=2": low and high; anything else stays text only.
struct ReferenceRange {
    std::string_view low, high;
};
ReferenceRange limits_of(std::string_view text);
/// HD's three components, explicit nulls as nothing.
Authority authority_of(Renderer& renderer, const Value& hd);
/// Table 0396 name, OID or URI to a code system; a name that nobody has registered is the sender's own. False: there is no name.
bool code_system_uri(Renderer& renderer, std::string_view name, std::string& out);
/// FHIR's codes hold no blanks but single ones.
void single_blanks(std::string& code);
/// Another field of the group's segment, by name and number: what a function must look at beside its source.
Value beside(Call& call, std::string_view segment, unsigned field, unsigned component);
/// Is the value a time with a clock?
bool is_instant(Renderer& renderer, const Value& value);

} // namespace sluse
