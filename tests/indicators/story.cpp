// tests/indicators/story.cpp — reading stories.
#include "tests/indicators/story.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <stdexcept>

namespace sluse {
namespace {

Millis time_of(const std::string& text)
{
    if (const auto instant = parse_instant(text)) return *instant;
    const auto day = parse_day(text.substr(0, 10));
    if (!day) throw std::runtime_error("no time: " + text);
    const Millis of_day = text.size() < 16 ? 0 : std::stoi(text.substr(11, 2)) * hour_ms + std::stoi(text.substr(14, 2)) * minute_ms;
    return Zone::copenhagen().to_instant(*day, of_day).value();
}

enum class As { text, day, time, number };
struct Word {
    const char* word;
    Attr attr;
    As as;
};
constexpr Word person_words[] = {{"born", Attr::birth_day, As::day}, {"sex", Attr::sex, As::text}, {"died", Attr::death_ms, As::time}};
constexpr Word residence_words[] = {{"from", Attr::valid_from_day, As::day}, {"municipality", Attr::municipality, As::text}};
constexpr Word contact_words[] = {{"from", Attr::start_ms, As::time}, {"to", Attr::end_ms, As::time}, {"unit", Attr::unit, As::text},
                                  {"specialty", Attr::specialty, As::text}, {"class", Attr::encounter_class, As::text},
                                  {"priority", Attr::priority, As::text}, {"request", Attr::based_on, As::text}, {"cancelled", Attr::cancelled, As::number}};
constexpr Word diagnosis_words[] = {{"code", Attr::code, As::text}, {"contact", Attr::contact_key, As::text}, {"rank", Attr::rank, As::number},
                                    {"status", Attr::status, As::text}};
constexpr Word result_words[] = {{"code", Attr::code, As::text}, {"status", Attr::status, As::text}, {"says", Attr::value_text, As::text},
                                 {"value", Attr::value_scaled, As::number}, {"sample", Attr::sample_ms, As::time},
                                 {"answer", Attr::answer_ms, As::time}, {"unit", Attr::unit, As::text}};

FactValue value_of(As as, const std::string& text)
{
    if (text == "\"\"" || text.empty()) return std::monostate{};
    switch (as) {
    case As::text: return text;
    case As::day: return std::int64_t{parse_day(text).value()};
    case As::time: return time_of(text);
    case As::number: return std::int64_t{std::stoll(text)};
    }
    return {};
}

template <std::size_t N> Fact fact_of(FactKind kind, const std::string& key, const YAML::Node& said, const Word (&words)[N], Millis step)
{
    Fact fact;
    fact.kind = kind;
    fact.key = key;
    for (const auto& member : said) {
        const auto name = member.first.as<std::string>();
        if (name == "key") continue;
        const auto* word = std::ranges::find(words, name, [](const Word& w) { return std::string(w.word); });
        if (word == std::end(words)) throw std::runtime_error("no such word: " + name);
        fact.attributes.push_back({word->attr, value_of(word->as, member.second.as<std::string>("")), {step, step, static_cast<std::uint64_t>(step)}});
    }
    std::ranges::sort(fact.attributes, {}, &Attribute::attr);
    return fact;
}

constexpr Word act_words[] = {{"code", Attr::code, As::text}, {"category", Attr::category, As::text}, {"status", Attr::status, As::text},
                              {"from", Attr::start_ms, As::time}, {"to", Attr::end_ms, As::time}, {"unit", Attr::unit, As::text},
                              {"contact", Attr::contact_key, As::text}, {"request", Attr::based_on, As::text}, {"replaces", Attr::replaces, As::text},
                              {"says", Attr::value_text, As::text}, {"value", Attr::value_scaled, As::number}, {"answers", Attr::answers, As::text}};
struct List {
    const char* name;
    FactKind kind;
};
constexpr List act_lists[] = {{"procedures", FactKind::procedure}, {"referrals", FactKind::referral}, {"prescriptions", FactKind::prescription}, {"dispensings", FactKind::dispensing},
                              {"administrations", FactKind::administration}, {"answers", FactKind::answers}, {"plans", FactKind::plan}, {"documents", FactKind::document},
                              {"consents", FactKind::consent}, {"flags", FactKind::flag}, {"vaccinations", FactKind::vaccination}, {"pauses", FactKind::pause}, {"enrolments", FactKind::enrolment}};

} // namespace

std::set<std::string> indicators_of(const std::filesystem::path& file)
{
    std::set<std::string> out;
    for (const auto& id : YAML::LoadFile(file.string())["indicators"]) out.insert(id.as<std::string>());
    return out;
}

std::vector<Step> read_story(const std::filesystem::path& file)
{
    std::vector<Step> steps;
    std::map<std::pair<FactKind, std::string>, Fact> known;
    Millis number = 0;
    const auto root = YAML::LoadFile(file.string());
    for (const auto& said : root["steps"]) {
        ++number;
        const auto add = [&](FactKind kind, const char* list, const auto& words) {
            for (const auto& item : said[list]) {
                auto key = item["key"] ? item["key"].template as<std::string>() : item["from"] ? item["from"].template as<std::string>() : list;
                const auto fact = fact_of(kind, key, item, words, number);
                const auto [found, fresh] = known.try_emplace({kind, key}, fact);
                if (!fresh) join(found->second, fact);
            }
        };
        add(FactKind::person, "person", person_words);
        add(FactKind::residence, "residences", residence_words);
        add(FactKind::contact, "contacts", contact_words);
        add(FactKind::diagnosis, "diagnoses", diagnosis_words);
        add(FactKind::result, "results", result_words);
        for (const auto& list : act_lists) add(list.kind, list.name, act_words);
        auto& step = steps.emplace_back();
        step.says = said["says"].as<std::string>();
        for (const auto& [key, fact] : known) step.facts.push_back(fact);
    }
    return steps;
}

} // namespace sluse
