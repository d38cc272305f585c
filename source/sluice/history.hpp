#pragma once

#include <sluice/event/event.hpp>
#include <sluice/session/grant.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace sluice {

/// What of the log `broker::async_history` is asked for.
struct history_query {
    /// The types wanted; empty means every type.
    std::vector<std::string> types{};
    /// The topics wanted, beside those of `topic_patterns`. Where either is named, broadcasts without a topic are left
    /// out. Both empty, or `every_topic` among the topics, means events about any.
    std::vector<std::string> topics{};
    /// The patterns of topics wanted (`broker_config::patterns`).
    std::vector<std::string> topic_patterns{};
    /// What the reader may have, private events included.
    sluice::grant grant = sluice::grant::of_everything();
    /// Where to begin, as `connect_request::since` has it; empty means with the oldest event that is held.
    std::string since{};
    /// The most events of one page.
    std::size_t limit = 100;
    /// A page ends with the event whose data brings it to so many bytes.
    std::size_t max_bytes = std::size_t{1} << 20U;
};

/// A page of the log, oldest event first.
struct history_page {
    /// Each with its id on the wire and its time of publishing.
    std::vector<event> events{};
    /// What `history_query::since` has to be for the next page; empty if there is none.
    std::string next{};
};

} // namespace sluice
