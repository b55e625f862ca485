// gateway/tools/bundle_elements.cpp — flattening and comparing; order matters within a resource, not between them.
#include "gateway/tools/bundle_elements.hpp"

#include "adapters/fhir/json.hpp"
#include "gateway/normalise/json_text.hpp"
#include "gateway/tools/table.hpp"

#include <algorithm>
#include <map>

namespace sluse {
namespace {

using fhir::Json;
using fhir::JsonKind;

class Flattener {
public:
    Flattener(const Json& json, std::string_view text, std::vector<BundleElement>& out) : json_(json), text_(text), out_(out) {}

    void run()
    {
        if (json_[0].kind != JsonKind::object || json_.text(0, "resourceType") != "Bundle") return resource(0);
        resource_ = "Bundle";
        for (auto child = json_.first_child(0); child != Json::none; child = json_.next_child(0, child)) {
            if (json_[child].name == "entry") entries(child);
            else if (json_[child].name != "resourceType") value(child, std::string(json_[child].name));
        }
    }

private:
    void entries(std::uint32_t list)
    {
        for (auto entry = json_.first_child(list); entry != Json::none; entry = json_.next_child(list, entry)) {
            const auto held = json_.find(entry, "resource");
            if (held != Json::none) resource(held);
        }
        resource_ = "Bundle";
    }
    void resource(std::uint32_t node)
    {
        resource_ = json_.text(node, "resourceType") + '/' + json_.text(node, "id");
        for (auto child = json_.first_child(node); child != Json::none; child = json_.next_child(node, child))
            if (json_[child].name != "resourceType") value(child, std::string(json_[child].name));
    }
    void value(std::uint32_t node, const std::string& path)
    {
        const auto& one = json_[node];
        if (one.kind != JsonKind::object && one.kind != JsonKind::array) {
            auto text = one.kind == JsonKind::string ? json_.text(node) : std::string(one.text);
            out_.push_back({resource_, path, std::move(text), static_cast<std::size_t>(one.text.data() - text_.data())});
            return;
        }
        std::size_t index = 0;
        for (auto child = json_.first_child(node); child != Json::none; child = json_.next_child(node, child))
            value(child, one.kind == JsonKind::array ? path + '[' + std::to_string(index++) + ']' : path + '.' + std::string(json_[child].name));
    }

    const Json& json_;
    std::string_view text_;
    std::vector<BundleElement>& out_;
    std::string resource_;
};

/// One resource's elements.
struct Part {
    std::string name;
    std::vector<const BundleElement*> elements;
    std::string_view type() const { return std::string_view(name).substr(0, name.find('/')); }
};

std::vector<Part> parts_of(const std::vector<BundleElement>& elements)
{
    std::vector<Part> out;
    std::map<std::string_view, std::size_t> known;
    for (const auto& one : elements) {
        const auto [at, fresh] = known.try_emplace(one.resource, out.size());
        if (fresh) out.push_back({one.resource, {}});
        out[at->second].elements.push_back(&one);
    }
    return out;
}

void compare(const Part* before, const Part* after, std::vector<Difference>& out)
{
    const auto& name = (after ? after : before)->name;
    std::map<std::string_view, const BundleElement*> old;
    if (before)
        for (const auto* one : before->elements) old.emplace(one->path, one);
    if (after)
        for (const auto* one : after->elements) {
            const auto known = old.find(one->path);
            if (known == old.end()) {
                out.push_back({name, one->path, {}, one->value});
                continue;
            }
            if (known->second->value != one->value) out.push_back({name, one->path, known->second->value, one->value});
            old.erase(known);
        }
    if (!before) return;
    for (const auto* one : before->elements)
        if (old.contains(one->path)) out.push_back({name, one->path, one->value, {}});
}

} // namespace

Result<std::vector<BundleElement>> elements_of(std::string_view bundle)
{
    const auto json = Json::parse(bundle);
    if (!json) return json.error();
    std::vector<BundleElement> out;
    if ((*json)[0].kind == JsonKind::object) Flattener(*json, bundle, out).run();
    return out;
}

std::vector<Difference> differences(const std::vector<BundleElement>& before, const std::vector<BundleElement>& after)
{
    const auto old = parts_of(before), now = parts_of(after);
    std::vector<const Part*> partner(now.size(), nullptr);
    std::vector<bool> paired(old.size(), false);
    const auto pair = [&](auto&& alike) {
        for (std::size_t n = 0; n < now.size(); ++n)
            for (std::size_t o = 0; o < old.size() && !partner[n]; ++o)
                if (!paired[o] && alike(old[o], now[n])) {
                    partner[n] = &old[o];
                    paired[o] = true;
                }
    };
    pair([](const Part& a, const Part& b) { return a.name == b.name; });
    pair([](const Part& a, const Part& b) { return a.type() == b.type(); });
    std::vector<Difference> out;
    for (std::size_t n = 0; n < now.size(); ++n) compare(partner[n], &now[n], out);
    for (std::size_t o = 0; o < old.size(); ++o)
        if (!paired[o]) compare(&old[o], nullptr, out);
    return out;
}

std::string as_table(const std::vector<Difference>& found, const SideNames& sides)
{
    const auto shown = [](const std::string& value) { return value.empty() ? "-" : shortened(value, 60); };
    Table table{{"  RESOURCE", "ELEMENT", sides.before, sides.after}};
    std::string_view resource;
    for (const auto& one : found) {
        table.push_back({one.resource == resource ? "" : "  " + one.resource, one.path, shown(one.before), shown(one.after)});
        resource = one.resource;
    }
    return to_text(table);
}

std::string as_json(const std::vector<Difference>& found, const char* what, const std::string& name, const SideNames& sides)
{
    std::string out;
    const auto member = [&](std::string_view key, const std::string& value) {
        out += (out.empty() || out.back() == '\n' ? "{" : ",") + sluse::quoted(key) + ':' + sluse::quoted(value);
    };
    for (const auto& one : found) {
        member(what, name);
        member("resource", one.resource);
        member("path", one.path);
        if (!one.before.empty()) member(sides.before, one.before);
        if (!one.after.empty()) member(sides.after, one.after);
        out += "}\n";
    }
    return out;
}

std::string indented(std::string_view json)
{
    std::string out;
    std::size_t depth = 0;
    bool quoted = false;
    const auto line = [&] { (out += '\n').append(depth * 2, ' '); };
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (!quoted && (c == ' ' || c == '\n' || c == '\r' || c == '\t')) continue;
        if (!quoted && (c == '}' || c == ']')) {
            --depth;
            if (out.back() != '{' && out.back() != '[') line();
        }
        if (!quoted && out.size() && (out.back() == '{' || out.back() == '[') && c != '}' && c != ']') line();
        out += c;
        if (quoted && c == '\\' && i + 1 < json.size()) {
            out += json[++i];
            continue;
        }
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == '{' || c == '[') ++depth;
        if (c == ':') out += ' ';
        if (c == ',') line();
    }
    return out + '\n';
}

} // namespace sluse
