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

/// A request for a stream, on its way to the worker on which its session lives.
struct handover {
    stream_route const* to;
    std::unique_ptr<subscribe_request> request;
    exchange how;
    /// What the client has sent behind it: should the stream be refused, the connection goes on with that.
    std::string rest;
};

/// One connection while it carries requests: until it ends or becomes a stream.
///
/// It answers the requests that it has read before it reads more, and writes their answers in one go, so that a
/// publisher that pipelines is served by batches.
class http_connection : public deadline_entry, public connection_hook {
public:
    http_connection(socket_type& socket, service& s, entrance const& by, worker& home);
    ~http_connection() { worker_.remove(*this); }
    http_connection(http_connection const&) = delete;
    http_connection& operator=(http_connection const&) = delete;

    /// What a connection went on to.
    struct outcome {
        /// A stream that was let in here, and what streams there.
        std::unique_ptr<claimed_session> stream;
        stream_route const* from = nullptr;
        /// A request for a stream whose session lives with another worker.
        std::unique_ptr<handover> elsewhere;
    };

    /// Serves requests until the connection ends, and the outcome is empty, or one asks for a stream. It may begin
    /// with a request for a stream that another worker sent here.
    [[nodiscard]] task<outcome> run(std::unique_ptr<handover> pending);

    /// Memory was too short for what `run` was at: refuses a request of which the head has come. Before that nobody can
    /// know whether an `EventSource` asks, which a 503 would end for good.
    void give_up() noexcept;
    /// Closes so that the client can still take the last answer.
    [[nodiscard]] task<void> say_farewell();

    /// Its time is over.
    void on_late();
    /// The worker closes its connections.
    void on_closing();
    /// Others need the descriptor more than a client that sends nothing.
    void on_descriptors_short();
    /// Gives up a body that comes too slowly as a whole.
    void check_pace();

private:
    [[nodiscard]] task<bool> read();
    [[nodiscard]] task<bool> give_way();
    [[nodiscard]] task<bool> end_late();
    void expect_bytes(request_reader::phase phase);
    [[nodiscard]] bool hold_body(std::size_t bytes) noexcept;
    void drop_body();
    [[nodiscard]] task<bool> flush();
    /// The request of which the head has come: how it fits in and what it comes to.
    struct request_under_way {
        exchange how;
        destination to;
        /// The client's address, as far as it matters: of a stream, or of who is answered by the head alone.
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
    /// When the head had come of a body that did not come with it.
    std::optional<deadline_entry::time_point> body_awaited_since_;
    body_memory::share body_share_;
    /// The deadline that stands is that of a header whose first bytes have come.
    bool header_timed_ = false;
    bool late_ = false;
    bool ending_ = false;
    /// A request's head has come, and it was not answered yet.
    bool answer_due_ = false;
    /// What is asked for is a stream, by a client that reads a refusal from one (`make_refusal`).
    bool names_event_stream_ = false;
    /// The peer is to take a last answer before the connection closes.
    bool bids_farewell_ = false;
};

} // namespace sluice::server
