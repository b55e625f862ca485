// gateway/intake/mllp_inbox.cpp — answers on their way from the journal's threads to their session, and what a listener counts.
#include "gateway/intake/mllp_session.hpp"

#include <boost/asio/post.hpp>

namespace sluse::mllp {

Counts::Counts(Metrics& m, const std::string& name)
    : metrics(m), listener(name), opened(m.counter("sluse_connections_opened_total", "Connections accepted.", {{"listener", name}})),
      junk_bytes(m.counter("sluse_mllp_junk_bytes_total", "Bytes outside frames, skipped.", {{"listener", name}})),
      bad_frames(m.counter("sluse_mllp_bad_frames_total", "Connections given up because their bytes were no frames.", {{"listener", name}})),
      late_answers(m.counter("sluse_answers_undeliverable_total", "Answers whose sender had gone; it will send again.", {{"listener", name}})),
      open(m.gauge("sluse_connections_open", "Connections now.", {{"listener", name}}))
{
}

Counter& Counts::closed(std::string_view reason)
{
    return metrics.counter("sluse_connections_closed_total", "Connections ended, by reason.", {{"listener", listener}, {"reason", reason}});
}

Counter& Counts::rejected(std::string_view reason)
{
    return metrics.counter("sluse_connections_rejected_total", "Connections not let in, by reason.", {{"listener", listener}, {"reason", reason}});
}

void Inbox::put(std::uint64_t sequence, Receipt receipt)
{
    std::unique_lock lock(mutex_);
    const bool last = owed_.fetch_sub(1, std::memory_order_acq_rel) == 1 && !session_;
    if (!session_) {
        late_.add();
        lock.unlock();
        if (last) delete this;
        return;
    }
    items_.push_back({sequence, std::move(receipt.reply), receipt.pause_ms});
    if (std::exchange(awake_, true)) return;
    // Under the lock, so that the session cannot end in between; its loop outlives it.
    asio::post(session_->loop(), [self = session_->shared_from_this()] { self->pump(); });
}

void Inbox::take(std::vector<Item>& items)
{
    const std::lock_guard lock(mutex_);
    items.swap(items_);
    awake_ = false;
}

void Inbox::hold()
{
    const std::lock_guard lock(mutex_);
    awake_ = true;
}

void Inbox::detach()
{
    std::unique_lock lock(mutex_);
    session_ = nullptr;
    const bool last = owed_.load(std::memory_order_acquire) == 0;
    lock.unlock();
    if (last) delete this;
}

} // namespace sluse::mllp
