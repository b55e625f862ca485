// adapters/xml/source.hpp — an XML tree as the segments and named fields that maps read (gateway/normalise/shape.hpp says which).
#pragma once

#include "adapters/xml/document.hpp"
#include "gateway/normalise/shape.hpp"
#include "gateway/normalise/source.hpp"

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluse::xml {

/// Stands between the values of a field whose element repeats; XML text cannot hold it.
constexpr char repetition_mark = '\x1e';

/// All text below an element: <Break/> and the ends of paragraphs and rows as line ends, <Space/> as a blank. `collapse`: runs of
/// blanks as one, as a browser shows a narrative.
void append_text(Element element, std::string& out, bool collapse = false);

/// Text of a Date and Time pair (or of an XML date or dateTime) as HL7 v2 writes times: "202603011115"; "" when it is none.
std::string time_text(Element element);

/// Reused from message to message. What it shows views the document and itself.
class Source {
public:
    struct Limits {
        static constexpr std::size_t segments_max = 50'000, values_max = 1'000'000;
    };
    /// Reads the trees below `roots`, themselves included, in order; false when they hold more than the limits allow.
    bool read(const SourceShape& shape, std::span<const Element> roots);
    /// Without type, event and sender.
    SourceMessage message() const;
    /// Elements and attributes with content that are no field, as "Patient/Nickname": what no map can have read. Each once.
    const std::vector<std::string>& unknown() const { return unknown_; }
    std::size_t size() const { return segments_.size(); }
    /// The fields that a segment has.
    const SourceShape::Fields& fields(std::size_t segment) const { return *at_.data()[segment].fields; }
    /// Fills a field that no element holds. `lasting` must outlive what is shown of the message.
    void put(std::size_t segment, unsigned field, std::string_view lasting) { values_.data()[at_.data()[segment].first + field - 1] = lasting; }

private:
    struct At {
        std::uint16_t segment{}; ///< of the shape
        Element element;
        std::size_t first{};     ///< of its values
        std::int32_t parent{-1}; ///< the segment it stands in
        const SourceShape::Fields* fields{};
        bool repeats{}; ///< one of its fields does
    };
    /// `after`: see SourceShape::Fields::child().
    void element(Element element, std::size_t open, const SourceShape::Step* step, std::size_t& after);
    void children(Element element, std::size_t open, const SourceShape::Step* step);
    void attributes(Element element, std::size_t open, const SourceShape::Step* step);
    void each_attribute(Element element, std::size_t open, const SourceShape::Step* step);
    bool opens(Element element, std::uint16_t& segment) const;
    std::size_t begin_segment(Element element, std::uint16_t segment, std::size_t open);
    /// True when the element was read whole, false when its parts are fields.
    bool value(std::size_t open, const SourceShape::Step& step, Element element);
    std::string_view converted(std::string_view text, FieldKind kind);
    void set(std::size_t open, unsigned field, std::string_view text);
    void look_up(std::size_t from, const SourceShape::Lookup& wanted);
    void miss(std::size_t open, Element element, std::string_view attribute);
    std::string_view keep(std::string text);
    static void place(const void* self, std::size_t segment, unsigned field, std::string& out);
    static std::string_view field_name(const void* self, std::size_t segment, unsigned field);

    const SourceShape* shape_{};
    std::vector<At> at_;
    std::vector<std::string_view> values_;
    std::vector<SourceSegment> segments_;
    std::vector<std::int32_t> parents_;
    std::vector<std::uint8_t> repeats_;
    std::vector<std::string> unknown_;
    std::deque<std::string> own_; ///< text that stands nowhere as it is; a deque, so that views stay
    std::unordered_map<std::size_t, std::string*> joined_; ///< values of fields that repeat, by place in values_; in own_
    bool full_{};
};

} // namespace sluse::xml
