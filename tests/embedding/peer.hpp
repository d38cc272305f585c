#pragma once

#include <sluice/error.hpp>
#include <support/deadline.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/error.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::test {

/// The client's end of a connection, which reads when it is asked to, up to a deadline.
template <class Stream>
class peer {
public:
    /// The context is that of the stream, and nobody else runs it.
    peer(boost::asio::io_context& context, Stream stream) : context_{context}, stream_{std::move(stream)} {}

    [[nodiscard]] Stream& stream() noexcept { return stream_; }

    /// Reads until the text has come; gives all that came up to its end since the last call.
    std::string read_until(std::string_view text)
    {
        while (received_.find(text) == std::string::npos) {
            auto const [ec, bytes] = read_some();
            INFO("waiting for '" << std::string{text} << "'; came: " << received_);
            REQUIRE(ec == error_code{});
        }
        auto const end = received_.find(text) + text.size();
        auto const part = received_.substr(0, end);
        received_.erase(0, end);
        return part;
    }

    /// Reads to the end of the stream, in good order or not; gives all that came since the last call.
    std::string read_to_end()
    {
        while (!read_some().first) {
        }
        return std::exchange(received_, {});
    }

private:
    std::pair<error_code, std::size_t> read_some()
    {
        bool done = false;
        std::pair<error_code, std::size_t> result;
        std::array<char, 4096> room;
        stream_.async_read_some(boost::asio::buffer(room), [&](error_code ec, std::size_t bytes) {
            done = true;
            result = {ec, bytes};
        });
        deadline const until;
        context_.restart();
        while (!done && context_.run_one_until(until.time()) != 0) {
        }
        REQUIRE_MESSAGE(done, "nothing came in time; there was: ", received_);
        received_.append(room.data(), result.second);
        return result;
    }

    boost::asio::io_context& context_;
    Stream stream_;
    std::string received_;
};

} // namespace sluice::test
