// gateway/intake/mllp_session.cpp — reading, dispatching and answering of one MLLP connection. Each wait has an end in check_deadlines().
#include "gateway/intake/mllp_session.hpp"

#include "gateway/base/log_lines.hpp"

#include <algorithm>

namespace sluse::mllp {
namespace {

constexpr std::size_t long_bytes_min = 64 * 1024; ///< checking one takes a quarter of a millisecond and more
constexpr std::size_t keep_bytes_max = 16 * 1024; ///< a buffer that grew past this is given back once it is empty
constexpr Millis linger_max = second_ms;
constexpr std::string_view handshake_reason = "handshake";
constexpr std::size_t linger_bytes_max = 1u << 20;

Instant after(Millis span)
{
    return std::chrono::steady_clock::now() + std::chrono::milliseconds(span);
}

void give_back(std::string& buffer)
{
    if (buffer.capacity() > keep_bytes_max) buffer = {};
    else buffer.clear();
}

} // namespace

Session::Session(Shared& shared, Shard& shard, std::unique_ptr<Wire> wire, Connections::Pass pass, std::string peer)
    : shared_(shared), shard_(shard), wire_(std::move(wire)), pass_(std::move(pass)), peer_(std::move(peer)), inbox_(new Inbox(this, shared.counts.late_answers)),
      framer_(shared.options.message_bytes_max), wake_(shard.loop, Instant::max())
{
}

/// One that never ran, or whose loop stopped before its end.
Session::~Session()
{
    if (inbox_) inbox_->detach();
}

void Session::start()
{
    shard_.sessions.push_back(*this);
    shared_.counts.opened.add();
    shared_.counts.open.add(1);
    auto task = serve(shared_from_this());
    asio::co_spawn(shard_.loop, std::move(task), [](std::exception_ptr escaped) {
        if (escaped) log_lines().error("intake.session_threw");
    });
}

void Session::wake()
{
    wake_.cancel();
}

void Session::drain()
{
    draining_ = true;
    // Between frames the reader sits in read(): end that wait. What the peer has sent meanwhile was not acknowledged, so it sends again.
    // A write under way would be cancelled too, so then it is left to write_out() to come back here.
    if (reading_ && !writing_ && !framer_.inside()) {
        boost::system::error_code ignored;
        wire_->socket().cancel(ignored);
    }
    wake();
}

void Session::shut(std::string_view reason)
{
    if (std::exchange(shut_, true)) return;
    if (reason_.empty()) reason_ = reason;
    boost::system::error_code ignored;
    wire_->socket().close(ignored);
    wake();
}

void Session::check_deadlines(Instant now)
{
    if (shut_) return;
    if (now > write_by_) return shut("write_timeout");
    if (now > answer_by_) return shut("answer_timeout");
    if (now > read_by_) return shut(read_reason_);
    if (framer_.may_settle() && rest_.empty() && now - last_read_ > std::chrono::milliseconds(shared_.options.sweep)) settle_frame();
    if (now > resume_at_ && (resume_at_ != Instant{} || shard_.starved)) wake();
}

asio::awaitable<void> Session::serve(std::shared_ptr<Session> self)
{
    try {
        co_await self->converse();
    } catch (const std::exception&) { // a bug; it ends this connection and nothing else
        log_lines().error("intake.session_threw", {{"listener", self->shared_.counts.listener}});
        self->shut("internal");
    }
    self->shut(self->draining_ ? "drained" : "closed_by_peer");
    while (self->writing_ || self->aside_) static_cast<void>(co_await self->wake_.async_wait(as_value));
    self->end();
}

asio::awaitable<void> Session::converse()
{
    read_reason_ = handshake_reason;
    read_by_ = after(shared_.options.handshake_max);
    const auto fault = co_await wire_->handshake();
    if (fault) {
        if (!shut_ || reason_ == handshake_reason) log_handshake(shared_.counts.listener, peer_, *fault); // else we ended it
        co_return shut(handshake_reason);
    }
    certificate_names_ = wire_->certificate_names();
    co_await read_messages();
    co_await wait_for_answers();
    co_await linger();
}

asio::awaitable<void> Session::read_messages()
{
    boost::system::error_code ec;
    while (!shut_ && !broken_ && !(draining_ && !framer_.inside())) {
        if (!rest_.empty() || !has_room()) co_await wait_for_room();
        if (shut_) break;
        if (!rest_.empty()) {
            const auto bytes = std::exchange(rest_, {});
            feed(bytes);
            continue;
        }
        if (draining_ && !framer_.inside()) break;
        if (!framer_.inside()) {
            read_reason_ = "idle";
            read_by_ = after(shared_.options.idle_max);
        }
        reading_ = true;
        const auto bytes = co_await wire_->read(shard_, ec);
        reading_ = false;
        read_by_ = Instant::max();
        if (ec == asio::error::operation_aborted && draining_ && !shut_) continue;
        if (ec) break;
        last_read_ = std::chrono::steady_clock::now();
        feed(bytes);
    }
    if (shut_) co_return;
    if (ec && ec != asio::error::eof && ec != asio::error::operation_aborted && reason_.empty()) reason_ = "reset_by_peer";
    settle_frame();
    if (framer_.inside() && reason_.empty()) reason_ = "cut_frame";
}

bool Session::has_room()
{
    const auto& o = shared_.options;
    if (aside_) return false; // what follows a long message must not overtake it
    if (resume_at_ != Instant{} && std::chrono::steady_clock::now() < resume_at_) return false;
    if (waiting() == 0) return true; // one may always be under way, so that a full gateway still moves
    if (waiting() >= o.window_messages_max || in_flight_bytes_ >= o.window_bytes_max) return false;
    if (shared_.in_flight_bytes.load(std::memory_order_relaxed) < o.in_flight_bytes_max) return true;
    shard_.starved = true;
    return false;
}

asio::awaitable<void> Session::wait_for_room()
{
    // Ends by pump(), by the sweep, or by answer_by_.
    read_by_ = Instant::max(); // it is we who do not read
    while (!shut_ && !has_room() && !(draining_ && !framer_.inside())) static_cast<void>(co_await wake_.async_wait(as_value));
    resume_at_ = {};
    if (framer_.inside()) frame_began_ = last_read_ = std::chrono::steady_clock::now();
    watch_frame();
}

asio::awaitable<void> Session::wait_for_answers()
{
    read_by_ = Instant::max(); // nothing more is read; answer_by_ and write_by_ end this wait
    while (!shut_ && (waiting() > 0 || writing_)) static_cast<void>(co_await wake_.async_wait(as_value));
}

/// Closing a socket with unread bytes resets it, and a reset can overtake the answers; so say goodbye and read what is left.
asio::awaitable<void> Session::linger()
{
    if (shut_) co_return;
    read_reason_ = draining_ ? "drained" : "closed_by_peer";
    read_by_ = after(linger_max);
    co_await wire_->finish();
    boost::system::error_code ec;
    for (std::size_t left = 0; !shut_ && !ec && left < linger_bytes_max;) {
        const auto bytes = co_await wire_->read(shard_, ec);
        left += bytes.size();
    }
    read_by_ = Instant::max();
}

void Session::feed(std::string_view bytes)
{
    inbox_->hold();
    const auto junk = framer_.junk_bytes();
    while (!shut_ && !(draining_ && !framer_.inside())) {
        if (!has_room()) {
            rest_.assign(bytes); // the buffer that `bytes` lies in belongs to the loop
            break;
        }
        const auto message = framer_.next(bytes);
        if (!message) {
            shared_.counts.bad_frames.add();
            reason_ = "bad_frame";
            broken_ = true; // what came before is still answered
            break;
        }
        if (!*message) break;
        frame_began_ = {};
        dispatch(**message);
    }
    if (framer_.junk_bytes() != junk) shared_.counts.junk_bytes.add(framer_.junk_bytes() - junk);
    watch_frame();
    pump();
}

/// The frame's deadline, and its share of the memory for frames that are not whole yet.
void Session::watch_frame()
{
    const auto& o = shared_.options;
    const auto held = framer_.held_bytes();
    shared_.buffered_bytes.fetch_add(held - buffered_bytes_, std::memory_order_relaxed); // unsigned: wraps rightly when it shrinks
    buffered_bytes_ = held;
    if (!framer_.inside()) {
        frame_began_ = {};
        return;
    }
    if (frame_began_ == Instant{}) frame_began_ = last_read_;
    read_reason_ = "mid_frame";
    read_by_ = frame_began_ + std::chrono::milliseconds(o.mid_frame_max + static_cast<Millis>(held / (64 * 1024)) * second_ms);
    if (held > keep_bytes_max && shared_.buffered_bytes.load(std::memory_order_relaxed) > o.buffer_bytes_max) shut("buffers_full");
}

/// A frame whose last CR never came is whole when the sender pauses or leaves.
void Session::settle_frame()
{
    const auto message = framer_.settle();
    if (!message) return;
    inbox_->hold();
    dispatch(*message);
    watch_frame();
    pump();
}

void Session::dispatch(std::string_view bytes)
{
    const auto sequence = first_ + waiting();
    const auto size = bytes.size();
    slots_.push_back({size, false, {}});
    in_flight_bytes_ += size;
    shared_.in_flight_bytes.fetch_add(size, std::memory_order_relaxed);
    if (answer_by_ == Instant::max()) answer_by_ = after(shared_.options.answer_max);
    if (size >= long_bytes_min) receive_aside(std::string(bytes), sequence);
    else receive(bytes, sequence);
}

/// Thread-safe: touches nothing that changes.
void Session::receive(std::string_view bytes, std::uint64_t sequence)
{
    Delivery delivery;
    delivery.borrowed = bytes;
    delivery.via = "mllp";
    delivery.system = shared_.options.system;
    delivery.peer = peer_;
    delivery.certificate_names = certificate_names_;
    inbox_->expect();
    shared_.receiver.receive(std::move(delivery), [inbox = inbox_, sequence](Receipt receipt) { inbox->put(sequence, std::move(receipt)); });
}

/// The session neither reads on nor ends meanwhile.
void Session::receive_aside(std::string bytes, std::uint64_t sequence)
{
    aside_ = true;
    asio::post(shared_.aside, [self = shared_from_this(), bytes = std::move(bytes), sequence] {
        bool received = false;
        try {
            self->receive(bytes, sequence);
            received = true;
        } catch (const std::exception&) { // a bug, as in serve()
            log_lines().error("intake.session_threw", {{"listener", self->shared_.counts.listener}});
        }
        asio::post(self->shard_.loop, [self, received] {
            self->aside_ = false;
            if (!received) self->shut("internal");
            self->wake();
        });
    });
}

void Session::pump()
{
    if (ended_) return;
    arrived_.clear();
    inbox_->take(arrived_);
    for (auto& item : arrived_) {
        auto& slot = slots_[head_ + static_cast<std::size_t>(item.sequence - first_)];
        slot.ready = true;
        slot.reply = std::move(item.reply);
        if (item.pause_ms > 0) resume_at_ = std::max(resume_at_, after(item.pause_ms));
    }
    if (arrived_.capacity() > 64) arrived_ = {};
    if (shut_ || writing_) return;
    gather();
    if (!out_.empty()) out_.erase(0, wire_->write_now(out_));
    if (out_.empty()) {
        give_back(out_);
        return wake();
    }
    writing_ = true;
    write_by_ = after(shared_.options.write_max);
    auto task = write_out(shared_from_this());
    asio::co_spawn(shard_.loop, std::move(task), [](std::exception_ptr escaped) {
        if (escaped) log_lines().error("intake.writer_threw");
    });
}

/// Takes the answers whose turn it is: one write for all of them. What is being written is taken only once it is gone, so a peer that
/// does not read its answers fills the window and stops being read.
void Session::gather()
{
    if (head_ < slots_.size() && slots_[head_].ready) answer_by_ = after(shared_.options.answer_max);
    for (; head_ < slots_.size() && slots_[head_].ready; ++head_, ++first_) {
        auto& slot = slots_[head_];
        in_flight_bytes_ -= slot.bytes;
        shared_.in_flight_bytes.fetch_sub(slot.bytes, std::memory_order_relaxed);
        if (!slot.reply.empty()) append_mllp_frame(slot.reply, out_);
        slot.reply = {};
    }
    if (head_ == slots_.size()) {
        answer_by_ = Instant::max();
        head_ = 0;
        if (slots_.capacity() > 64) slots_ = {};
        else slots_.clear();
    } else if (head_ > 256) {
        slots_.erase(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }
    if (shard_.starved) {
        shard_.starved = false;
        shard_.for_each([](Session& session) { session.wake(); });
    }
}

asio::awaitable<void> Session::write_out(std::shared_ptr<Session> self)
{
    while (!self->shut_ && !self->out_.empty()) {
        const bool sent = co_await self->wire_->write(self->out_);
        if (!sent) {
            self->shut("write_failed");
            break;
        }
        give_back(self->out_);
        self->gather();
        self->write_by_ = after(self->shared_.options.write_max);
    }
    self->write_by_ = Instant::max();
    self->writing_ = false;
    if (self->draining_) self->drain();
    self->wake();
}

void Session::end()
{
    std::exchange(inbox_, nullptr)->detach();
    ended_ = true;
    shared_.in_flight_bytes.fetch_sub(in_flight_bytes_, std::memory_order_relaxed);
    shared_.buffered_bytes.fetch_sub(buffered_bytes_, std::memory_order_relaxed);
    shared_.counts.closed(reason_).add();
    shared_.counts.open.add(-1);
    if (reason_ != "closed_by_peer" && reason_ != "drained" && reason_ != handshake_reason) // that one was told with its cause
        log_lines().info("intake.closed", {{"listener", shared_.counts.listener}, {"peer", peer_}, {"reason", reason_}, {"unanswered", waiting()}});
    shard_.sessions.erase(shard_.sessions.iterator_to(*this));
    Connections::Pass last = std::move(pass_); // after this the listener may be gone
}

} // namespace sluse::mllp
