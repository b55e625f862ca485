// gateway/net/address.hpp — an address to listen on or to compare with, as a configuration writes it.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>

namespace sluse {

/// An IP address, or "localhost" for 127.0.0.1; other names are not looked up and set `ec`.
inline boost::asio::ip::address ip_address(const std::string& text, boost::system::error_code& ec)
{
    return boost::asio::ip::make_address(text == "localhost" ? "127.0.0.1" : text, ec);
}

} // namespace sluse
