// gateway/net/io_threads.hpp — the few named threads that wait for sockets, one event loop each, and one beside them for what takes long.
#pragma once

#include "gateway/net/doorbell.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace sluse {

/// A connection lives on one loop, so its state needs no lock and no strand. What escapes a handler is logged and the loop goes on:
/// it ends that handler, not the process. Owner starts it first and destroys it last.
class IoThreads {
public:
    /// `threads` loops for sockets, and the one aside.
    explicit IoThreads(unsigned threads, const std::string& name = "sluse-io");
    ~IoThreads();
    IoThreads(const IoThreads&) = delete;
    IoThreads& operator=(const IoThreads&) = delete;

    /// Of the loops for sockets.
    unsigned size() const { return static_cast<unsigned>(loops_.size()) - 1; }
    boost::asio::io_context& at(unsigned i) { return loops_[i]->context; }
    Doorbell& doorbell(unsigned i) { return loops_[i]->doorbell; }
    /// For work that would hold up every socket of a loop.
    boost::asio::io_context& aside() { return loops_.back()->context; }
    /// Takes turns, so that connections spread.
    boost::asio::io_context& next() { return at(static_cast<unsigned>(turn_.fetch_add(1) % size())); }
    /// Stops the loops and joins. Whatever still waits is destroyed without being run. Idempotent; not from a loop's own thread.
    void stop();

private:
    struct Loop {
        boost::asio::io_context context{1};
        boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
        Doorbell doorbell{context};
        std::thread thread;
    };
    std::vector<std::unique_ptr<Loop>> loops_; ///< the last one is aside
    std::atomic<unsigned> turn_{0};
};

} // namespace sluse
