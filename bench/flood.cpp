// bench/flood.cpp — connections of prepared frames, served by one thread with as few system calls as it can.
#include "bench/flood.hpp"

#include "bench/common.hpp"
#include "bench/measure.hpp"
#include "gateway/tools/load.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

namespace sluse::bench {
namespace {

constexpr int silence_ms = 60'000; ///< without any answer for this long the flood ends
constexpr char start_block = '\v', end_block = '\x1c';

std::string_view field(std::string_view message, std::string_view segment, unsigned n)
{
    auto at = message.find(segment);
    if (at == message.npos) return {};
    message = message.substr(at, message.find('\r', at + 1) - at);
    for (; n > 0; --n) {
        at = message.find('|');
        if (at == message.npos) return {};
        message.remove_prefix(at + 1);
    }
    return message.substr(0, message.find('|'));
}

/// Its frames lie one behind the other, so whatever the window lets through is one piece of memory.
struct Connection {
    struct Sent {
        std::size_t end;        ///< of its frame
        std::string control_id;
        Steady::time_point at;  ///< when it was sent
    };
    int socket = -1;
    std::string frames, answers; ///< `answers`: of one that has not come whole
    std::vector<Sent> messages;
    std::size_t written{};       ///< bytes
    std::size_t sent{}, answered{};
    bool full{};                 ///< the socket takes no more just now

    void add(std::string_view message)
    {
        (((frames += start_block) += message) += end_block) += '\r';
        messages.push_back({frames.size(), std::string(field(message, "MSH", 9)), {}});
    }
    bool open(const Target& target);
    bool send_some(unsigned window);
    bool read_some(std::vector<double>& latencies);
    bool take(std::string_view answer);
};

bool Connection::open(const Target& target)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(target.port);
    if (inet_pton(AF_INET, target.host.c_str(), &address.sin_addr) != 1) return false;
    socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    return socket >= 0 && ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
           setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) == 0;
}

/// Whole messages as far as the window goes, in one call.
bool Connection::send_some(unsigned window)
{
    const auto until = std::min(answered + window, messages.size());
    const auto end = until ? messages[until - 1].end : 0;
    if (end == written) return true;
    const auto now = Steady::now();
    for (; sent < until; ++sent) messages[sent].at = now;
    const auto n = ::send(socket, frames.data() + written, end - written, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) return false;
    written += n < 0 ? 0 : static_cast<std::size_t>(n);
    full = written < end;
    return true;
}

bool Connection::take(std::string_view answer)
{
    const auto code = field(answer, "\rMSA", 1);
    return answered < sent && (code == "AA" || code == "CA") && field(answer, "\rMSA", 2) == messages[answered].control_id;
}

bool Connection::read_some(std::vector<double>& latencies)
{
    thread_local std::array<char, 64 * 1024> buffer;
    const auto n = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    const auto now = Steady::now();
    std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
    for (auto end = bytes.find(end_block); end != bytes.npos; end = bytes.find(end_block)) {
        answers += bytes.substr(0, end);
        bytes.remove_prefix(end + 1);
        if (!take(answers)) return false;
        answers.clear();
        latencies.push_back(std::chrono::duration<double, std::milli>(now - messages[answered++].at).count());
    }
    answers += bytes;
    return true;
}

/// A patient's messages in one connection, the frames ready to be sent.
std::vector<Connection> prepare(const std::vector<std::string>& all, unsigned connections)
{
    std::vector<Connection> prepared(connections);
    for (const auto& message : all) {
        const auto number = field(message, "\rPID", 3);
        prepared[std::hash<std::string_view>{}(number.substr(0, number.find_first_of("^~"))) % connections].add(message);
    }
    return prepared;
}

/// Until all are answered; false when a connection broke, an answer was another than expected, or nothing came for too long.
bool run(std::vector<Connection>& connections, unsigned window, std::size_t total, std::vector<double>& latencies)
{
    const int events = epoll_create1(EPOLL_CLOEXEC);
    const auto watch = [&](Connection& one, int how) {
        epoll_event wanted{};
        wanted.events = EPOLLIN | (one.full ? EPOLLOUT : 0u);
        wanted.data.ptr = &one;
        return epoll_ctl(events, how, one.socket, &wanted) == 0;
    };
    bool well = events >= 0;
    for (auto& one : connections) well = well && one.send_some(window) && watch(one, EPOLL_CTL_ADD);
    std::array<epoll_event, 64> ready;
    while (well && latencies.size() < total) {
        const int count = epoll_wait(events, ready.data(), static_cast<int>(ready.size()), silence_ms);
        well = count > 0 || (count < 0 && errno == EINTR);
        for (int i = 0; well && i < count; ++i) {
            auto& one = *static_cast<Connection*>(ready[static_cast<std::size_t>(i)].data.ptr);
            const bool was_full = one.full;
            well = one.read_some(latencies) && one.send_some(window) && (one.full == was_full || watch(one, EPOLL_CTL_MOD));
        }
    }
    ::close(events);
    return well;
}

} // namespace

int flood(const char* url, std::uint64_t messages, unsigned connections, unsigned window, std::uint64_t seed)
{
    const auto target = parse_target(url);
    if (!target || target->http || target->tls || connections == 0 || window == 0) return 64;
    auto prepared = prepare(feed(messages, seed), connections);
    std::vector<double> latencies;
    latencies.reserve(messages);
    bool well = true;
    for (auto& one : prepared) well = well && one.open(*target);
    const Span span;
    well = well && run(prepared, window, messages, latencies);
    const auto wall = span.wall(), cpu = span.cpu();
    for (auto& one : prepared)
        if (one.socket >= 0) ::close(one.socket);
    const auto accepted = latencies.size();
    fmt::print(R"({{"messages":{},"accepted":{},"messages_per_second":{:.1f},"sender_cpu_us":{:.2f},"latency_ms":{{"p50":{:.3f},"p99":{:.3f}}}}})" "\n", messages, accepted,
               static_cast<double>(accepted) / wall, cpu / static_cast<double>(messages) * 1e6, quantile(latencies, 0.5), quantile(latencies, 0.99));
    return well ? 0 : 1;
}

} // namespace sluse::bench
