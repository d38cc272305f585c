#pragma once

#include "requests/judged_request.hpp"
#include "requests/request_reader.hpp"
#include "requests/response_writer.hpp"
#include "requests/stream_route.hpp"
#include "worker.hpp"
#include <sluice/http/reply.hpp>

#include <boost/intrusive/list.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

class item_publisher;

using connection_hook = boost::intrusive::list_base_hook<boost::intrusive::tag<worker>,
                                                         boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// What a client that waits for it is answered before it sends the body.
inline constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

/// A connection that carries requests, until it ends or becomes a stream.
///
/// It answers all requests that it has read before it reads more, and writes their answers together, so that a
/// publisher that pipelines is served in batches.
class http_connection : public deadline_entry, public connection_hook {
public:
    http_connection(socket_type& socket, service& s, entrance const& by, worker& home);
    ~http_connection() { worker_.remove(*this); }
    http_connection(http_connection const&) = delete;
    http_connection& operator=(http_connection const&) = delete;

    /// How serving requests ended.
    struct outcome {
        /// A stream that was let in, and its route.
        std::unique_ptr<claimed_session> stream;
        stream_route const* from = nullptr;
        std::unique_ptr<stream_attendance> attendance;
    };

    /// Serves requests until the connection ends, in which case the outcome is empty, or until one asks for a stream.
    [[nodiscard]] task<outcome> run();

    /// Memory was too short for the work of `run`: refuses a request whose head has arrived. Before that it is not
    /// known whether the client is an `EventSource`, which a 503 would end for good.
    void give_up() noexcept;
    /// Closes the connection so that the client can still read the last answer.
    [[nodiscard]] task<void> say_farewell();

    /// Called when the connection's time is over.
    void on_late();
    /// Called when the worker closes its connections.
    void on_closing();
    /// Closes a connection whose client sends nothing, because descriptors run short.
    void on_descriptors_short();
    /// Gives up a body that arrives too slowly as a whole.
    void check_pace();

private:
    [[nodiscard]] task<bool> go_on(request_reader::step const& step);
    [[nodiscard]] task<bool> read();
    [[nodiscard]] task<bool> give_way();
    [[nodiscard]] task<bool> end_late();
    [[nodiscard]] task<bool> publish_items();
    [[nodiscard]] task<bool> read_items(item_publisher& to);
    [[nodiscard]] task<void> take_items(item_publisher& to, request_reader::step& step, admission const& who);
    [[nodiscard]] task<void> publish_part(item_publisher& to, std::string_view part, bool is_last);
    void expect_bytes(request_reader::phase phase);
    [[nodiscard]] bool hold_body(std::size_t bytes) noexcept;
    void drop_body();
    [[nodiscard]] task<bool> flush();
    void judge();
    [[nodiscard]] task<void> judge_by_newer_keys();
    void begin();
    void tell_of_credentials(http_request const& head);
    [[nodiscard]] task<void> end_with(reply r);
    [[nodiscard]] task<std::optional<outcome>> serve(http_request request);
    [[nodiscard]] task<std::optional<outcome>> serve_stream(http_request const& request, judged_request const& now);
    [[nodiscard]] task<std::optional<outcome>> claim(stream_route const& to, std::unique_ptr<subscribe_request> request,
                                                     judged_request const& now);
    void put(reply const& r, judged_request const& now);
    void give(reply const& r, exchange const& how);
    void account(exchange const& how, unsigned status, std::size_t bytes);
    void end_after(exchange const& how);

    socket_type& socket_;
    service& service_;
    entrance const& entrance_;
    worker& worker_;
    request_reader reader_;
    std::string remote_address_;
    std::string out_;
    /// The request whose head has arrived.
    std::optional<judged_request> under_way_;
    pace_entry pace_{*this};
    /// When the head arrived, if the body did not arrive with it.
    std::optional<deadline_entry::time_point> body_awaited_since_;
    body_memory::share body_share_;
    /// Whether the current deadline is that of a header whose first bytes have arrived.
    bool header_timed_ = false;
    bool late_ = false;
    bool ending_ = false;
    /// Whether a request's head has arrived that is not answered yet.
    bool answer_due_ = false;
    /// Whether the request is for a stream, from a client that reads a refusal from one (`make_refusal`).
    bool names_event_stream_ = false;
    /// What that stream would say besides its events.
    stream_manners manners_ = stream_manners::control_events;
    /// Whether the peer still has to read a last answer before the connection closes.
    bool bids_farewell_ = false;
    /// Whether a body is published while it arrives.
    bool publishes_items_ = false;
};

} // namespace sluice::server
