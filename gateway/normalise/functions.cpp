// gateway/normalise/functions.cpp — what the map language cannot say: the named functions that a row may call.
#include "gateway/normalise/functions_hl7.hpp"
#include "gateway/normalise/functions_text.hpp"

#include <algorithm>

namespace sluse {
namespace {

struct NamedFunction {
    std::string_view name;
    Function function;
};
constexpr NamedFunction functions[] = {
    {"verbatim",       verbatim      },
    {"join",           join          },
    {"words",          words         },
    {"authority",      authority     },
    {"entity-system",  entity_system },
    {"person-system",  person_system },
    {"person-value",   person_value  },
    {"person-use",     person_use    },
    {"code-system",    code_system   },
    {"mapped-coding",  mapped_coding },
    {"local-system",   local_system  },
    {"hd-system",      hd_system     },
    {"hd-value",       hd_value      },
    {"coding",         coding        },
    {"endpoint",       endpoint      },
    {"number",         number_value  },
    {"comparator",     comparator    },
    {"range-low",      range_low     },
    {"range-high",     range_high    },
    {"sampled-data",   sampled_data  },
    {"base64",         base64        },
    {"to-base64",      to_base64     },
    {"hex-to-base64",  hex_to_base64 },
    {"media-type",     media_type    },
    {"unit-system",    unit_system   },
    {"unit-value",     unit_value    },
    {"phone",          phone         },
    {"street",         street        },
    {"upper",          upper         },
    {"joined",         joined        },
    {"xhtml",          xhtml         },
    {"xhtml-moment",   xhtml_moment  },
    {"cpr-birth",      cpr_birth     },
    {"padded",         padded        },
    {"prefixed",       prefixed      },
    {"unique",         unique        },
    {"decimal",        decimal       },
    {"sks-system",     sks_system    },
    {"telecom-system", telecom_system},
    {"telecom-value",  telecom_value },
    {"ends",           ends          },
    {"minutes",        minutes       },
    {"duration-amount", duration_amount},
    {"duration-unit",  duration_unit },
    {"duration-count", duration_count},
    {"quantity",       quantity      },
    {"measure-system", measure_system},
    {"measure-code",   measure_code  },
    {"appointment-start", appointment_start},
    {"offset-start",   offset_start  },
    {"appointment-end", appointment_end},
    {"document-text",  document_text },
    {"fhir-id",        fhir_id       },
    {"parent-result",  parent_result },
    {"other-patient",  other_patient },
};

} // namespace

Function function_named(std::string_view name)
{
    const auto* found = std::ranges::find(functions, name, &NamedFunction::name);
    return found == std::end(functions) ? nullptr : found->function;
}

std::vector<std::string_view> function_names()
{
    std::vector<std::string_view> out;
    for (const auto& f : functions) out.push_back(f.name);
    return out;
}

} // namespace sluse
