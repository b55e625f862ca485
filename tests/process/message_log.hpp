// tests/process/message_log.hpp — files of messages journalled one by one into a log in memory, processed under the real maps and packs.
#pragma once

#include "adapters/adapter.hpp"
#include "gateway/journal/memory_log.hpp"
#include "gateway/process/gateway_processor.hpp"
#include "gateway/process/rules.hpp"
#include "gateway/process/signals.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace sluse::message_log {

namespace fs = std::filesystem;

/// Messages are separated by blank lines; a line that starts with # explains.
inline std::vector<std::string> messages_in(const std::string& text)
{
    std::vector<std::string> messages(1);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) continue;
        if (line.empty()) {
            if (!messages.back().empty()) messages.emplace_back();
            continue;
        }
        messages.back() += line + '\r';
    }
    if (messages.back().empty()) messages.pop_back();
    return messages;
}

inline ProcessOptions options()
{
    static const auto maps = [] {
        Issues issues;
        auto loaded = Maps::load(SLUSE_SOURCE_DIR "/schemas", issues);
        for (const auto& i : issues) EXPECT_NE(i.severity, Severity::error) << i.path << ": " << i.text;
        return loaded;
    }();
    static const auto packs = [] {
        Issues issues;
        return Packs::load(SLUSE_SOURCE_DIR "/schemas", issues);
    }();
    static const SystemSettings settings;
    ProcessOptions o;
    o.maps = maps;
    o.packs = packs;
    o.system_settings = [](std::string_view) -> const SystemSettings& { return settings; };
    return o;
}

/// "@ 2026-04-20T08:00:00+02:00" stands among messages for the clock.
inline bool is_tick(const std::string& message)
{
    return message.starts_with("@ ");
}

/// Under the real rules, with what stands beside messages in the journal.
inline std::unique_ptr<Processor> ruled()
{
    RuledOptions ruled;
    const auto o = options();
    ruled.fallback = std::make_shared<const Rules>(Rules{"test", o.maps, o.packs});
    ruled.make = [](const Rules&) { return make_gateway_processor(options()); };
    return make_ruled_processor(std::move(ruled));
}

inline void append_tick(MemoryLog& log, Millis at, int number)
{
    UlidSource ids;
    const auto id = ids.next(at);
    for (std::uint32_t p = 0; p < log.partitions(); ++p)
        log.append(p, std::string(tick_key), tick_record(id, at), *parse_instant("2026-06-30T12:00:00Z") + number * second_ms, [](Result<Position>) {});
}

/// Journals one message as intake would; `number` counts seconds since the story began.
inline Envelope append(Log& log, const std::string& message, int number)
{
    static const SystemSettings settings;
    const auto* adapter = adapter_for(message);
    EXPECT_TRUE(adapter);
    if (!adapter) return {};
    const auto checked = adapter->check(message, settings);
    EXPECT_EQ(checked.answer, Answer::accepted) << (checked.issues.empty() ? "" : checked.issues[0].path + ' ' + checked.issues[0].text);
    Envelope e;
    e.received_ms = *parse_instant("2026-06-30T12:00:00Z") + number * second_ms;
    for (std::size_t i = 0; i < 6; ++i) e.id.bytes[i] = static_cast<std::uint8_t>(e.received_ms >> (40 - 8 * i));
    e.system = checked.system;
    e.format = adapter->name;
    e.type = checked.type;
    e.control_id = checked.control_id;
    const auto keys = Keys::demonstration();
    e.lane = checked.persons.empty() ? lane_of_system(keys.lane, e.system) : lane_of(keys.lane, checked.persons.front());
    e.bytes = message;
    std::string record;
    encode(e, record);
    log.append(e.lane.partition(log.partitions()), "", record, e.received_ms, [](Result<Position>) {});
    return e;
}

} // namespace sluse::message_log
