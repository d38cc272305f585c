#pragma once

#include "requests/dispatch.hpp"
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

using connection_hook = boost::intrusive::list_base_hook<boost::intrusive::tag<worker>,
                                                         boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// A request for a stream that is passed to the worker on which its session lives.
struct handover {
    stream_route const* to;
    std::unique_ptr<subscribe_request> request;
    exchange how;
    /// What the client has sent after the request. If the stream is refused, the connection continues with it.
    std::string rest;
};

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
        /// A stream that was let in here, and its route.
        std::unique_ptr<claimed_session> stream;
        stream_route const* from = nullptr;
        /// A request for a stream whose session lives on another worker.
        std::unique_ptr<handover> elsewhere;
    };

    /// Serves requests until the connection ends, in which case the outcome is empty, or until one asks for a stream.
    /// It may begin with a request for a stream that another worker has passed here.
    [[nodiscard]] task<outcome> run(std::unique_ptr<handover> pending);

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
    [[nodiscard]] task<bool> read();
    [[nodiscard]] task<bool> give_way();
    [[nodiscard]] task<bool> end_late();
    void expect_bytes(request_reader::phase phase);
    [[nodiscard]] bool hold_body(std::size_t bytes) noexcept;
    void drop_body();
    [[nodiscard]] task<bool> flush();
    /// The request whose head has arrived: how it fits into the connection, and where it leads.
    struct request_under_way {
        exchange how;
        destination to;
        /// The client's address, if it is needed: for a stream, or for a client that is answered by the head alone.
        std::string client;
    };

    void begin();
    void expect_body(http_request const& head);
    void tell_of_credentials(http_request const& head);
    [[nodiscard]] std::optional<reply> last_answer(request_reader::step const& step) const;
    [[nodiscard]] task<void> end_with(reply r);
    [[nodiscard]] task<reply> answer(http_request const& request, destination const& to);
    [[nodiscard]] reply no_room_for_body() const;
    [[nodiscard]] reply no_memory() const;
    [[nodiscard]] task<std::optional<outcome>> serve(http_request request);
    [[nodiscard]] task<std::optional<outcome>> serve_stream(http_request const& request, request_under_way const& now);
    [[nodiscard]] task<std::optional<outcome>> claim(stream_route const& to, std::unique_ptr<subscribe_request> request,
                                                     exchange how);
    void put(reply const& r, request_under_way const& now);
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
    std::optional<request_under_way> under_way_;
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
    /// Whether the peer still has to read a last answer before the connection closes.
    bool bids_farewell_ = false;
};

} // namespace sluice::server
