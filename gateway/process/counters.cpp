// gateway/process/counters.cpp — names, sums and the stored form (format 1) of the counters.
#include "gateway/process/counters.hpp"

#include "gateway/base/codec.hpp"

#include <algorithm>
#include <iterator>

namespace sluse {

const CounterName counter_names[19] = {
    {"accepted",           &SystemCounters::accepted          },
    {"normalised",         &SystemCounters::normalised        },
    {"filtered",           &SystemCounters::filtered          },
    {"duplicates",         &SystemCounters::duplicates        },
    {"quarantined",        &SystemCounters::quarantined       },
    {"parked",             &SystemCounters::parked            },
    {"discarded",          &SystemCounters::discarded         },
    {"control_id_reused",  &SystemCounters::control_id_reused },
    {"equal_content",      &SystemCounters::equal_content     },
    {"ties",               &SystemCounters::ties              },
    {"after_tombstone",    &SystemCounters::after_tombstone   },
    {"unmapped",           &SystemCounters::unmapped          },
    {"issues",             &SystemCounters::issues            },
    {"links_refused",      &SystemCounters::links_refused     },
    {"pack_faults",        &SystemCounters::pack_faults       },
    {"mojibake",           &SystemCounters::mojibake          },
    {"waiting",            &SystemCounters::waiting           },
    {"joined",             &SystemCounters::joined            },
    {"impossible_courses", &SystemCounters::impossible_courses},
};

void SystemCounters::add(const SystemCounters& other)
{
    for (const auto& row : counter_names) this->*row.member += other.*row.member;
    last_received_ms = std::max(last_received_ms, other.last_received_ms);
    for (const auto& [path, count] : other.unmapped_by_path) unmapped_by_path[path] += count;
}

void encode(const SystemCounters& c, std::string& out)
{
    Writer w(out);
    w.u8(1);
    w.uint(std::size(counter_names));
    for (const auto& row : counter_names) w.uint(c.*row.member);
    w.uint(c.last_received_ms);
    w.uint(c.unmapped_by_path.size());
    for (const auto& [path, count] : c.unmapped_by_path) {
        w.bytes(path);
        w.uint(count);
    }
}

std::optional<SystemCounters> decode_counters(std::string_view record)
{
    Reader r(record);
    if (r.u8() != 1) return {};
    SystemCounters c;
    const auto count = r.uint(); // an older record has fewer
    for (std::size_t i = 0; i < count && i < std::size(counter_names) && r.ok(); ++i) c.*counter_names[i].member = r.uint();
    if (count > std::size(counter_names)) return {};
    c.last_received_ms = r.uint();
    const auto paths = r.uint();
    for (std::uint64_t i = 0; i < paths && r.ok(); ++i) {
        auto path = std::string(r.bytes());
        c.unmapped_by_path[std::move(path)] = r.uint();
    }
    return r.ok() && r.done() ? std::optional(std::move(c)) : std::nullopt;
}

} // namespace sluse
