// gateway/tools/maps_test.cpp — the examples beside the maps: input, and the FHIR that must come of it.
#include "gateway/tools/maps.hpp"

#include "gateway/base/exit_codes.hpp"
#include "gateway/base/files.hpp"
#include "gateway/normalise/json_text.hpp"
#include "gateway/tools/bundle_elements.hpp"
#include "gateway/tools/convert_files.hpp"
#include "gateway/tools/convert_message.hpp"
#include "gateway/tools/descriptor.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace sluse {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view expected_suffix = ".fhir.json";

std::vector<fs::path> examples_below(const fs::path& folder)
{
    std::vector<fs::path> out;
    std::error_code ec;
    for (fs::recursive_directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec)) {
        const auto& path = at->path();
        const bool input = path.parent_path().filename() == "examples" && path.has_extension() && path.extension() != ".md";
        if (input && at->is_regular_file() && !path.filename().string().ends_with(expected_suffix)) out.push_back(path);
    }
    std::ranges::sort(out);
    return out;
}

/// "epj" for …/systems/epj/examples/x.hl7: an overlay's examples are read as its system's.
std::string overlay_of(const fs::path& example)
{
    const auto system = example.parent_path().parent_path();
    return system.parent_path().filename() == "systems" ? system.filename().string() : std::string();
}

class Tester {
public:
    Tester(const MapsOptions& options, Conversion with) : options_(options), with_(std::move(with)) {}

    int run(const std::vector<fs::path>& examples)
    {
        for (const auto& example : examples) {
            const auto text = one(example);
            differing_ += !text.empty();
            if (!text.empty() && !write_all(options_.out, text)) unwritable_ = true;
        }
        const auto total = std::to_string(examples.size()), bad = std::to_string(differing_);
        if (options_.update) return unwritable_ ? exit_io : exit_ok;
        const auto last = options_.json ? "{\"examples\":" + total + ",\"differing\":" + bad + "}\n"
                                        : total + " examples: " + (differing_ ? bad + " differ from what is expected\n" : "all become what is expected\n");
        if (!write_all(options_.out, last)) unwritable_ = true;
        return unwritable_ ? exit_io : differing_ ? exit_difference : exit_ok;
    }

private:
    /// Empty when the example becomes what is expected.
    std::string one(const fs::path& example)
    {
        const auto name = example.generic_string();
        auto with = with_;
        if (const auto overlay = overlay_of(example); !overlay.empty()) with.defaults.overlay = overlay;
        const auto bytes = bytes_of(example);
        const auto block = messages_in(bytes);
        if (block.messages.size() != 1) return trouble(name, "must hold one message, it holds " + std::to_string(block.messages.size()));
        Checked checked;
        Normalised out;
        if (const auto done = convert_message(with, block.adapter, block.messages[0], checked, out); !done) return trouble(name, done.error().where);
        const auto& hash = with.maps->hash(); // changes with every edit of any map; the examples must not
        for (auto at = out.bundle.find(hash); at != out.bundle.npos; at = out.bundle.find(hash)) out.bundle.replace(at, hash.size(), "MAPSET");
        auto file = example;
        file.replace_extension(expected_suffix);
        return options_.update ? update(file, out.bundle) : compare(name, file, out.bundle);
    }

    std::string compare(const std::string& name, const fs::path& file, const std::string& bundle)
    {
        if (!fs::exists(file)) return trouble(name, "has no " + file.filename().string() + " beside it; `sluse maps test --update` writes what comes of it now");
        const auto text = bytes_of(file);
        const auto expected = elements_of(text), got = elements_of(bundle);
        if (!expected) return trouble(file.generic_string(), expected.error().where);
        if (!got) return trouble(name, got.error().where);
        const auto found = differences(*expected, *got);
        if (found.empty()) return {};
        return options_.json ? as_json(found, "example", name, {"expected", "got"}) : name + '\n' + as_table(found, {"EXPECTED", "GOT"}) + '\n';
    }

    std::string update(const fs::path& file, const std::string& bundle)
    {
        const auto text = indented(bundle);
        if (bytes_of(file) == text) return {};
        std::ofstream out(file, std::ios::binary);
        out << text;
        if (!out.flush()) unwritable_ = true;
        return options_.json ? std::string() : "wrote " + file.generic_string() + '\n';
    }

    std::string trouble(const std::string& name, const std::string& text) const
    {
        return options_.json ? "{\"example\":" + sluse::quoted(name) + ",\"fault\":" + sluse::quoted(text) + "}\n" : name + ": " + text + "\n\n";
    }

    const MapsOptions& options_;
    const Conversion with_;
    std::size_t differing_{};
    bool unwritable_{};
};

} // namespace

int run_maps_test(const MapsOptions& options)
{
    const fs::path given = options.files.empty() ? options.schemas / "maps" : fs::path(options.files[0]);
    const bool set = fs::exists(given / "maps") && fs::exists(given / "codes"); // a whole folder of schemas is tested by its own maps
    std::string errors;
    Conversion with{load_maps(set ? given : options.schemas, errors), Keys::demonstration(), {}, options.systems};
    with.defaults.overlay = options.overlay;
    const auto examples = examples_below(given);
    if (examples.empty()) errors += given.string() + ": holds no folder 'examples' with messages in it\n";
    write_all(options.err, errors);
    if (!with.maps) return exit_config;
    if (examples.empty()) return exit_io;
    return Tester(options, std::move(with)).run(examples);
}

} // namespace sluse
