// gateway/process/node.cpp — link sets as joins, components, and the stored form of nodes (format 1) and contributions (format 2).
#include "gateway/process/node.hpp"

#include "gateway/model/version_codec.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace sluse {
namespace {

auto ends(const Link& l)
{
    return std::tie(l.a, l.b);
}

template <class Text>
constexpr Text DimensionsOf<Text>::*dimension_members[] = {&DimensionsOf<Text>::region, &DimensionsOf<Text>::municipality, &DimensionsOf<Text>::unit, &DimensionsOf<Text>::sex,
                                                           &DimensionsOf<Text>::age_band};

// A contribution of format 2: u8 marks · texts that are not those of the one before it · sint counts · sint matures − counts · sint
// numerator, denominator, value. Format 1 had every text and each number as it is.
constexpr unsigned mark_value = 1, mark_episode = 2, mark_dimension = 4; ///< mark_episode: as before; mark_dimension << i: likewise

template <class Text> void write(const ContributionOf<Text>& c, const ContributionOf<Text>* before, std::string& out)
{
    unsigned marks = c.has_value ? mark_value : 0;
    if (before && before->episode == c.episode) marks |= mark_episode;
    auto most = 1 + c.episode.size() + 11 * uint_most; // six sizes and five numbers
    unsigned mark = mark_dimension;
    for (const auto member : dimension_members<Text>) {
        if (before && before->dims.*member == c.dims.*member) marks |= mark;
        mark <<= 1;
        most += (c.dims.*member).size();
    }
    const auto at = out.size();
    out.resize(at + most);
    QuickWriter w(out.data() + at);
    w.u8(static_cast<std::uint8_t>(marks));
    if (!(marks & mark_episode)) w.bytes(c.episode);
    mark = mark_dimension;
    for (const auto member : dimension_members<Text>) {
        if (!(marks & mark)) w.bytes(c.dims.*member);
        mark <<= 1;
    }
    w.sint(c.counts_day);
    w.sint(std::int64_t{c.matures_day} - c.counts_day);
    w.sint(c.numerator);
    w.sint(c.denominator);
    w.sint(c.value);
    out.resize(static_cast<std::size_t>(w.at() - out.data()));
}

void read(Reader& r, ContributionView& c, const ContributionView& before)
{
    const auto marks = r.u8();
    c.has_value = marks & mark_value;
    c.episode = marks & mark_episode ? before.episode : r.bytes();
    unsigned mark = mark_dimension;
    for (const auto member : dimension_members<std::string_view>) {
        c.dims.*member = marks & mark ? before.dims.*member : r.bytes();
        mark <<= 1;
    }
    c.counts_day = static_cast<Day>(r.sint());
    c.matures_day = static_cast<Day>(static_cast<std::uint64_t>(r.sint()) + static_cast<std::uint64_t>(c.counts_day)); // damage may hold any number
    c.numerator = r.sint();
    c.denominator = r.sint();
    c.value = r.sint();
}

void read_format_1(Reader& r, ContributionView& c)
{
    c.episode = r.bytes();
    c.counts_day = static_cast<Day>(r.sint());
    c.matures_day = static_cast<Day>(r.sint());
    c.numerator = r.sint();
    c.denominator = r.sint();
    c.has_value = r.u8() != 0;
    c.value = r.sint();
    for (const auto member : dimension_members<std::string_view>) c.dims.*member = r.bytes();
}

template <class Text> void encode_all(std::span<const ContributionOf<Text>> contributions, std::string& out)
{
    begin_contributions(contributions.size(), out);
    const ContributionOf<Text>* before = nullptr;
    for (const auto& c : contributions) {
        write(c, before, out);
        before = &c;
    }
}

} // namespace

NodeId node_id(const Lane& lane)
{
    NodeId id;
    std::memcpy(id.data(), lane.digest.data(), id.size());
    return id;
}

std::string_view view(const NodeId& id)
{
    return {reinterpret_cast<const char*>(id.data()), id.size()};
}

IdentifierRank rank_of_node(std::string_view name)
{
    const auto cut = name.rfind('|');
    return PersonIdentifier{std::string(name.substr(0, cut)), {}}.rank();
}

LinkMerge merge_links(std::vector<Link>& known, std::span<const Link> incoming)
{
    LinkMerge result;
    std::size_t shared = 0;
    const auto before = known.size();
    for (const auto& news : incoming) {
        const auto at = std::ranges::lower_bound(known, ends(news), {}, ends);
        if (at == known.end() || ends(*at) != ends(news)) {
            known.insert(at, news);
            result.changed = result.touched = true;
            continue;
        }
        ++shared;
        const bool differs = at->active != news.active;
        if (news.newer_than(*at)) {
            result.changed |= differs;
            result.touched = true;
            *at = news;
        } else if (differs) {
            result.lacks = true;
        }
    }
    result.lacks |= shared < before;
    return result;
}

std::vector<std::string> names_in(std::span<const Link> links)
{
    std::vector<std::string> names;
    for (const auto& l : links) {
        names.push_back(l.a);
        names.push_back(l.b);
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::vector<std::string> component_of(std::span<const Link> links, std::string_view start)
{
    std::vector<std::string> found{std::string(start)};
    const auto add = [&](const std::string& name) {
        if (std::ranges::find(found, name) == found.end()) found.push_back(name);
    };
    for (std::size_t i = 0; i < found.size(); ++i)
        for (const auto& l : links) {
            if (!l.active) continue;
            if (l.a == found[i]) add(l.b);
            else if (l.b == found[i]) add(l.a);
        }
    return found;
}

void encode_links(std::span<const Link> links, std::string& out)
{
    Writer w(out);
    w.uint(links.size());
    for (const auto& l : links) {
        w.bytes(l.a);
        w.bytes(l.b);
        w.u8(l.active ? 1 : 0);
        write_version(w, l.version);
    }
}

bool decode_links(Reader& r, std::vector<Link>& links)
{
    const auto count = r.uint();
    if (!r.ok() || count > r.rest().size()) return false;
    links.resize(static_cast<std::size_t>(count));
    for (auto& l : links) {
        l.a = r.bytes();
        l.b = r.bytes();
        l.active = r.u8() != 0;
        l.version = read_version(r);
    }
    return r.ok();
}

void encode(const NodeRecord& n, std::string& out)
{
    Writer w(out);
    w.u8(1);
    w.bytes(n.name);
    w.uint(n.epoch);
    w.bytes(n.root);
    w.uint(n.sequence);
    encode_links(n.links, out);
    w.uint(n.guests.size());
    for (const auto& g : n.guests) {
        w.raw(view(g.id));
        w.uint(g.epoch);
    }
}

std::optional<NodeRecord> decode_node(std::string_view record)
{
    Reader r(record);
    if (r.u8() != 1) return {};
    NodeRecord n;
    n.name = r.bytes();
    n.epoch = r.uint();
    n.root = r.bytes();
    n.sequence = r.uint();
    if (!decode_links(r, n.links)) return {};
    const auto count = r.uint();
    if (!r.ok() || count > r.rest().size()) return {};
    n.guests.resize(static_cast<std::size_t>(count));
    for (auto& g : n.guests) {
        r.raw(g.id);
        g.epoch = r.uint();
    }
    return r.ok() && r.done() ? std::optional(std::move(n)) : std::nullopt;
}

void encode_contributions(std::span<const Contribution> contributions, std::string& out)
{
    encode_all(contributions, out);
}

void encode_contributions(std::span<const ContributionView> contributions, std::string& out)
{
    encode_all(contributions, out);
}

void begin_contributions(std::size_t count, std::string& out)
{
    Writer w(out);
    w.u8(2);
    w.uint(count);
}

void encode(const Contribution& one, std::string& out)
{
    write<std::string>(one, nullptr, out);
}

bool view_contributions(std::string_view record, std::vector<ContributionView>& out)
{
    const auto before = out.size();
    Reader r(record);
    const auto format = r.u8();
    if (format != 1 && format != 2) return false;
    const auto count = r.uint();
    if (!r.ok() || count > r.rest().size()) return false;
    ContributionView one;
    for (auto left = count; left > 0 && r.ok(); --left) {
        const auto before = one;
        if (format == 1) read_format_1(r, one);
        else read(r, one, before);
        out.push_back(one);
    }
    if (r.ok() && r.done()) return true;
    out.resize(before);
    return false;
}

std::optional<std::vector<Contribution>> decode_contributions(std::string_view record)
{
    std::vector<ContributionView> views;
    if (!view_contributions(record, views)) return {};
    std::vector<Contribution> all;
    all.reserve(views.size());
    for (const auto& view : views) all.push_back(owned(view));
    return all;
}

} // namespace sluse
