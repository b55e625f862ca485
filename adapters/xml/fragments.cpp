// adapters/xml/fragments.cpp — finds elements by their tags, and leaves what they hold to the one reader.
#include "adapters/xml/fragments.hpp"

#include <algorithm>

namespace sluse::xml {
namespace {

constexpr std::size_t fragment_max = 1 << 20, depth_max = 200;

std::string_view name_in(std::string_view tag)
{
    return tag.substr(0, tag.find_first_of(" \t\r\n/>"));
}

std::string_view local(std::string_view name)
{
    const auto colon = name.find(':');
    return colon == name.npos ? name : name.substr(colon + 1);
}

class Walk {
public:
    Walk(std::string_view bytes, std::span<const std::string> names, const std::function<void(Element, std::size_t, std::size_t)>& use) : bytes_(bytes), names_(names), use_(use) {}

    std::optional<FragmentFault> run()
    {
        if (bytes_.starts_with("\xFF\xFE") || bytes_.starts_with("\xFE\xFF")) return fault("is UTF-16; save it as UTF-8");
        if (bytes_.starts_with("\xEF\xBB\xBF")) bytes_.remove_prefix(3);
        while ((at_ = bytes_.find('<', at_)) != bytes_.npos)
            if (!mark()) return fault_;
        at_ = bytes_.size();
        if (open_ || root_.empty()) return fault("ends before its root element does; is the file cut?");
        return {};
    }

private:
    std::optional<FragmentFault> fault(std::string text)
    {
        fault_ = FragmentFault{line(), std::move(text)};
        return fault_;
    }
    bool fail(std::string text) { return fault(std::move(text)), false; }

    /// Of where the walk stands; counted on from the last time.
    std::size_t line()
    {
        const auto here = std::min(at_, bytes_.size());
        line_ += static_cast<std::size_t>(std::count(bytes_.begin() + static_cast<std::ptrdiff_t>(counted_), bytes_.begin() + static_cast<std::ptrdiff_t>(here), '\n'));
        counted_ = here;
        return line_;
    }

    bool mark()
    {
        const auto rest = bytes_.substr(at_);
        if (rest.starts_with("<?xml ")) declaration_ = rest.substr(0, std::min(rest.size(), rest.find("?>") + 2));
        if (rest.starts_with("<?")) return skip("?>");
        if (rest.starts_with("<!--")) return skip("-->");
        if (rest.starts_with("<![CDATA[")) return skip("]]>");
        if (rest.starts_with("<!")) return fail("has a document type; take it out");
        if (rest.starts_with("</")) return close();
        return open();
    }

    bool skip(std::string_view end)
    {
        const auto found = bytes_.find(end, at_ + 2);
        if (found == bytes_.npos) return fail("a part does not end: " + std::string(end) + " is missing");
        at_ = found + end.size();
        return true;
    }

    bool close()
    {
        if (!open_) return fail("an element ends that did not begin");
        --open_;
        return skip(">");
    }

    /// After the tag's '>', which may stand in an attribute's quotes too; npos: it does not end.
    std::size_t end_of_tag() const
    {
        char quote = 0;
        for (auto i = at_ + 1; i < bytes_.size() && i - at_ < fragment_max; ++i) {
            const char c = bytes_[i];
            if (quote) quote = c == quote ? '\0' : quote;
            else if (c == '"' || c == '\'') quote = c;
            else if (c == '>') return i + 1;
        }
        return bytes_.npos;
    }

    bool open()
    {
        const auto end = end_of_tag();
        if (end == bytes_.npos) return fail("a tag does not end");
        const auto tag = bytes_.substr(at_, end - at_), name = name_in(tag.substr(1));
        if (name.empty()) return fail("'<' stands where no tag is");
        if (!open_ && !root_.empty()) return fail("text follows the root element");
        const bool empty = tag.ends_with("/>");
        if (root_.empty()) {
            root_ = std::string(tag.substr(0, tag.size() - (empty ? 2 : 1))) + '>';
            root_end_ = "</" + std::string(name) + '>';
        } else if (!empty && std::ranges::find(names_, local(name)) != names_.end()) {
            return fragment(name);
        }
        at_ = end;
        if (empty) return true;
        return ++open_ <= depth_max || fail("elements nested more than 200 deep");
    }

    bool fragment(std::string_view name)
    {
        const auto ends = "</" + std::string(name);
        auto end = bytes_.find(ends, at_);
        while (end != bytes_.npos && end + ends.size() < bytes_.size() && name_in(bytes_.substr(end + 2)) != name) end = bytes_.find(ends, end + 1);
        end = end == bytes_.npos ? end : bytes_.find('>', end);
        if (end == bytes_.npos || end + 1 - at_ > fragment_max) return fail(std::string(name) + " does not end within 1 MB; is the file cut?");
        text_.assign(declaration_).append(root_).append(bytes_.substr(at_, end + 1 - at_)).append(root_end_);
        const auto parsed = Document::parse(text_);
        if (!parsed) return fail(parsed.issue.text);
        use_(parsed.document->root().child(), open_, line());
        at_ = end + 1;
        return true;
    }

    std::string_view bytes_;
    std::span<const std::string> names_;
    const std::function<void(Element, std::size_t, std::size_t)>& use_;
    std::size_t at_{}, open_{}, line_{1}, counted_{};
    std::string declaration_, root_, root_end_, text_;
    std::optional<FragmentFault> fault_;
};

} // namespace

std::optional<FragmentFault> each_fragment(std::string_view bytes, std::span<const std::string> names, const std::function<void(Element, std::size_t, std::size_t)>& use)
{
    return Walk(bytes, names, use).run();
}

std::optional<std::pair<std::size_t, std::string>> each_unit(std::string_view bytes, const std::vector<std::string>& names,
                                                             const std::function<void(const std::function<std::string_view(std::string_view)>&, std::size_t, std::size_t)>& use)
{
    const auto fault = each_fragment(bytes, names, [&](Element unit, std::size_t depth, std::size_t line) { use([&](std::string_view path) { return unit.at(path).text(); }, depth, line); });
    return fault ? std::optional(std::pair(fault->line, fault->text)) : std::nullopt;
}

} // namespace sluse::xml
