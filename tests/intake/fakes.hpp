// tests/intake/fakes.hpp — a log whose answers the test gives, a small HL7-like adapter, a blocking client.
#pragma once

#include "adapters/adapter.hpp"
#include "gateway/intake/receiver.hpp"
#include "tests/silent_log.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluse::testing_intake {

/// Keeps what is appended. By default answers at once; hold(true) keeps the answers for answer(). Thread-safe.
class FakeLog final : public SilentLog {
public:
    struct Appended_ {
        std::uint32_t partition;
        std::string key;
        Envelope envelope;
    };

    /// Who waits behind an unanswered append owns itself; what a test leaves so stays within reach, and is no leak.
    ~FakeLog() override
    {
        static auto& abandoned = *new std::deque<std::pair<Appended, Position>>();
        static std::mutex mutex;
        const std::lock_guard lock(mutex);
        for (auto& one : waiting_) abandoned.push_back(std::move(one));
    }

    std::uint32_t partitions() const override { return 8; }
    void append(std::uint32_t partition, std::string key, std::string value, Millis, Appended done) override
    {
        std::unique_lock lock(mutex_);
        ++offered_;
        if (fault_) {
            const auto fault = *fault_;
            lock.unlock();
            return done(fault);
        }
        auto envelope = decode_envelope(value);
        records_.push_back({partition, std::move(key), envelope ? *envelope : Envelope{}});
        const Position at{partition, records_.size() - 1};
        if (hold_) waiting_.emplace_back(std::move(done), at);
        changed_.notify_all();
        lock.unlock();
        if (done) done(at);
    }
    void hold(bool on)
    {
        const std::lock_guard lock(mutex_);
        hold_ = on;
    }
    void fail(std::optional<Fault> fault)
    {
        const std::lock_guard lock(mutex_);
        fault_ = std::move(fault);
    }
    bool wait_for(std::size_t records, Millis at_most = 5000)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::milliseconds(at_most), [&] { return records_.size() >= records; });
    }
    std::size_t held() const
    {
        const std::lock_guard lock(mutex_);
        return waiting_.size();
    }
    /// Answers the i-th of those that wait.
    void answer(std::size_t i = 0, std::optional<Fault> fault = {})
    {
        std::unique_lock lock(mutex_);
        auto [done, at] = std::move(waiting_.at(i));
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
        lock.unlock();
        if (fault) done(*fault);
        else done(at);
    }
    void answer_all()
    {
        while (held() > 0) answer(0);
    }
    std::vector<Appended_> records() const
    {
        const std::lock_guard lock(mutex_);
        return records_;
    }
    std::size_t offered() const
    {
        const std::lock_guard lock(mutex_);
        return offered_;
    }


private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Appended_> records_;
    std::deque<std::pair<Appended, Position>> waiting_;
    std::optional<Fault> fault_;
    std::size_t offered_{};
    bool hold_{false};
};

struct FakeDecoded : Decoded {
    std::string_view text;
};

inline std::string_view field_of(std::string_view message, std::string_view segment, unsigned n)
{
    for (std::size_t at = 0; at < message.size();) {
        const auto end = std::min(message.find('\r', at), message.size());
        auto line = message.substr(at, end - at);
        at = end + 1;
        if (!line.starts_with(segment)) continue;
        for (unsigned i = 0; i < n; ++i) {
            const auto bar = line.find('|');
            if (bar == line.npos) return {};
            line.remove_prefix(bar + 1);
        }
        return line.substr(0, line.find('|'));
    }
    return {};
}

/// MSH-n as the standard counts: field 1 is the separator itself.
inline std::string_view msh(std::string_view message, unsigned n)
{
    return field_of(message, "MSH", n - 1);
}

inline bool fake_recognises(std::string_view bytes)
{
    return bytes.starts_with("MSH|");
}
inline std::vector<std::string_view> fake_split(std::string_view bytes, Issues&)
{
    std::vector<std::string_view> out;
    for (std::size_t at = bytes.find("MSH|"); at < bytes.size();) {
        const auto next = std::min(bytes.find("\rMSH|", at), bytes.size());
        out.push_back(bytes.substr(at, next - at));
        at = next + 1;
    }
    return out;
}
inline Checked fake_check(std::string_view message, const SystemSettings&)
{
    Checked c;
    if (message.find("THROW") != message.npos) throw std::runtime_error("decoder bug");
    c.system = std::string(msh(message, 3)) + '|' + std::string(msh(message, 4));
    c.type = msh(message, 9);
    c.control_id = msh(message, 10);
    if (!message.starts_with("MSH|") || message.find("\rBAD") != message.npos) {
        c.answer = Answer::content_error;
        c.issues.push_back({Severity::error, IssueKind::required_missing, "PID-3", "is missing"});
        return c;
    }
    if (message.find("\rREFUSE") != message.npos) c.answer = Answer::refused;
    if (const auto pid = field_of(message, "PID", 3); !pid.empty()) c.persons.push_back({std::string(cpr_system), std::string(pid)});
    auto decoded = std::make_unique<FakeDecoded>();
    decoded->text = message;
    c.decoded = std::move(decoded);
    return c;
}
inline std::string fake_acknowledge(std::string_view message, const Checked& checked, Answer answer, const AckStamp& stamp)
{
    if (msh(message, 15) == "NE") return {};
    // Reads through the decoded view, so that a view left dangling shows under ASan.
    const auto* decoded = static_cast<const FakeDecoded*>(checked.decoded.get());
    const auto control = decoded ? msh(decoded->text, 10) : msh(message, 10);
    const char* code = answer == Answer::accepted ? "AA" : answer == Answer::content_error ? "AE" : "AR";
    std::string ack = "MSH|^~\\&|SLUSE|||||" + stamp.id + "||ACK|\rMSA|" + code + '|' + std::string(control) + '\r';
    if (answer == Answer::store_failed) ack += "ERR|||207|E\r";
    else if (!checked.issues.empty()) ack += "ERR||" + checked.issues.front().path + "|101|E\r";
    return ack;
}

inline std::span<const Adapter> fake_adapters()
{
    static constexpr Adapter table[] = {{"hl7v2", fake_recognises, fake_split, fake_check, fake_acknowledge, nullptr}};
    return table;
}

inline std::string adt(const std::string& control, const std::string& more = "", const std::string& sender = "EPJ|RH")
{
    return "MSH|^~\\&|" + sender + "|SLUSE|X|20260301||ADT^A01|" + control + "|P|2.5\rPID|1||0101701234\r" + more;
}

inline std::string frame(std::string_view message)
{
    return '\v' + std::string(message) + "\x1c\r";
}

/// A blocking TCP client on loopback; every wait ends.
class Client {
public:
    explicit Client(std::uint16_t port)
    {
        socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }
    Client(Client&& other) noexcept : socket_(std::exchange(other.socket_, -1)), connected_(other.connected_) {}
    Client(const Client&) = delete;
    ~Client() { close(); }
    bool connected() const { return connected_; }
    int descriptor() const { return socket_; }
    void close()
    {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }
    void half_close() { ::shutdown(socket_, SHUT_WR); }
    bool send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            pollfd ready{socket_, POLLOUT, 0};
            if (::poll(&ready, 1, 5000) <= 0) return false;
            const auto n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    /// Reads until `frames` frames have come, the peer closes or the time is up.
    std::vector<std::string> receive(std::size_t frames, int at_most_ms = 5000)
    {
        std::vector<std::string> out;
        const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(at_most_ms);
        for (;;) {
            for (auto end = buffer_.find("\x1c\r"); end != buffer_.npos && out.size() < frames; end = buffer_.find("\x1c\r")) {
                out.push_back(buffer_.substr(1, end - 1));
                buffer_.erase(0, end + 2);
            }
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
            if (out.size() >= frames || left <= 0 || !more(static_cast<int>(left))) return out;
        }
    }
    /// True when the peer has closed (end or reset) within the time.
    bool closed(int at_most_ms = 5000)
    {
        const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(at_most_ms);
        for (;;) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
            if (ended_) return true;
            if (left <= 0) return false;
            more(static_cast<int>(left));
        }
    }
    const std::string& unread() const { return buffer_; }
    bool reset() const { return reset_; }

private:
    bool more(int at_most_ms)
    {
        pollfd ready{socket_, POLLIN, 0};
        if (ended_ || ::poll(&ready, 1, at_most_ms) <= 0) return false;
        char bytes[65536];
        const auto n = ::recv(socket_, bytes, sizeof bytes, 0);
        if (n <= 0) {
            ended_ = true;
            reset_ = n < 0;
            return false;
        }
        buffer_.append(bytes, static_cast<std::size_t>(n));
        return true;
    }
    int socket_{-1};
    bool connected_{false}, ended_{false}, reset_{false};
    std::string buffer_;
};

/// "AA 17": what an acknowledgement says, for comparison.
inline std::string said(std::string_view ack)
{
    return std::string(field_of(ack, "MSA", 1)) + ' ' + std::string(field_of(ack, "MSA", 2));
}

/// Waits until it holds, for what another thread does.
template <class Condition> bool eventually(const Condition& condition, int at_most_ms = 5000)
{
    for (int i = 0; i < at_most_ms / 5; ++i) {
        if (condition()) return true;
        ::usleep(5000);
    }
    return condition();
}

} // namespace sluse::testing_intake
