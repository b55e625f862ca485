// gateway/intake/mllp_inbox.cpp — answers on their way from the journal's threads to their session, and what a listener counts.
#include "gateway/intake/mllp_session.hpp"

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
    std::shared_ptr<Session> woken;
    Doorbell* doorbell = nullptr;
    {
        const std::lock_guard lock(mutex_);
        if (!session_) {
            late_.add();
        } else {
            items_.push_back({sequence, std::move(receipt.reply), receipt.pause_ms});
            if (!std::exchange(awake_, true)) {
                woken = session_->shared_from_this();
                doorbell = &session_->doorbell();
            }
        }
    }
    // Without the lock: the loop wakes at once on another core and would only wait for it again. The session may have ended, its loop has not.
    if (woken) doorbell->ring(std::move(woken));
    let_go();
}

void Inbox::let_go()
{
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
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
    {
        const std::lock_guard lock(mutex_);
        session_ = nullptr;
    }
    let_go();
}

} // namespace sluse::mllp
