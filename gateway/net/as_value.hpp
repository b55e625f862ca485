// gateway/net/as_value.hpp — waiting for the network with errors as values.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluse {

/// `const auto [ec, size] = co_await …(…, as_value)`: what fails is answered, not thrown.
inline constexpr auto as_value = boost::asio::as_tuple(boost::asio::use_awaitable);

} // namespace sluse
