#pragma once

#include <support/event_stream.hpp>
#include <support/http_connection.hpp>
#include <support/server_process.hpp>

#include <boost/json/object.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

/// An event as its publisher knows it, with the id that it was answered.
struct published {
    std::string id;
    std::string type;
    std::string data;
};

/// A running server and one keep-alive connection to its publishing and control routes. Calls fail the test
/// when they are not answered as they should be.
class hub {
public:
    explicit hub(std::string_view threads, std::vector<std::string> more_arguments = {});

    server_process& server() { return server_; }
    [[nodiscard]] endpoint at() const { return endpoint(server_.port()); }

    published publish(std::string data, std::string type = "message");
    published publish_as(std::string id, std::string data); ///< with an id of the publisher's own
    /// `<prefix>1` to `<prefix><count>`.
    std::vector<published> publish_many(std::string_view prefix, std::size_t count,
                                        const std::string& type = "message");
    /// To these sessions, all of which the server must know.
    published send(const std::vector<std::string>& sessions, std::string data, std::string type = "message");
    http_response post(const std::string& target, const boost::json::object& body = {});
    std::string mint();

    boost::json::object stats();
    std::int64_t stat(std::string_view name);
    /// Every session of GET /sessions.
    std::vector<boost::json::object> sessions();
    std::optional<boost::json::object> session(std::string_view id);

    /// Returns once the server knows that the session has no connection.
    void wait_away(std::string_view id);
    /// As seen by a client that vanished: the connection is reset, and the server knows.
    void drop(event_stream& stream);

private:
    published publish_body(boost::json::object body, const std::string& target);

    server_process server_;
    http_connection control_;
};

/// The claim of a client that comes back to the stream's session with the last id that it has seen.
stream_options resume_of(const event_stream& stream);

/// Runs a scenario on a hub with one shard, then on a hub with several.
template <class Scenario>
void on_one_and_several_threads(const std::vector<std::string>& arguments, Scenario scenario)
{
    for (const std::string_view threads : {"1", "3"}) {
        INFO("--threads ", threads);
        hub h(threads, arguments);
        scenario(h);
    }
}

} // namespace sluice::test
