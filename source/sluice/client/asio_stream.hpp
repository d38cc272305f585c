#pragma once

#include <sluice/client/byte_stream.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/write.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sluice {

/// Reading and writing of an Asio stream, for plain and encrypted connections alike.
template <class Stream>
class asio_stream : public byte_stream {
public:
    boost::asio::awaitable<std::pair<error_code, std::size_t>> read_some(boost::asio::mutable_buffer to) final
    {
        auto const [ec, size] = co_await stream_.async_read_some(to, boost::asio::as_tuple(boost::asio::deferred));
        co_return std::pair{ec, size};
    }
    boost::asio::awaitable<error_code> write(std::string_view bytes) final
    {
        auto const buffer = boost::asio::buffer(bytes);
        auto const [ec, size] =
            co_await boost::asio::async_write(stream_, buffer, boost::asio::as_tuple(boost::asio::deferred));
        co_return ec;
    }
    void close() noexcept final
    {
        error_code ignored;
        stream_.lowest_layer().close(ignored);
    }

protected:
    template <class... Arguments>
    explicit asio_stream(Arguments&&... arguments) : stream_{std::forward<Arguments>(arguments)...}
    {
    }
    [[nodiscard]] Stream& next_layer() noexcept { return stream_; }

private:
    Stream stream_;
};

/// A connection without encryption.
class plain_stream final : public asio_stream<client_socket> {
public:
    explicit plain_stream(client_socket socket) : asio_stream{std::move(socket)} {}

    boost::asio::awaitable<error_code> handshake() override { co_return error_code{}; }
    [[nodiscard]] bool is_final(error_code /*ec*/) const noexcept override { return false; }
    [[nodiscard]] std::string detail() const override { return {}; }
};

} // namespace sluice
