// gateway/tools/maps_diff.cpp — the same messages under two sets of maps.
#include "gateway/tools/maps.hpp"

#include "gateway/base/exit_codes.hpp"
#include "gateway/tools/bundle_elements.hpp"
#include "gateway/tools/convert_files.hpp"
#include "gateway/tools/convert_message.hpp"
#include "gateway/tools/descriptor.hpp"

namespace sluse {
namespace {

namespace fs = std::filesystem;

/// One side: a message's elements, or why there are none.
struct Side {
    std::vector<BundleElement> elements;
    std::string fault;
    std::size_t unmapped{};
};

class Differ {
public:
    Differ(const MapsOptions& options, Conversion before, Conversion after) : options_(options), before_(std::move(before)), after_(std::move(after)) {}

    int run()
    {
        static const std::vector<std::string> standard_input{"-"};
        for (const auto& file : options_.files.empty() ? standard_input : options_.files) {
            std::size_t number = 0;
            const auto read = each_block(file, [&](MessageBlock& block) {
                for (const auto message : block.messages) one(file + ':' + std::to_string(++number), block.adapter, message);
                return !unwritable_;
            });
            if (!read) {
                write_all(options_.err, read.error().where + '\n');
                unwritable_ = true;
            }
        }
        print(summary());
        return unwritable_ ? exit_io : differing_ ? exit_difference : exit_ok;
    }

private:
    static Side side(const Conversion& with, const Adapter* adapter, std::string_view message)
    {
        Checked checked;
        Normalised out;
        if (const auto done = convert_message(with, adapter, message, checked, out); !done) return {{}, done.error().where, 0};
        auto elements = elements_of(out.bundle);
        if (!elements) return {{}, elements.error().where, 0};
        for (auto& element : *elements) // the set's name in Provenance differs by nature
            if (element.value == with.maps->hash()) element.value = "MAPSET";
        return {std::move(*elements), {}, out.coverage.unmapped.size()};
    }

    void one(const std::string& name, const Adapter* adapter, std::string_view message)
    {
        const auto before = side(before_, adapter, message), after = side(after_, adapter, message);
        ++messages_;
        unmapped_before_ += before.unmapped;
        unmapped_after_ += after.unmapped;
        auto found = before.fault.empty() && after.fault.empty() ? differences(before.elements, after.elements) : std::vector<Difference>{};
        if (before.fault != after.fault)
            found.push_back({"message", "converts", before.fault.empty() ? "yes" : "no: " + before.fault, after.fault.empty() ? "yes" : "no: " + after.fault});
        if (found.empty()) return;
        ++differing_;
        for (const auto& one : found) ++(one.before.empty() ? added_ : one.after.empty() ? removed_ : changed_);
        print(options_.json ? as_json(found, "message", name, {"before", "after"}) : name + '\n' + as_table(found, {"BEFORE", "AFTER"}) + '\n');
    }

    std::string summary() const
    {
        const auto text = [](std::uint64_t n) { return std::to_string(n); };
        if (options_.json)
            return "{\"messages\":" + text(messages_) + ",\"differing\":" + text(differing_) + ",\"added\":" + text(added_) + ",\"removed\":" + text(removed_) +
                   ",\"changed\":" + text(changed_) + ",\"unmappedBefore\":" + text(unmapped_before_) + ",\"unmappedAfter\":" + text(unmapped_after_) + "}\n";
        return text(differing_) + " of " + text(messages_) + " messages differ: " + text(added_) + " elements added, " + text(removed_) + " removed, " + text(changed_) +
               " changed; fields not mapped: " + text(unmapped_before_) + " before, " + text(unmapped_after_) + " after\n";
    }

    void print(const std::string& text)
    {
        if (!write_all(options_.out, text)) unwritable_ = true;
    }

    const MapsOptions& options_;
    const Conversion before_, after_;
    std::uint64_t messages_{}, differing_{}, added_{}, removed_{}, changed_{}, unmapped_before_{}, unmapped_after_{};
    bool unwritable_{};
};

/// Systems that nobody gave an overlay get this one.
std::shared_ptr<const Systems> laid_over(const std::shared_ptr<const Systems>& systems, const std::string& overlay)
{
    if (!systems) return nullptr;
    auto all = systems->all();
    for (auto& system : all)
        if (system.settings.overlay.empty()) system.settings.overlay = overlay;
    return std::make_shared<Systems>(std::move(all));
}

} // namespace

int run_maps_diff(const MapsOptions& options)
{
    const bool set = fs::exists(options.with / "maps");
    const auto folder = fs::path(options.with / "").parent_path(); // without a slash at the end, so that it has a name
    std::string errors;
    Conversion before{load_maps(options.schemas, errors), Keys::demonstration(), {}, options.systems};
    if (!set && !fs::is_directory(folder)) errors += options.with.string() + ": is no folder of maps: neither maps/ is in it, nor what an overlay has\n";
    Issues issues;
    auto after = before;
    after.maps = set ? load_maps(options.with, errors) : Maps::load(options.schemas, issues, folder);
    for (const auto& issue : issues) errors += issue.path + ": " + issue.text + '\n';
    write_all(options.err, errors);
    if (!before.maps || !after.maps || (!set && !fs::is_directory(folder))) return exit_config;
    before.defaults.overlay = after.defaults.overlay = options.overlay;
    if (!set) {
        if (options.overlay.empty()) after.defaults.overlay = folder.filename().string();
        after.systems = laid_over(options.systems, folder.filename().string());
    }
    return Differ(options, std::move(before), std::move(after)).run();
}

} // namespace sluse
