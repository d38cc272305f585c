#pragma once

#include <sluice/delivery/client.hpp>
#include <support/stream_parser.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::test {

/// Every block in the bytes of a stream's body.
[[nodiscard]] inline std::vector<received_event> blocks_in(std::string_view body)
{
    stream_parser parser;
    parser.feed(body);
    std::vector<received_event> found;
    while (auto block = parser.next()) {
        found.push_back(std::move(*block));
    }
    return found;
}

/// The data of the published events among the blocks, in order: what has an id and is neither `connected` nor a
/// heartbeat.
[[nodiscard]] inline std::vector<std::string> data_in(std::string_view body)
{
    std::vector<std::string> found;
    for (auto& block : blocks_in(body)) {
        if (block.has_id && block.type != "heartbeat" && block.type != "connected") {
            found.push_back(std::move(block.data));
        }
    }
    return found;
}

/// The types of the blocks, in order; of those without data nothing.
[[nodiscard]] inline std::vector<std::string> types_in(std::string_view body)
{
    std::vector<std::string> found;
    for (auto const& b : blocks_in(body)) {
        found.push_back(b.type);
    }
    return found;
}

/// Takes what the client has and says that it was delivered; gives the events' data, `R:` before that of
/// replayed ones.
[[nodiscard]] inline std::vector<std::string> take_all(client& c)
{
    std::vector<std::string> found;
    while (auto const r = c.try_receive()) {
        for (auto const& block : blocks_in(r->payload())) {
            found.push_back((block.comments.empty() ? "" : "R:") + block.data);
        }
        c.delivered(*r);
    }
    return found;
}

} // namespace sluice::test
