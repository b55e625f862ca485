// gateway/tools/maps_explain.cpp — joins a bundle's elements with the trace of their making.
#include "gateway/tools/maps.hpp"

#include "gateway/base/exit_codes.hpp"
#include "gateway/normalise/json_text.hpp"
#include "gateway/normalise/trace.hpp"
#include "gateway/tools/bundle_elements.hpp"
#include "gateway/tools/convert_files.hpp"
#include "gateway/tools/convert_message.hpp"
#include "gateway/tools/descriptor.hpp"
#include "gateway/tools/table.hpp"

#include <algorithm>

namespace sluse {
namespace {

constexpr std::size_t shown = 40; // characters of a value in a table

/// The value in which the element stands; null when no row wrote it.
const TracedValue* origin(const Trace& trace, const BundleElement& element)
{
    const auto after = std::ranges::upper_bound(trace.values, element.start, {}, &TracedValue::start);
    if (after == trace.values.begin()) return nullptr;
    const auto& found = *std::prev(after);
    return element.start < found.end ? &found : nullptr;
}

/// Does any value come from this field? A field may be read for a condition alone.
bool written(const Trace& trace, const std::string& path)
{
    return std::ranges::any_of(trace.values, [&](const TracedValue& value) {
        for (auto at = value.source.find(path); at != value.source.npos; at = value.source.find(path, at + 1)) {
            const auto next = at + path.size();
            if (next == value.source.size() || std::string_view(".[,").find(value.source[next]) != std::string_view::npos) return true;
        }
        return false;
    });
}

/// What became of a field in words; empty when an element came of it.
std::string fate_of(const Trace& trace, const TracedField& field)
{
    switch (field.fate) {
    case TracedField::Fate::ignored: return "ignored: " + field.rule;
    case TracedField::Fate::unmapped: return "NOT MAPPED";
    case TracedField::Fate::mapped: break;
    }
    return written(trace, field.path) ? "" : "read, and nothing written: it decided a condition, or an issue says why";
}

class Explainer {
public:
    Explainer(const MapsOptions& options, Conversion with) : options_(options), with_(std::move(with)) {}

    int run()
    {
        static const std::vector<std::string> standard_input{"-"};
        for (const auto& file : options_.files.empty() ? standard_input : options_.files) {
            std::size_t number = 0;
            const auto read = each_block(file, [&](MessageBlock& block) {
                for (const auto message : block.messages) one(file, ++number, block.adapter, message);
                return code_ != exit_io;
            });
            if (!read) {
                write_all(options_.err, read.error().where + '\n');
                code_ = exit_io;
            }
        }
        return code_;
    }

private:
    void one(const std::string& file, std::size_t number, const Adapter* adapter, std::string_view message)
    {
        Checked checked;
        Normalised out;
        Trace trace;
        const auto name = file + ':' + std::to_string(number);
        const auto done = convert_message(with_, adapter, message, checked, out, &trace);
        const auto elements = done ? elements_of(out.bundle) : done.error();
        if (!elements) {
            code_ = std::max(code_, exit_refused);
            std::string line;
            append_line(name + ": " + elements.error().where, line);
            write_all(options_.err, line + '\n');
            return;
        }
        const auto text = options_.json ? as_json(name, checked, out, *elements, trace) : as_table(name, checked, out, *elements, trace);
        if (!write_all(options_.out, text)) code_ = exit_io;
    }

    static std::string as_table(const std::string& name, const Checked& checked, const Normalised& out, const std::vector<BundleElement>& elements, const Trace& trace)
    {
        auto text = name + "  " + shortened(checked.type + " from " + checked.system, 200) + '\n';
        Table table;
        std::string_view resource;
        for (const auto& element : elements) {
            if (resource != element.resource) table.push_back({}), table.push_back({std::string(resource = element.resource)});
            const auto* from = origin(trace, element);
            auto row = from ? from->row : "built in";
            if (from)
                for (const auto& caller : from->callers) row += " < " + caller;
            table.push_back({"  " + element.path, shortened(element.value, shown), from ? from->source : "", from ? shortened(from->bytes, shown) : "", row});
        }
        text += to_text(table);
        text += "\nfields of which nothing came\n";
        Table fields;
        for (const auto& field : trace.fields)
            if (auto fate = fate_of(trace, field); !fate.empty()) fields.push_back({"  " + field.path, shortened(field.bytes, shown), std::move(fate), field.place});
        text += fields.empty() ? "  none\n" : to_text(fields);
        for (const auto& issue : out.issues) text += "issue  " + issue.path + ": " + issue.text + '\n';
        for (const auto& gone : out.deleted) text += "deleted  " + out.resources[gone.resource].type + '/' + out.resources[gone.resource].id + ' ' + gone.path + '\n';
        return text + '\n';
    }

    static std::string as_json(const std::string& name, const Checked& checked, const Normalised& out, const std::vector<BundleElement>& elements, const Trace& trace)
    {
        std::string text = "{\"message\":" + sluse::quoted(name) + ",\"type\":" + sluse::quoted(checked.type) + ",\"system\":" + sluse::quoted(checked.system) + ",\"elements\":[";
        const auto next = [&] { text += text.ends_with('[') ? "" : ","; };
        for (const auto& element : elements) {
            next();
            text += "{\"resource\":" + sluse::quoted(element.resource) + ",\"path\":" + sluse::quoted(element.path) + ",\"value\":" + sluse::quoted(element.value);
            if (const auto* from = origin(trace, element)) {
                text += ",\"source\":" + sluse::quoted(from->source) + ",\"bytes\":" + sluse::quoted(from->bytes) + ",\"row\":" + sluse::quoted(from->row) + ",\"callers\":[";
                for (std::size_t i = 0; i < from->callers.size(); ++i) text += (i ? "," : "") + sluse::quoted(from->callers[i]);
                text += ']';
            }
            text += '}';
        }
        text += "],\"fields\":[";
        constexpr const char* fates[] = {"mapped", "ignored", "unmapped"};
        for (const auto& field : trace.fields) {
            next();
            text += "{\"field\":" + sluse::quoted(field.path) + ",\"bytes\":" + sluse::quoted(field.bytes) + ",\"fate\":\"" + fates[static_cast<int>(field.fate)] + "\",\"written\":" + (written(trace, field.path) ? "true" : "false");
            if (!field.rule.empty()) text += ",\"rule\":" + sluse::quoted(field.rule) + ",\"place\":" + sluse::quoted(field.place);
            text += '}';
        }
        text += "],\"issues\":[";
        for (const auto& issue : out.issues) {
            next();
            text += "{\"path\":" + sluse::quoted(issue.path) + ",\"text\":" + sluse::quoted(issue.text) + '}';
        }
        return text + "]}\n";
    }

    const MapsOptions& options_;
    const Conversion with_;
    int code_{};
};

} // namespace

int run_maps_explain(const MapsOptions& options)
{
    std::string errors;
    auto maps = load_maps(options.schemas, errors);
    write_all(options.err, errors);
    if (!maps) return exit_config;
    Conversion with{std::move(maps), Keys::demonstration(), {}, options.systems};
    with.defaults.overlay = options.overlay;
    return Explainer(options, std::move(with)).run();
}

} // namespace sluse
