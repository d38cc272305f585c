#pragma once

#include "../common/reactor.hpp"
#include "../common/unique_fd.hpp"
#include "request_reader.hpp"
#include "subscriber_set.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sluice::load {

class connection;

/// What a connection tells its server.
class request_handler {
public:
    virtual ~request_handler() = default;

    /// Puts the answer behind `answers`: those to requests that came together leave together.
    virtual void on_request(connection& from, const request& what, std::string& answers) = 0;
    /// The peer left, sent what cannot be read, or does not take its answers.
    virtual void on_closed(connection& who) = 0;
};

/// One accepted socket: a publisher's, until it asks for the stream and becomes a subscriber's.
class connection final : public io_handler, public subscriber {
public:
    connection(unique_fd socket, request_handler& owner);

    /// From here on the peer only listens: its request buffer is freed and what it sends is ignored.
    void become_subscriber() { reader_.reset(); }

    /// Closes the socket; the object may still get an event that was already fetched, and ignores it.
    void close();

    void on_ready(std::uint32_t events) override;

private:
    void read_requests(std::string_view bytes);
    request_reader::result answer_requests(std::string& answers);
    bool send(std::string_view bytes);

    unique_fd socket_;
    request_handler& owner_;
    std::unique_ptr<request_reader> reader_; ///< null for a subscriber
};

} // namespace sluice::load
