// gateway/intake/systems.cpp — look-ups by name, sender and certificate.
#include "gateway/intake/systems.hpp"

#include <algorithm>

namespace sluse {

Systems::Systems(std::vector<System> systems, Locations own) : systems_(std::move(systems)), own_(std::move(own))
{
    for (std::size_t i = 0; i < systems_.size(); ++i) {
        const auto& system = systems_[i];
        names_.emplace(system.settings.name, i);
        senders_.emplace(system.sender.empty() ? system.settings.name : system.sender, i);
        for (const auto& certificate : system.certificates) certificates_[certificate] = true;
    }
}

const System* Systems::named(std::string_view name) const
{
    const auto found = names_.find(name);
    return found == names_.end() ? nullptr : &systems_[found->second];
}

const System* Systems::sender(std::string_view sender) const
{
    const auto found = senders_.find(sender);
    return found == senders_.end() ? nullptr : &systems_[found->second];
}

const SystemSettings& Systems::settings(std::string_view name) const
{
    const auto* system = named(name);
    return system ? system->settings : defaults_;
}

bool Systems::allowed(const System* system, const std::vector<std::string>* certificate_names) const
{
    const auto shows = [&](const std::vector<std::string>& wanted) {
        return certificate_names && std::ranges::any_of(wanted, [&](const auto& name) { return std::ranges::find(*certificate_names, name) != certificate_names->end(); });
    };
    if (system && !system->certificates.empty()) return shows(system->certificates);
    // The certificate of one system must not speak for another, also not for one that nobody configured.
    return !certificate_names || std::ranges::none_of(*certificate_names, [&](const auto& name) { return certificates_.contains(name); });
}

std::string sender_in(std::string_view message)
{
    if (!message.starts_with("MSH") || message.size() < 8) return {};
    const char field = message[3], component = message[4];
    message = message.substr(0, message.find('\r')); // one character at a time is found by many bytes at once
    message = message.substr(0, message.find('\n'));
    auto at = message.find(field, 4);
    std::string sender;
    for (int i = 0; i < 2 && at != message.npos; ++i) {
        const auto end = message.find(field, at + 1);
        const auto value = message.substr(at + 1, end == message.npos ? end : end - at - 1);
        if (i) sender += '|';
        sender += value.substr(0, value.find(component));
        at = end;
    }
    return sender;
}

} // namespace sluse
