// gateway/serve/live.cpp — builds each event once; all followers share its bytes.
#include "gateway/serve/live.hpp"

#include "gateway/serve/numbers.hpp"
#include "gateway/serve/operations.hpp"

namespace sluse::serve {
namespace {

std::string event(std::string_view name, const std::string& data)
{
    return "event: " + std::string(name) + "\ndata: " + data + "\n\n";
}

std::string throughput_event(Context& context, const std::vector<SystemCounts>& systems, Millis now)
{
    Json json;
    json.begin().field("at", rfc3339(now)).key("systems").list();
    for (const auto& system : systems) write_system(json, context, system);
    json.end_list().key("total").begin();
    write_rate(json, context.throughput.total());
    json.end().key("balance");
    if (context.sources.balance) write_balance(json, context.sources.balance());
    else json.null();
    json.end();
    return event("throughput", json.text());
}

} // namespace

std::string LiveFeed::sample(Context& context, bool watched)
{
    if (!context.sources.systems) return {};
    const auto now = context.sources.clock->now();
    const bool all = watched || !context.sources.received;
    const auto systems = all ? context.sources.systems() : context.sources.received();
    context.throughput.sample(now, systems);
    if (!watched) {
        const std::lock_guard lock(mutex_);
        last_.reset();
        return {};
    }
    auto news = throughput_event(context, systems, now);
    {
        const std::lock_guard lock(mutex_);
        last_ = std::make_shared<const std::string>(news);
    }
    const auto generation = context.goals.generation.load();
    if (generation != told_generation_) {
        told_generation_ = generation;
        news += event("goals", goals_json(context));
    }
    return news;
}

std::shared_ptr<const std::string> LiveFeed::last() const
{
    const std::lock_guard lock(mutex_);
    return last_;
}

std::string LiveFeed::hello(std::span<const Header> headers)
{
    std::string text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n";
    for (const auto& header : headers) text += std::string(header.name) + ": " + std::string(header.value) + "\r\n";
    return text + "\r\nretry: 2000\n\n";
}

} // namespace sluse::serve
