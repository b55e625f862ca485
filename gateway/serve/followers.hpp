// gateway/serve/followers.hpp — who follows the live events, each with a short queue of its own. I/O thread only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <string>

namespace sluse::serve {

using News = std::shared_ptr<const std::string>;

struct Follower {
    explicit Follower(boost::asio::io_context& io) : wake(io) {}
    std::list<News> queue;
    boost::asio::steady_timer wake; ///< cancelled when there is news
    bool slow{};                    ///< to be dropped: so far behind, or dismissed
};

/// Holds none of them: who has left is forgotten.
class Followers {
public:
    bool any()
    {
        forget();
        return !all_.empty();
    }
    /// Null when `most` follow already.
    std::shared_ptr<Follower> join(boost::asio::io_context& io, std::size_t most)
    {
        forget();
        if (all_.size() >= most) return nullptr;
        const auto one = std::make_shared<Follower>(io);
        all_.push_back(one);
        return one;
    }
    /// Who is `behind_max` behind misses it, and everything after.
    void tell(const News& news, std::size_t behind_max)
    {
        for (const auto& weak : all_) {
            const auto one = weak.lock();
            if (!one) continue;
            if (one->queue.size() >= behind_max) one->slow = true;
            else one->queue.push_back(news);
            one->wake.cancel();
        }
    }
    /// All of them leave; who still may comes again.
    void dismiss()
    {
        for (const auto& weak : all_)
            if (const auto one = weak.lock()) {
                one->slow = true;
                one->wake.cancel();
            }
    }

private:
    void forget()
    {
        std::erase_if(all_, [](const auto& weak) { return weak.expired(); });
    }
    std::list<std::weak_ptr<Follower>> all_;
};

} // namespace sluse::serve
