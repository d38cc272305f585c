#pragma once

#include <sluice/error.hpp>
#include <sluice/http/h1_writer.hpp>

#include <boost/asio/socket_base.hpp>
#include <boost/beast/core/stream_traits.hpp>

namespace sluice {

/// Closes the lowest layer of a stream.
template <class Stream>
class stream_closer final : public h1_writer::closer {
public:
    explicit stream_closer(Stream& s) : stream_{s} {}

    void close() noexcept override
    {
        error_code ignored;
        auto& lowest = boost::beast::get_lowest_layer(stream_);
        if constexpr (requires { lowest.close(ignored); }) {
            lowest.close(ignored);
        } else {
            lowest.close();
        }
    }

    void reset() noexcept override
    {
        error_code ignored;
        auto& lowest = boost::beast::get_lowest_layer(stream_);
        boost::asio::socket_base::linger const at_once{true, 0};
        if constexpr (requires { lowest.set_option(at_once, ignored); }) {
            lowest.set_option(at_once, ignored);
        } else if constexpr (requires { lowest.socket().set_option(at_once, ignored); }) {
            lowest.socket().set_option(at_once, ignored);
        }
        close();
    }

private:
    Stream& stream_;
};

} // namespace sluice
