// gateway/net/io_threads.cpp — loops and their threads.
#include "gateway/net/io_threads.hpp"

#include "gateway/base/log_lines.hpp"

#include <pthread.h>

namespace sluse {
namespace {

void run(boost::asio::io_context& context)
{
    for (;;) {
        try {
            context.run();
            return;
        } catch (const std::exception& bug) {
            log_lines().error("io.handler_threw", {{"what", bug.what()}});
        }
    }
}

} // namespace

IoThreads::IoThreads(unsigned threads, const std::string& name)
{
    for (unsigned i = 0; i <= threads; ++i) {
        loops_.push_back(std::make_unique<Loop>());
        auto& loop = *loops_.back();
        loop.thread = std::thread([&context = loop.context] { run(context); });
        pthread_setname_np(loop.thread.native_handle(), (name + '-' + (i < threads ? std::to_string(i) : "aside")).substr(0, 15).c_str());
    }
}

IoThreads::~IoThreads()
{
    stop();
}

void IoThreads::stop()
{
    for (auto& loop : loops_) {
        loop->work.reset();
        loop->context.stop();
    }
    for (auto& loop : loops_)
        if (loop->thread.joinable()) loop->thread.join();
}

} // namespace sluse
