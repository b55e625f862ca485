// gateway/tools/convert_letter.cpp — the two syntaxes of a MedCom letter.
#include "gateway/tools/convert_letter.hpp"

#include "adapters/edifact/adapter.hpp"
#include "gateway/tools/convert_files.hpp"

#include <cerrno>
#include <unistd.h>

namespace sluse {
namespace {

bool write_all(int descriptor, std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto done = write(descriptor, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
}

Result<std::string> letter_as(std::string_view to, const Adapter* adapter, std::string_view message)
{
    const auto format = adapter ? adapter->name : std::string_view();
    if (format != "edifact" && format != "oioxml") return Fault{Errc::unsupported, "message: is no MedCom letter; only EDIFACT and OIOXML have another syntax"};
    auto xml = format == "edifact" ? edifact::to_oioxml(message) : Result<std::string>(std::string(message));
    if (!xml || to == "oioxml") return xml;
    return edifact::from_oioxml(*xml);
}

} // namespace

int convert_letters(const ConvertOptions& options)
{
    bool failed = false, unwritable = false;
    for (const auto& file : options.files.empty() ? std::vector<std::string>{"-"} : options.files) {
        std::size_t number = 0;
        const auto read = each_block(file, [&](MessageBlock& block) {
            for (const auto message : block.messages) {
                ++number;
                auto letter = letter_as(options.to, block.adapter, message);
                if (letter && !letter->ends_with('\n')) *letter += '\n';
                failed = failed || !letter;
                const bool written = letter ? write_all(options.out, *letter) : write_all(options.err, file + ':' + std::to_string(number) + ": " + letter.error().where + '\n');
                unwritable = unwritable || !written;
            }
            return !unwritable;
        });
        if (read) continue;
        write_all(options.err, read.error().where + '\n');
        unwritable = true;
    }
    return unwritable ? 74 : failed ? 1 : 0;
}

} // namespace sluse
