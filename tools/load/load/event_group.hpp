#pragma once

#include "../common/endpoint.hpp"
#include "envelope.hpp"
#include "known_blocks.hpp"
#include "options.hpp"
#include "payload.hpp"
#include "text_template.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::load {

/// Events with a sequence of their own, and the streams that ask for them.
struct event_group {
    std::string stream_head;  ///< of the request for a stream, open for more header fields
    std::string publish_head; ///< of a request that publishes, likewise
    body_template body;
    std::string event_type; ///< as it is read: `message` where none is asked for
    envelope around_data;   ///< what the server puts around the data
    payload_format payload; ///< tells the groups apart, too
    known_blocks known;
    std::size_t streams = 0;
    std::uint64_t published = 0; ///< sequences below this may arrive
};

/// The groups that the options ask for, each with its number for `{group}`.
std::vector<event_group> make_groups(const options& chosen, const endpoint& server, const endpoint& publish_server);

} // namespace sluice::load
