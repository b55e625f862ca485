// tests/track/chance.hpp — random patients: corrections, cancellations, equal times, open stays, moves, deaths, and what a rule speaks of.
#pragma once

#include "gateway/model/fact.hpp"
#include "tests/track/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace sluse {

/// Random sayings about a person: corrections, cancellations, equal times, open stays, moves, deaths, refuted diagnoses.
class Chance {
public:
    /// With a rule, the patients are made of what it speaks of.
    explicit Chance(unsigned seed, const Definition* rule = nullptr) : random_(seed)
    {
        if (rule) words_.emplace(*rule), id_ = rule->id;
    }

    std::vector<Fact> sayings(const std::string& name)
    {
        std::vector<Fact> out;
        visits_ = 1 + upto(6);
        starts_.clear();
        if (one_in(8) == false) out.push_back(say(FactKind::person, "person", {{Attr::birth_day, std::int64_t{birth()}}, {Attr::sex, std::string(upto(2) ? "male" : "female")}}));
        if (one_in(6)) out.push_back(say(FactKind::person, "person", {{Attr::death_ms, time()}}));
        for (int i = upto(3); i > 0; --i) out.push_back(residence());
        for (int i = 1 + upto(14); i > 0; --i) out.push_back(contact(name));
        for (int i = upto(8); i > 0; --i) out.push_back(diagnosis(name));
        for (int i = upto(8); i > 0; --i) out.push_back(result(name));
        if (words_) acts(name, out);
        return out;
    }
    template <class List> void shuffle(List& list) { std::ranges::shuffle(list, random_); }
    int upto(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
    bool one_in(int n) { return upto(n) == 0; }
    Version version() { return {1000 + upto(4), upto(2), ++position_}; }

private:
    using Said = std::vector<std::pair<Attr, FactValue>>;

    /// Around the spring and autumn nights, in half hours, so that borders of 4 h, 12 h and 30 days are met.
    Millis time()
    {
        // Often a window's border after the last time told.
        if (words_ && !starts_.empty() && one_in(2)) return last_ = starts_[static_cast<std::size_t>(upto(static_cast<int>(starts_.size())))] + upto(96) * 30 * minute_ms;
        if (last_ != 0 && words_ && !words_->spans.empty() && one_in(3)) {
            last_ += words_->spans[static_cast<std::size_t>(upto(static_cast<int>(words_->spans.size())))] + (upto(5) - 2) * 30 * minute_ms;
            if (last_ > 1'700'000'000'000 && last_ < 1'900'000'000'000) return last_;
        }
        if (last_ != 0 && one_in(3)) return last_ += std::array<Millis, 5>{4 * hour_ms, 12 * hour_ms, 30 * 24 * hour_ms, 30 * 24 * hour_ms, 31 * 24 * hour_ms}[static_cast<std::size_t>(upto(5))] + (upto(5) - 2) * 30 * minute_ms;
        const auto base = Zone::copenhagen().to_instant(day_of({2026, one_in(2) ? 3 : 10, 1}), 0).value();
        return last_ = base + upto(48 * 45) * 30 * minute_ms;
    }
    Fact say(FactKind kind, const std::string& key, const Said& said)
    {
        Fact fact;
        fact.kind = kind;
        fact.key = key;
        const auto v = version();
        for (const auto& [attr, value] : said) fact.attributes.push_back({attr, value, v});
        std::ranges::sort(fact.attributes, {}, &Attribute::attr);
        return fact;
    }
    std::string pick(std::initializer_list<const char*> list) { return *(list.begin() + upto(static_cast<int>(list.size()))); }
    Day birth()
    {
        int year = one_in(4) ? 2005 + upto(20) : 1925 + upto(75);
        if (words_ && !words_->ages.empty() && !one_in(4)) year = 2026 - static_cast<int>(words_->ages.front()) - upto(20);
        return one_in(10) ? day_of({year - year % 4, 2, 29}) : day_of({year, 1 + upto(12), 1 + upto(28)});
    }
    const Vocabulary::Words* words(Series series)
    {
        if (!words_) return nullptr;
        const auto found = words_->series.find(series);
        return found == words_->series.end() ? nullptr : &found->second;
    }
    /// Mostly a word of the rule, now and then another.
    std::string of(const std::vector<std::string>* list, std::initializer_list<const char*> other)
    {
        if (!list || list->empty() || one_in(8)) return pick(other);
        return (*list)[static_cast<std::size_t>(upto(static_cast<int>(list->size())))];
    }
    /// Acts of every kind that the rule uses, with requests, visits and replacements that lead from one to another.
    void acts(const std::string& name, std::vector<Fact>& out)
    {
        for (const auto& [series, of_series] : words_->series) {
            if (!is_act(series)) continue;
            for (int i = 1 + upto(9); i > 0; --i) out.push_back(act(name, series, of_series));
        }
        if (words_->series.contains(Series::figures))
            for (int i = upto(4); i > 0; --i) out.push_back(figure());
    }
    std::string request(const std::string& name) { return name + "A" + std::to_string(static_cast<int>(Series::referrals)) + std::to_string(upto(3)); }
    Fact act(const std::string& name, Series series, const Vocabulary::Words& w)
    {
        const auto key = name + "A" + std::to_string(static_cast<int>(series)) + std::to_string(upto(8));
        const auto kind = static_cast<FactKind>(static_cast<int>(FactKind::procedure) + static_cast<int>(series) - static_cast<int>(Series::procedures));
        // Of a questionnaire the code is what its answers have as category.
        const auto& codes = kind == FactKind::answers ? w.categories : w.codes;
        Said said{{Attr::code, of(&codes, {"K", "ZZ", "", "A02BC01", "C03AA01", "C07AB02", "N02BE01", "B01AC06"})}, {Attr::category, of(&w.categories, {"", "other"})}, {Attr::unit, pick({"U1", "U2", ""})},
                  {Attr::status, one_in(6) ? pick({"entered-in-error", "not-done", "revoked"}) : of(&w.statuses, {"completed", "active", ""})}};
        if (!one_in(12)) said.push_back({Attr::start_ms, time()});
        if (one_in(2)) said.push_back({Attr::end_ms, one_in(5) ? FactValue{} : FactValue{time()}});
        if (one_in(2)) said.push_back({Attr::contact_key, name + "V" + std::to_string(upto(visits_))});
        if (!one_in(3)) said.push_back({Attr::based_on, request(name)});
        if (one_in(4)) said.push_back({Attr::replaces, name + "A" + std::to_string(static_cast<int>(series)) + std::to_string(upto(4))});
        if (one_in(2) && !w.texts.empty()) said.push_back({Attr::value_text, of(&w.texts, {"x"})});
        if (one_in(2)) said.push_back({Attr::value_scaled, value(w)});
        if (kind == FactKind::answers) said.push_back({Attr::answers, of(&w.codes, {"q"}) + "=" + pick({"1", "4", "4.5", "5", "-2", "ja", "9"}) + "\n" + of(&w.codes, {"r"}) + "=" + pick({"2", "3"})});
        return say(kind, key, said);
    }
    std::int64_t value(const Vocabulary::Words& w)
    {
        if (w.values.empty() || one_in(5)) return std::int64_t{upto(100)} * 500'000;
        return w.values[static_cast<std::size_t>(upto(static_cast<int>(w.values.size())))] + (upto(3) - 1);
    }
    Fact figure()
    {
        const auto from = day_of({2020 + upto(5), 1, 1});
        Said where{{Attr::region, pick({"", "", "DK-82"})}, {Attr::municipality, pick({"", "", "0751", "0253"})}, {Attr::sex, pick({"", "", "female"})}, {Attr::category, pick({"", "", "SST"})}};
        if (one_in(2)) where.push_back({Attr::denominator, std::int64_t{1 + upto(900)}});
        Said said{{Attr::indicator, one_in(5) ? std::string("other") : id_}, {Attr::valid_from_day, std::int64_t{from}}, {Attr::until_day, std::int64_t{from + 365}},
                   {Attr::status, pick({"final", "final", "entered-in-error"})}, one_in(2) ? std::pair(Attr::value_scaled, FactValue{std::int64_t{upto(100)} * 100'000}) : std::pair(Attr::numerator, FactValue{std::int64_t{upto(50)}})};
        said.insert(said.end(), where.begin(), where.end());
        return say(FactKind::figure, "f" + std::to_string(upto(6)), said);
    }
    Fact residence()
    {
        const auto from = day_of({2026, 3 + upto(2), 1 + upto(28)});
        return say(FactKind::residence, std::to_string(from), {{Attr::municipality, pick({"0751", "0740", "0461", "9999"})}, {Attr::valid_from_day, std::int64_t{from}}});
    }
    Fact contact(const std::string& name)
    {
        const auto key = name + "V" + std::to_string(upto(visits_));
        if (one_in(9)) return say(FactKind::contact, key, {{Attr::cancelled, std::int64_t{upto(2)}}});
        if (one_in(9)) return say(FactKind::contact, key, {{Attr::end_ms, std::monostate{}}});
        const auto start = time();
        Said said{{Attr::encounter_class, of(words(Series::contacts) ? &words(Series::contacts)->classes : nullptr, {"IMP", "EMER", "AMB", "VR", ""})}, {Attr::priority, pick({"A", "A", "EL", ""})},
                  {Attr::unit, pick({"U1", "U2", "U3"})}, {Attr::specialty, of(words(Series::contacts) ? &words(Series::contacts)->specialties : nullptr, {"somatic", "somatic", "psychiatric", ""})}};
        if (words_ && one_in(2)) said.push_back({Attr::based_on, request(name)});
        if (!one_in(6)) said.push_back({Attr::start_ms, start}), starts_.push_back(start);
        if (!one_in(7)) said.push_back({Attr::end_ms, last_ = start + (upto(60) - 2) * 30 * minute_ms});
        return say(FactKind::contact, key, said);
    }
    Fact diagnosis(const std::string& name)
    {
        Said said{{Attr::code, of(words(Series::diagnoses) ? &words(Series::diagnoses)->codes : nullptr, {"DE869", "DN303", "DN309", "DJ440", "DJ189", "DK359", "de86 "})}, {Attr::contact_key, name + "V" + std::to_string(upto(visits_))}, {Attr::rank, std::int64_t{1 + upto(2)}}};
        if (one_in(4)) said.push_back({Attr::status, pick({"refuted", "confirmed", "entered-in-error"})});
        if (one_in(3)) said.push_back({Attr::start_ms, time()});
        return say(FactKind::diagnosis, name + "D" + std::to_string(upto(5)), said);
    }
    Fact result(const std::string& name)
    {
        const auto* w = words(Series::results);
        Said said{{Attr::code, of(w ? &w->codes : nullptr, {"94500-6", "NPU59142", "92142-9", "NPU03568"})}, {Attr::status, pick({"final", "amended", "preliminary", "cancelled"})}};
        if (w && one_in(3)) said.push_back({Attr::contact_key, name + "V" + std::to_string(upto(visits_))});
        if (one_in(4) || (w && !w->values.empty() && one_in(2))) said.push_back({Attr::value_scaled, w ? value(*w) : std::int64_t{upto(3)} * 500'000});
        else said.push_back({Attr::value_text, of(w ? &w->texts : nullptr, {"260373001", " Ikke påvist", "POS", "neg", "inkonklusiv", "?"})});
        if (!one_in(5)) said.push_back({Attr::sample_ms, time()});
        if (!one_in(3)) said.push_back({Attr::answer_ms, time()});
        return say(FactKind::result, name + "R" + std::to_string(upto(5)), said);
    }

    std::mt19937 random_;
    std::optional<Vocabulary> words_;
    std::string id_;
    std::vector<Millis> starts_; ///< of contacts told so far: much happens near them
    Millis last_{};
    int visits_{1};
    std::uint64_t position_{};
};

} // namespace sluse
