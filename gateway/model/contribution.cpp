// gateway/model/contribution.cpp — indicator events as CloudEvents 1.0 structured JSON (schemas/events/indicator-event.schema.json).
#include "gateway/model/contribution.hpp"

#include "gateway/base/copy.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sluse {
namespace {

constexpr std::string_view event_type = "dk.sluse.indicator.delta.v1";
constexpr std::string_view event_source = "urn:sluse:process";

// Written by hand: a writer that looks at each character and keeps a stack of levels takes several times as long for some 700 bytes of
// mostly constant text.
/// Whether some of eight characters is a quote, a backslash or a control character: each byte's highest bit says so of it.
bool special(const char* eight)
{
    constexpr std::uint64_t each = 0x0101010101010101, high = 0x80 * each;
    std::uint64_t word = 0;
    std::memcpy(&word, eight, sizeof word);
    const auto none_of = [&](std::uint64_t value) { return (value - each) & ~value & high; };
    return (((word - 0x20 * each) & ~word & high) | none_of(word ^ (0x22 * each)) | none_of(word ^ (0x5c * each))) != 0;
}

/// Nothing in it that JSON escapes.
bool unescaped(std::string_view text)
{
    if (text.size() < 4) return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; });
    if (text.size() < 8) { // the first and the last four: some twice
        char eight[8];
        std::memcpy(eight, text.data(), 4);
        std::memcpy(eight + 4, text.data() + text.size() - 4, 4);
        return !special(eight);
    }
    for (std::size_t i = 0; i + 8 < text.size(); i += 8)
        if (special(text.data() + i)) return false;
    return !special(text.data() + text.size() - 8); // may look at some a second time
}

/// Appends where the memory is known to be enough: an event is some forty pieces of a few characters.
class Pen {
public:
    explicit Pen(char* at) : at_(at) {}
    char* at() const { return at_; }
    void raw(std::string_view made)
    {
        copy_short(at_, made.data(), made.size());
        at_ += made.size();
    }
    void one(char c) { *at_++ = c; }
    void digits(std::int64_t said) { at_ = std::to_chars(at_, at_ + digits_max, said).ptr; }
    /// In quotes; `text` has nothing that JSON escapes.
    void quoted(std::string_view text)
    {
        one('"');
        raw(text);
        one('"');
    }
    void value(std::string_view text)
    {
        if (unescaped(text)) return quoted(text);
        rapidjson::StringBuffer escaped;
        rapidjson::Writer<rapidjson::StringBuffer>(escaped).String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
        raw({escaped.GetString(), escaped.GetSize()});
    }

    static constexpr std::size_t digits_max = 24;
    /// A text of so many characters takes at most this, each as \u0000.
    static std::size_t most(std::size_t characters) { return 2 + 6 * characters; }

private:
    char* at_;
};

/// `name` holds what stands before the value: comma, name, colon.
void add(std::string& out, std::string_view name, std::string_view said)
{
    const auto before = out.size();
    out.resize(before + name.size() + Pen::most(said.size()));
    Pen pen(out.data() + before);
    pen.raw(name);
    pen.value(said);
    out.resize(static_cast<std::size_t>(pen.at() - out.data()));
}

/// Dimension names and members, once for writing and reading.
struct DimensionRow {
    const char* name;
    std::string_view before;
    std::string Dimensions::*member;
};
constexpr DimensionRow dimension_rows[] = {
    {"region",       ",\"region\":",       &Dimensions::region      },
    {"municipality", ",\"municipality\":", &Dimensions::municipality},
    {"unit",         ",\"unit\":",         &Dimensions::unit        },
    {"sex",          ",\"sex\":",          &Dimensions::sex         },
    {"ageBand",      ",\"ageBand\":",      &Dimensions::age_band    },
};

void write_dimensions(Pen& pen, const Dimensions& dims)
{
    pen.raw(",\"dimensions\":{");
    std::size_t skip = 1; // the first has no comma
    for (const auto& row : dimension_rows) {
        if ((dims.*row.member).empty()) continue;
        pen.raw(row.before.substr(skip));
        pen.value(dims.*row.member);
        skip = 0;
    }
    pen.one('}');
}

/// More than what is written of the event takes, without the parts that many have in common.
std::size_t most_of(const IndicatorEvent& e)
{
    constexpr std::size_t names_and_numbers = 512;
    auto characters = e.id.size() + e.indicator.size() + e.version.size() + e.unit.size() + e.contribution.episode.size() + e.rule.size();
    for (const auto& row : dimension_rows) characters += (e.contribution.dims.*row.member).size();
    return names_and_numbers + Pen::most(characters);
}

std::string string_of(const rapidjson::Value& object, const char* name)
{
    const auto found = object.FindMember(name);
    if (found == object.MemberEnd() || !found->value.IsString()) return {};
    return {found->value.GetString(), found->value.GetStringLength()};
}

std::optional<std::int64_t> number_of(const rapidjson::Value& object, const char* name)
{
    const auto found = object.FindMember(name);
    if (found == object.MemberEnd() || !found->value.IsInt64()) return {};
    return found->value.GetInt64();
}

const rapidjson::Value* object_of(const rapidjson::Value& object, const char* name)
{
    const auto found = object.FindMember(name);
    return found == object.MemberEnd() || !found->value.IsObject() ? nullptr : &found->value;
}

bool read_contribution(const rapidjson::Value& data, Contribution& c)
{
    const auto numerator = number_of(data, "numerator"), denominator = number_of(data, "denominator");
    const auto counts = parse_day(string_of(data, "counts")), matures = parse_day(string_of(data, "matures"));
    const auto* dims = object_of(data, "dimensions");
    if (!numerator || !denominator || !counts || !matures || !dims) return false;
    c.episode = string_of(data, "episode");
    c.counts_day = *counts;
    c.matures_day = *matures;
    c.numerator = *numerator;
    c.denominator = *denominator;
    const auto value = number_of(data, "value");
    c.has_value = value.has_value();
    c.value = value.value_or(0);
    for (const auto& row : dimension_rows) c.dims.*row.member = string_of(*dims, row.name);
    return true;
}

} // namespace

void EventText::about(const IndicatorEvent& e)
{
    for (auto* part : {&head_, &person_, &cause_}) part->clear();
    add(head_, ",\"source\":", event_source);
    add(head_, ",\"type\":", event_type);
    add(head_, ",\"time\":", rfc3339(e.received_ms));
    head_ += ",\"datacontenttype\":\"application/json\",\"data\":{\"indicator\":";
    add(person_, ",\"person\":", e.person);
    add(person_, ",\"keyId\":", e.key_id);
    person_ += ",\"sequence\":";
    add(cause_, ",\"cause\":{\"message\":", e.cause);
    if (!e.system.empty()) add(cause_, ",\"system\":", e.system);
}

const std::string& EventText::Date::of(Day day)
{
    if (text.empty() || day != of_) text = iso(of_ = day);
    return text;
}

void EventText::append(const IndicatorEvent& e, std::string& out) // patient-free by construction
{
    const auto& c = e.contribution;
    const auto before = out.size();
    out.resize(before + head_.size() + person_.size() + cause_.size() + most_of(e));
    Pen pen(out.data() + before);
    pen.raw("{\"specversion\":\"1.0\",\"id\":");
    pen.value(e.id);
    pen.raw(head_);
    pen.value(e.indicator);
    pen.raw(",\"version\":");
    pen.value(e.version);
    pen.raw(",\"sign\":");
    pen.digits(e.sign);
    pen.raw(",\"numerator\":");
    pen.digits(c.numerator);
    pen.raw(",\"denominator\":");
    pen.digits(c.denominator);
    if (c.has_value) {
        pen.raw(",\"value\":");
        pen.digits(c.value);
        pen.raw(",\"unit\":");
        pen.value(e.unit);
    }
    pen.raw(",\"counts\":");
    pen.quoted(counts_.of(c.counts_day));
    pen.raw(",\"matures\":");
    pen.quoted(matures_.of(c.matures_day));
    write_dimensions(pen, c.dims);
    pen.raw(",\"episode\":");
    pen.value(c.episode);
    pen.raw(person_);
    pen.digits(static_cast<std::int64_t>(e.sequence));
    pen.raw(cause_);
    if (!e.rule.empty()) {
        pen.raw(",\"rule\":");
        pen.value(e.rule);
    }
    pen.raw("}}}");
    out.resize(static_cast<std::size_t>(pen.at() - out.data()));
}

std::string to_cloud_event(const IndicatorEvent& e)
{
    std::string out;
    EventText text;
    text.about(e);
    text.append(e, out);
    return out;
}

std::optional<IndicatorEvent> parse_cloud_event(std::string_view json)
{
    rapidjson::Document d;
    d.Parse(json.data(), json.size());
    if (d.HasParseError() || !d.IsObject() || string_of(d, "type") != event_type) return {};
    const auto* data = object_of(d, "data");
    const auto received = parse_instant(string_of(d, "time"));
    if (!data || !received) return {};

    IndicatorEvent e;
    const auto sign = number_of(*data, "sign"), sequence = number_of(*data, "sequence");
    const auto* cause = object_of(*data, "cause");
    if (!sign || (*sign != 1 && *sign != -1) || !sequence || *sequence < 0 || !cause) return {};
    if (!read_contribution(*data, e.contribution)) return {};
    e.id = string_of(d, "id");
    e.indicator = string_of(*data, "indicator");
    e.version = string_of(*data, "version");
    e.sign = static_cast<int>(*sign);
    e.unit = string_of(*data, "unit");
    e.person = string_of(*data, "person");
    e.key_id = string_of(*data, "keyId");
    e.sequence = static_cast<std::uint64_t>(*sequence);
    e.cause = string_of(*cause, "message");
    e.system = string_of(*cause, "system");
    e.rule = string_of(*cause, "rule");
    e.received_ms = *received;
    if (e.id.empty() || e.indicator.empty() || e.version.empty() || e.person.empty()) return {};
    return e;
}

} // namespace sluse
