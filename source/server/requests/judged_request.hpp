#pragma once

#include "body_reader.hpp"
#include "dispatch.hpp"
#include "entrance.hpp"
#include "options/settings.hpp"
#include "request_reader.hpp"
#include "response_writer.hpp"
#include <sluice/http/reply.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace sluice::server {

/// A request whose head has arrived.
struct judged_request {
    /// How it fits into its connection.
    exchange how;
    /// Where it leads.
    destination to;
    /// The client's address, if it is needed: for a stream, for a body that is taken in parts, or for a client that is
    /// answered by the head alone.
    std::string client;
    /// How its body is treated.
    body_terms body;
};

/// Judges a request by its head, before any of its body is read. A body whose coding is not understood makes the head
/// the whole request. `peer` is the address of who sent it, `body_limit` how long a body may be that a route wants. The
/// entrance outlives the result.
[[nodiscard]] judged_request judge_request(http_request const& head, entrance const& by, settings const& in_force,
                                           jwt::verifier& tokens, std::string const& peer, std::size_t body_limit);

/// The answer with which the connection ends, if the reader's step leads to one. A client that is answered by the head
/// alone is not asked for the body, nor told what is wrong with it. There is no request before a head has arrived.
[[nodiscard]] std::optional<reply> last_answer(request_reader::step const& step,
                                               std::optional<judged_request> const& request);

} // namespace sluice::server
