// adapters/fhir/json_write.cpp — one pass over the table into memory that was measured before, so that nothing is checked on the way.
#include "adapters/fhir/json_write.hpp"

#include "gateway/base/copy.hpp"

#include <algorithm>
#include <array>

namespace sluse::fhir {

void Changes::clear()
{
    all_.clear();
    texts_.clear();
}

void Changes::replace(std::uint32_t node, std::string_view text, std::string_view then)
{
    const auto from = texts_.size();
    append_json_string(text, texts_);
    texts_ += then;
    all_.push_back({node, Kind::value, {}, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(texts_.size() - from)});
}

void Changes::sort()
{
    const auto before = [](const One& a, const One& b) { return a.node != b.node ? a.node < b.node : a.kind < b.kind; };
    if (!std::ranges::is_sorted(all_, before)) std::ranges::stable_sort(all_, before);
}

class JsonWriter {
public:
    JsonWriter(const Json& json, const Changes& changes) : json_(json), change_(changes.all_.begin()), end_(changes.all_.end()), texts_(changes.texts_) {}

    /// The nodes from `from` to before `to`, which are neighbours; `alone`: one value, without its name and a comma before it.
    void append(std::uint32_t from, std::uint32_t to, bool alone, std::string& out)
    {
        const auto was = out.size();
        out.resize(was + most(from, to));
        at_ = out.data() + was;
        first_ = nameless_ = alone;
        for (auto node = from; node < to;) node = value(node);
        close(to);
        out.resize(static_cast<std::size_t>(at_ - out.data()));
    }

private:
    struct Open {
        std::uint32_t end;
        char closer;
    };

    std::size_t most(std::uint32_t from, std::uint32_t to) const
    {
        constexpr std::size_t marks = 8; // a comma, quotes and a colon; brackets
        std::size_t sum = texts_.size();
        for (auto node = from; node < to; ++node) sum += json_[node].name.size() + (is_open(json_[node]) ? 0 : json_[node].text.size()) + marks;
        for (auto change = change_; change != end_; ++change) sum += change->name.size();
        return sum;
    }

    static bool is_open(const JsonNode& one) { return one.kind == JsonKind::object || one.kind == JsonKind::array; }

    void put(char c) { *at_++ = c; }
    void put(std::string_view text)
    {
        copy_short(at_, text.data(), text.size());
        at_ += text.size();
    }

    /// Ends what ends before `node`.
    void close(std::uint32_t node)
    {
        while (depth_ > 0 && open_[depth_ - 1].end <= node) {
            put(open_[--depth_].closer);
            first_ = false;
        }
    }

    /// Writes what of it stands before its first child; returns the next node to write.
    std::uint32_t value(std::uint32_t node)
    {
        close(node);
        const auto& one = json_[node];
        while (change_ != end_ && change_->node < node) ++change_;
        const bool changed = change_ != end_ && change_->node == node;
        if (changed && change_->kind == Changes::Kind::gone) return one.next;
        if (!first_) put(',');
        first_ = false;
        if (one.name.data() && !nameless_) {
            put('"');
            put(changed && change_->kind == Changes::Kind::name ? change_->name : one.name);
            put('"');
            put(':');
        }
        nameless_ = false;
        if (changed && change_->kind == Changes::Kind::value) {
            put(texts_.substr(change_->from, change_->length));
            return one.next;
        }
        if (is_open(one)) return open(node);
        const bool quoted = one.kind == JsonKind::string;
        if (quoted) put('"');
        put(one.text);
        if (quoted) put('"');
        return one.next;
    }

    std::uint32_t open(std::uint32_t node)
    {
        const bool object = json_[node].kind == JsonKind::object;
        put(object ? '{' : '[');
        open_[depth_++] = {json_[node].next, object ? '}' : ']'};
        first_ = true;
        return node + 1;
    }

    const Json& json_;
    std::vector<Changes::One>::const_iterator change_, end_;
    std::string_view texts_;
    char* at_{};
    bool first_{}, nameless_{};
    std::size_t depth_{};
    std::array<Open, JsonLimits::depth_max + 1> open_;
};

void append_json(const Json& json, std::uint32_t node, std::string& out)
{
    static const Changes none;
    JsonWriter(json, none).append(node, json[node].next, true, out);
}

void append_members(const Json& json, std::uint32_t object, const Changes& changes, std::string& out)
{
    JsonWriter(json, changes).append(object + 1, json[object].next, false, out);
}

} // namespace sluse::fhir
