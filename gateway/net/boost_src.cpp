// gateway/net/boost_src.cpp — the one translation unit that compiles Asio's and Beast's non-template parts (separate compilation).
// Everything else includes only the specific headers it names.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
