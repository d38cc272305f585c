#pragma once

#include <support/failure.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>

namespace sluice::test {

/// An address that answers no connection, as one behind a firewall that drops: a listener whose backlog is full.
class black_hole {
public:
    black_hole(char const* address, std::uint16_t port)
        : acceptor_{context_, {boost::asio::ip::make_address(address), port}}
    {
        boost::system::error_code ec;
        acceptor_.listen(0, ec); // room for one
        filling_.connect(acceptor_.local_endpoint(), ec);
        if (ec) {
            fail("a full backlog", ec.message());
        }
    }

private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::socket filling_{context_};
};

} // namespace sluice::test
