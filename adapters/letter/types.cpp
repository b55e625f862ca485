// adapters/letter/types.cpp — the tables: versions as in MedCom's OIOXML schemas of 2005 to 2019, required elements, code lists.
#include "adapters/letter/types.hpp"

#include "gateway/normalise/code_tables.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>

namespace sluse::letter {
namespace {

constexpr Type types[] = {
    {"D0133L",     "DIS01", "DischargeLetter"               },
    {"D0134L",     "DIS01", "DischargeLetter"               },
    {"D0233L",     "DIS02", "OutPatientDischargeLetter"     },
    {"D0234L",     "DIS02", "OutPatientDischargeLetter"     },
    {"D0333L",     "DIS03", "CasualtyWardLetter"            },
    {"D0334L",     "DIS03", "CasualtyWardLetter"            },
    {"D0533L",     "DIS05", "RadiologyReport"               },
    {"D0534L",     "DIS05", "RadiologyReport"               },
    {"D0633L",     "DIS06", "DoctorsCallCenterLetter"       },
    {"D0733L",     "DIS07", ""                              },
    {"D0833L",     "DIS08", ""                              },
    {"D1033L",     "DIS10", "PsychologistLetter"            },
    {"D1034L",     "DIS10", "PsychologistLetter"            },
    {"D1333L",     "DIS13", "BookingConfirmation"           },
    {"D1430C",     "DIS14", "AnswerOfAdmission"             },
    {"D1431C",     "DIS14", "AnswerOfAdmission"             },
    {"D1630C",     "DIS16", "ReportOfAdmission"             },
    {"D1634C",     "DIS16", "ReportOfAdmission"             },
    {"D1730C",     "DIS17", "NotificationOfDischarge"       },
    {"D1830C",     "DIS18", "ReportOfDischarge"             },
    {"D1834C",     "DIS18", "ReportOfDischarge"             },
    {"D1930C",     "DIS19", "WarningOfDischarge"            },
    {"D1934C",     "DIS19", "WarningOfDischarge"            },
    {"D2030C",     "DIS20", "NotificationOfAdmission"       },
    {"D2134C",     "DIS21", ""                              },
    {"D2230L",     "DIS22", "EmergencyMunicipalityLetter"   },
    {"D3234L",     "DIS32", "BirthNotification"             },
    {"D9034L",     "DIS90", "AdministrativeEmail"           },
    {"D9133L",     "DIS91", "ClinicalEmail"                 },
    {"D9134L",     "DIS91", "ClinicalEmail"                 },
    {"H0130R",     "REF01", "HospitalReferral"              },
    {"H0230R",     "REF02", "XrayRequest"                   },
    {"H0630R",     "REF06", "PrivateSpecialistReferral"     },
    {"H0730R",     "REF07", "PhysiotherapyReferral"         },
    {"H0731R",     "REF07", "PhysiotherapyReferral"         },
    {"H1030R",     "REF10", "PsychologistReferral"          },
    {"H1230R",     "REF12", ""                              },
    {"H1530R",     "REF15", ""                              },
    {"H2230R",     "REF22", ""                              },
    {"R0130K",     "RPT01", "LaboratoryReport"              },
    {"R0131K",     "RPT01", "LaboratoryReport"              },
    {"R0130F",     "RPT01F", "DiabeticFootStatus"           },
    {"R0230M",     "RPT02", "MicrobiologyReport"            },
    {"R0231M",     "RPT02", "MicrobiologyReport"            },
    {"R0330P",     "RPT03", "CervixcytologyReport"          },
    {"R0331P",     "RPT03", "CervixcytologyReport"          },
    {"R0430P",     "RPT04", "HistopathologyReport"          },
    {"R0431P",     "RPT04", "HistopathologyReport"          },
    {"R0432P",     "RPT04", "HistopathologyReport"          },
    {"R0530M",     "RPT05", "MicrobiologyWebReport"         },
    {"R0531M",     "RPT05", "MicrobiologyWebReport"         },
    {"R0532M",     "RPT05", "MicrobiologyWebReport"         },
    {"R0630M",     "RPT06", "MiBaReport"                    },
    {"R0730G",     "RPT07", "GeneticsReport"                },
    {"Q0130K",     "REQ01", "LaboratoryRequest"             },
    {"Q0131K",     "REQ01", "LaboratoryRequest"             },
    {"Q0230M",     "REQ02", "MicrobiologyRequest"           },
    {"Q0330P",     "REQ03", "PathologyRequest"              },
    {"Q0331P",     "REQ03", "PathologyRequest"              },
    {"Q0430M",     "REQ04", "MultiSampleMicrobiologyRequest"},
    {"LMS016",     "PRE01", ""                              },
    {"R6031W",     "PRE60", "PrescriptionRequest"           },
    {"B0130X",     "BIN01", "BinaryLetter"                  },
    {"B0131X",     "BIN01", "BinaryLetter"                  },
    {"C0130Q",     "CTL01", "NegativeVansReceipt"           },
    {"C0230Q",     "CTL02", "NegativeReceipt"               },
    {"C0330Q",     "CTL03", "PositiveReceipt"               },
    {"I0001D",     "I0001", "DiabetesReport"                },
    {"I0002D",     "I0001", "DiabetesReport"                },
    {"LA1211203A", "LA121", "StatusRequest"                 },
    {"LA1251001A", "LA125", "StatusAnswer"                  },
    {"LA1411203A", "LA141", "GeneralHealthRequest"          },
    {"LA1451001A", "LA145", "GeneralHealthAnswer"           },
    {"LA1651001A", "LA165", "SocialMedicalProposal"         },
    {"LA2011001A", "LA201", "WorkingDisabilityRequest"      },
    {"LA2051001A", "LA205", "WorkingDisabilityAnswer"       },
    {"LA2111001A", "LA211", "SocialMedicalFollowUpRequest"  },
    {"LA2151001A", "LA215", "SocialMedicalFollowUpAnswer"   },
    // Price lists and invoices: about no patient's care, stored and acknowledged.
    {"A0132Z", "DAO01", ""},
    {"A0135Z", "DAO01", ""},
    {"A0137Z", "DAO01", ""},
    {"A0138Z", "DAO01", ""},
    {"A0139Z", "DAO01", ""},
    {"A0140Z", "DAO01", ""},
    {"D0132Z", "DAR05", ""},
    {"U0131U", "RUC", ""},
    {"U0231U", "RUC", ""},
    {"U0331U", "RUC", ""},
    {"U0332U", "RUC", ""},
    {"U0432U", "RUC", ""},
    {"U0631U", "RUC", ""},
    {"U0731U", "RUC", ""},
    {"U0831U", "RUC", ""},
    {"U1031U", "RUC", ""},
    {"U1131U", "RUC", ""},
};

// What a letter cannot be understood or filed without. Names and addresses are not among it: real letters lack them.
constexpr Required required_elements[] = {
    {"DIS REF RPT REQ PRE BIN CTL I0 LA", "Letter/Identifier"                                    },
    {"DIS REF RPT REQ PRE BIN I0 LA",     "Letter/Authorisation/Date"                            },
    {"DIS REF RPT REQ PRE BIN CTL I0 LA", "Sender/EANIdentifier"                                 },
    {"DIS REF RPT REQ PRE BIN CTL I0 LA", "Receiver/EANIdentifier"                               },
    {"DIS19 DIS20",                       "Admission/Date"                                       },
    {"DIS17",                             "Discharge/Date"                                       },
    {"DIS14 DIS17 DIS20",                 "Letter/NotificationIdentifier"                        },
    {"DIS32",                             "ChildRelation"                                        },
    {"RPT",                               "RequisitionInformation"                               },
    {"RPT",                               "LaboratoryResults/GeneralResultInformation"           },
    {"RPT01",                             "LaboratoryResults/Result/Analysis/AnalysisCode"       },
    {"RPT02",                             "LaboratoryResults/Result"                             },
    {"RPT05 RPT06",                       "LaboratoryResults/Investigation"                      },
    {"REQ",                               "RequisitionInformation"                               },
    {"REQ",                               "Requests/RequestedAnalysis/Analysis"                  },
    {"PRE",                               "Drug"                                                 },
    {"PRE",                               "PrescriptionInformation"                              },
    {"BIN",                               "BinaryObject/Object_Base64Encoded"                    },
    {"BIN",                               "BinaryObject/ObjectIdentifier"                        },
    {"CTL",                               "OriginalEmessage/OriginalEnvelopeIdentifier"          },
};

constexpr Coded coded_elements[] = {
    {"DIS REF BIN",                                              "Letter/StatusCode",               "nytbrev rettetbrev annulleretbrev",                                                                          false},
    {"DIS20",                                                    "Patient/EpisodeOfCareStatusCode", "indlagt doed",                                                                                               true },
    {"DIS17",                                                    "Patient/EpisodeOfCareStatusCode", "doed udskrevet_til_hjemmet udskrevet_til_andet flyttet_til_sygehusafd uoplyst flyttet_til_sygehus",           true },
    {"DIS01 DIS02 DIS03 DIS05 DIS06 DIS07 DIS08 DIS10 DIS13 DIS19 DIS90 DIS91", "Patient/EpisodeOfCareStatusCode", "inaktiv indlagt ambulant doed ambulant_roentgen",                                             true },
    {"RPT01 RPT02 RPT03 RPT04 RPT07",                            "LaboratoryResults/GeneralResultInformation/ReportStatusCode", "del_svar komplet_svar modtaget",                                                 false},
    {"RPT03 RPT04 RPT05 RPT06 RPT07",                            "LaboratoryResults/GeneralResultInformation/ResultStatusCode", "proeve_modtaget svar_midlertidigt svar_endeligt svar_rettet",                    false},
};

} // namespace

const Type* type_of(std::string_view version)
{
    static const auto by_version = [] {
        std::unordered_map<std::string_view, const Type*, TextHash> out;
        for (const auto& type : types) out.emplace(type.version, &type);
        return out;
    }();
    const auto known = [](std::string_view code) {
        const auto found = by_version.find(code);
        return found == by_version.end() ? nullptr : found->second;
    };
    if (const auto* found = known(version)) return found;
    return version.starts_with('X') ? known(version.substr(1)) : nullptr;
}

bool is_kept_unread(const Type& type)
{
    return applies("DAO DAR RUC", type.type);
}

const Rules& rules_of(const Type& type)
{
    static const auto by_type = [] {
        std::vector<Rules> out;
        for (const auto& one : types) {
            auto& rules = out.emplace_back();
            std::ranges::copy_if(required_elements, std::back_inserter(rules.required), [&](const Required& r) { return applies(r.types, one.type); });
            std::ranges::copy_if(coded_elements, std::back_inserter(rules.coded), [&](const Coded& c) { return applies(c.types, one.type); });
        }
        return out;
    }();
    return by_type[static_cast<std::size_t>(&type - types)];
}

bool applies(std::string_view prefixes, std::string_view type)
{
    while (!prefixes.empty()) {
        const auto end = prefixes.find(' ');
        if (type.starts_with(prefixes.substr(0, end))) return true;
        if (end == prefixes.npos) return false;
        prefixes.remove_prefix(end + 1);
    }
    return false;
}

} // namespace sluse::letter
