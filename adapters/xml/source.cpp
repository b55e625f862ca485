// adapters/xml/source.cpp — one walk over the tree: elements that open segments, fields by their way below them, and what is neither.
#include "adapters/xml/source.hpp"

#include "gateway/base/ascii.hpp"
#include "gateway/base/scan.hpp"

#include <algorithm>
#include <iterator>

namespace sluse::xml {
namespace {

bool ends_line(std::string_view name)
{
    static constexpr std::string_view names[] = {"Paragraph", "TextLine", "paragraph", "item", "tr", "caption", "title"};
    return std::ranges::find(names, name) != std::end(names);
}

// "2026-03-01" and "11:15[:30[.5]]" without what divides them; a zone stays. Empty: not of that form.
std::string compact(std::string_view text)
{
    std::string out(text.size(), '\0');
    auto* to = out.data();
    for (const auto *at = text.data(), *const end = at + text.size(); at != end; ++at) {
        const char c = *at;
        if (to - out.data() > 8 && (c == '+' || c == '-' || c == 'Z')) { // behind the date: a zone
            to = std::copy_if(at, end, to, [](char z) { return z != ':'; });
            break;
        }
        if (c == '-' || c == ':' || c == 'T' || c == ' ') continue;
        if (!is_digit(c) && c != '.') return {};
        *to++ = c;
    }
    out.resize(static_cast<std::size_t>(to - out.data()));
    return out;
}

std::string uuid_text(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const bool hex = std::ranges::all_of(out, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; });
    if (!hex) return std::string(text);
    if (out.size() == 32 && out.find('-') == out.npos)
        for (const std::size_t at : {8, 13, 18, 23}) out.insert(at, "-");
    return out;
}

// Text without elements in it, as it stands; false when it must be put together.
bool plain_text(Element element, std::string_view& out)
{
    if (element.is_leaf()) {
        out = trimmed(element.leading_text());
        return true;
    }
    unsigned parts = 0;
    bool inner = false;
    element.each_part([&](std::string_view text) { out = text, ++parts; }, [&](Element) { inner = true; });
    out = parts ? trimmed(out) : std::string_view{};
    return !inner && parts <= 1;
}

} // namespace

void append_text(Element element, std::string& out, bool collapse)
{
    const auto add = [&](std::string_view text) {
        for (const char c : text) {
            const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
            if (!blank) out += c;
            else if (!out.empty() && out.back() != ' ' && out.back() != '\n') out += ' ';
        }
    };
    element.each_part([&](std::string_view text) { collapse ? add(text) : void(out += text); },
                      [&](Element inner) {
                          const auto name = inner.name();
                          if (name == "Break" || name == "br") out += '\n';
                          else if (name == "Space") out += ' ';
                          else append_text(inner, out, collapse);
                          if (ends_line(name) && !out.ends_with('\n')) out += '\n';
                      });
}

std::string time_text(Element element)
{
    const auto date = element.child("Date");
    if (!date) return compact(element.text());
    auto time = element.child("Time");
    if (!time) time = element.child("TimeWithSec");
    auto out = compact(date.text());
    if (out.size() == 8 && all_digits(out)) out += compact(time.text());
    return out;
}

bool Source::read(const SourceShape& shape, std::span<const Element> roots)
{
    shape_ = &shape;
    at_.clear();
    values_.clear();
    unknown_.clear();
    own_.clear();
    if (!joined_.empty()) joined_.clear();
    full_ = false;
    std::size_t after = 0;
    for (const auto root : roots) element(root, static_cast<std::size_t>(-1), nullptr, after);
    for (std::size_t i = 0; i < at_.size(); ++i)
        for (const auto& wanted : fields(i).lookups) look_up(i, wanted);
    segments_.clear();
    parents_.clear();
    repeats_.clear();
    for (const auto& at : at_) {
        parents_.push_back(at.parent);
        repeats_.push_back(at.repeats);
        segments_.push_back({shape.segments[at.segment].name, {values_.data() + at.first, at.fields->fields.size()}});
    }
    return !full_;
}

SourceMessage Source::message() const
{
    SourceMessage out;
    out.segments = segments_;
    out.parents = parents_;
    out.repetition = repetition_mark;
    out.component = out.subcomponent = out.escape = '\0';
    out.self = this;
    out.repeats = repeats_;
    out.place = place;
    out.field_name = field_name;
    return out;
}

bool Source::opens(Element element, std::uint16_t& segment) const
{
    const auto* const openers = shape_->openers_of(element.name());
    if (!openers) return false;
    for (const auto& opener : *openers) {
        auto above = element.parent();
        const bool there = std::ranges::all_of(opener.above, [&](const std::string& name) {
            const bool same = above && above.name() == name;
            above = above.parent();
            return same;
        });
        if (!there) continue;
        segment = opener.segment;
        return true;
    }
    return false;
}

std::size_t Source::begin_segment(Element element, std::uint16_t segment, std::size_t open)
{
    const auto& fields = shape_->field_sets[shape_->segments[segment].fields];
    at_.push_back({segment, element, values_.size(), open < at_.size() ? static_cast<std::int32_t>(open) : -1, &fields});
    values_.resize(values_.size() + fields.fields.size());
    if (at_.size() > Limits::segments_max || values_.size() > Limits::values_max) full_ = true;
    return at_.size() - 1;
}

// A field of the segment we are in comes before a segment that the element would open elsewhere.
void Source::element(Element element, std::size_t open, const SourceShape::Step* step, std::size_t& after)
{
    if (full_) return;
    const auto* next = step ? fields(open).child(*step, element.name(), after) : nullptr;
    std::uint16_t segment = 0;
    if (!next && opens(element, segment)) {
        const auto begun = begin_segment(element, segment, open);
        const auto& root = fields(begun).steps.front();
        if (!root.field || !value(begun, root, element)) children(element, begun, &root);
        else attributes(element, begun, &root);
        return;
    }
    if (next && next->field) {
        if (!value(open, *next, element)) children(element, open, next);
        else attributes(element, open, next);
        return;
    }
    if (element.child()) return children(element, open, next);
    attributes(element, open, next);
    if (!element.text().empty()) miss(open, element, {});
}

void Source::children(Element element, std::size_t open, const SourceShape::Step* step)
{
    attributes(element, open, step);
    const bool timed = step && step->field && step->kind == FieldKind::time;
    std::size_t after = 0;
    for (const auto child : element) {
        if (timed && (child.name() == "Date" || child.name() == "Time" || child.name() == "TimeWithSec")) continue;
        this->element(child, open, step, after);
    }
}

inline void Source::attributes(Element element, std::size_t open, const SourceShape::Step* step)
{
    if (element.has_attributes()) each_attribute(element, open, step);
}

void Source::each_attribute(Element element, std::size_t open, const SourceShape::Step* step)
{
    element.each_attribute([&](std::string_view name, std::string_view text) {
        if (text.empty() || shape_->is_filler(text)) return;
        const SourceShape::Step* field = nullptr;
        if (step)
            for (const auto at : step->children) {
                const auto& child = fields(open).steps[at];
                if (child.name.starts_with('@') && std::string_view(child.name).substr(1) == name) field = &child;
            }
        const bool of_xml_schema = name == "schemaLocation" || name == "noNamespaceSchemaLocation" || name == "type";
        if (field && field->field) set(open, field->field, text);
        else if (!of_xml_schema) miss(open, element, name);
    });
}

bool Source::value(std::size_t open, const SourceShape::Step& step, Element element)
{
    std::string_view text;
    bool whole = true;
    if (step.kind == FieldKind::time) {
        text = keep(time_text(element));
        whole = step.children.empty();
    } else if (!plain_text(element, text)) {
        const bool parts = std::ranges::any_of(element, [&](Element child) {
            std::uint16_t segment = 0;
            return fields(open).child(step, child.name()) != nullptr || opens(child, segment);
        });
        if (parts) return false;
        std::string all;
        append_text(element, all, step.kind == FieldKind::narrative);
        text = trimmed(keep(std::move(all)));
    }
    if (text.empty() || shape_->is_filler(text)) return whole;
    set(open, step.field, step.kind <= FieldKind::time ? text : converted(text, step.kind));
    return whole;
}

std::string_view Source::converted(std::string_view text, FieldKind kind)
{
    switch (kind) {
    case FieldKind::flag: return text == "true" || text == "1" ? "Y" : text == "false" || text == "0" ? "N" : text;
    case FieldKind::uuid: return keep(uuid_text(text));
    case FieldKind::decimal: {
        const auto comma = text.find(',');
        if (comma == text.npos) return text;
        std::string point(text);
        point[comma] = '.';
        return keep(std::move(point));
    }
    case FieldKind::data: {
        if (text.find_first_of(" \t\r\n") == text.npos) return text;
        std::string data;
        data.reserve(text.size());
        std::ranges::copy_if(text, std::back_inserter(data), [](char c) { return static_cast<unsigned char>(c) > ' '; });
        return keep(std::move(data));
    }
    case FieldKind::text:
    case FieldKind::narrative:
    case FieldKind::time: break;
    }
    return text;
}

void Source::set(std::size_t open, unsigned field, std::string_view text)
{
    const auto index = at_.data()[open].first + field - 1;
    auto& value = values_.data()[index];
    if (value.empty()) {
        value = text;
        return;
    }
    at_[open].repeats = true;
    auto& joined = joined_[index]; // a field may repeat many times, in turns with others: copied once
    if (!joined) joined = &own_.emplace_back(value);
    *joined += repetition_mark;
    *joined += text;
    value = *joined;
}

// Walks back to the nearest block of such segments: those in an element that stands around this one.
void Source::look_up(std::size_t from, const SourceShape::Lookup& wanted)
{
    const auto key = values_[at_[from].first + wanted.key - 1];
    if (key.empty()) return;
    auto& value = values_[at_[from].first + wanted.field - 1];
    const auto take = [&](std::size_t i) {
        value = values_[at_[i].first + wanted.source - 1];
        at_[from].repeats = at_[from].repeats || at_[i].repeats;
    };
    std::size_t block_end = from, count = 0;
    Element block;
    for (std::size_t i = from; i-- > 0 && from - i < 1000;) {
        if (at_[i].segment != wanted.segment) continue;
        const auto parent = at_[i].element.parent();
        if (!block) {
            auto around = at_[from].element.parent();
            while (around && around != parent) around = around.parent();
            if (!around) return;
            block = parent;
        }
        if (parent != block) break;
        block_end = i;
        ++count;
        if (wanted.number && values_[at_[i].first + wanted.number - 1] == key) return take(i);
    }
    std::size_t place = 0;
    for (const char c : key) place = c >= '0' && c <= '9' && place < 1000 ? place * 10 + static_cast<std::size_t>(c - '0') : 0;
    value = {};
    for (std::size_t i = block_end; place > 0 && place <= count && i < from; ++i)
        if (at_[i].segment == wanted.segment && at_[i].element.parent() == block && --place == 0) take(i);
}

void Source::miss(std::size_t open, Element element, std::string_view attribute)
{
    if (unknown_.size() >= 1000) return;
    std::string path(element.name());
    if (!attribute.empty()) (path += "/@") += attribute;
    const auto top = open < at_.size() ? at_[open].element : Element();
    for (auto above = element.parent(); above && above != top && path.size() < 500; above = above.parent()) path = std::string(above.name()) + '/' + path;
    if (top) path = shape_->segments[at_[open].segment].name + '/' + path;
    if (std::ranges::find(unknown_, path) == unknown_.end()) unknown_.push_back(std::move(path));
}

std::string_view Source::keep(std::string text)
{
    return own_.emplace_back(std::move(text));
}

void Source::place(const void* self, std::size_t segment, unsigned field, std::string& out)
{
    const auto& source = *static_cast<const Source*>(self);
    out = source.at_[segment].element.path();
    if (!field) return;
    const auto& path = source.fields(segment).fields[field - 1].path;
    if (!path.empty()) (out += '/') += path;
}

std::string_view Source::field_name(const void* self, std::size_t segment, unsigned field)
{
    return static_cast<const Source*>(self)->fields(segment).fields[field - 1].name;
}

} // namespace sluse::xml
