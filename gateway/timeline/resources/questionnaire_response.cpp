// gateway/timeline/resources/questionnaire_response.cpp — answers, kept whole: an amended response replaces all of the older one.
#include "gateway/timeline/resources/resource.hpp"

#include <algorithm>

namespace sluse::resources {
namespace {

constexpr Row rows[] = {
    {"questionnaire", Attr::code,        take_text       },
    {"status",        Attr::status,      take_text       },
    {"authored",      Attr::start_ms,    take_instant    },
    {"encounter",     Attr::contact_key, take_contact_key},
    {"basedOn",       Attr::based_on,    take_key        },
};
constexpr int depth_max = 8;

std::string_view answer_of(const Value& answer)
{
    for (const auto path : {"valueCoding.code", "valueInteger", "valueDecimal", "valueQuantity.value", "valueBoolean", "valueString", "valueCoding.display"})
        if (const auto* value = find(answer, path)) {
            if (value->IsBool()) return value->GetBool() ? "true" : "false";
            if (const auto said = text(*value); !said.empty()) return said;
        }
    return {};
}

void gather(const Value& from, int depth, std::vector<std::string>& lines)
{
    const auto* items = find(from, "item");
    if (!items || !items->IsArray() || depth > depth_max) return;
    for (const auto& item : items->GetArray()) {
        const auto id = text_at(item, "linkId");
        const auto* answers = find(item, "answer");
        if (answers && answers->IsArray())
            for (const auto& answer : answers->GetArray()) {
                auto said = std::string(answer_of(answer));
                std::ranges::replace(said, '\n', ' ');
                if (!id.empty() && !said.empty()) lines.push_back(std::string(id) + '=' + said);
                gather(answer, depth + 1, lines);
            }
        gather(item, depth + 1, lines);
    }
}

void say_answers(const Parsed& p, const ExtractWork& s, std::vector<Said>& out)
{
    const auto* person = s.subject(p.document);
    if (!person) return;
    Fact fact{FactKind::answers, s.business_key(p.document, p.span->id), {}};
    say_rows(p, s, fact);
    std::vector<std::string> lines;
    gather(p.document, 0, lines);
    std::string whole;
    for (const auto& line : lines) (whole += whole.empty() ? "" : "\n") += line;
    if (!whole.empty()) say(fact, Attr::answers, std::move(whole), s.version);
    if (!fact.attributes.empty()) out.push_back({*person, std::move(fact)});
}

} // namespace

const Rule questionnaire_response{"QuestionnaireResponse", FactKind::answers, rows, say_answers};

} // namespace sluse::resources
