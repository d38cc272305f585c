#pragma once

#include <sluice/session/grant.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The type of the events that say who comes and who leaves.
inline constexpr std::string_view presence_event_type = "presence";

/// What the topic of such an event begins with. Behind it is the topic that they come to and leave.
inline constexpr std::string_view presence_prefix = "presence/";

/// Which topics `broker::async_presence` is asked about: those that streams name, without `every_topic`.
struct presence_query {
    /// The topic; empty if it is asked for a pattern.
    std::string topic{};
    /// Each topic that this pattern matches (`broker_config::patterns`); with `every_topic`, each that there is.
    std::string topic_pattern{};
    /// Who asks: nothing is said of topics other than `grant::private_topics`.
    sluice::grant grant = sluice::grant::of_everything();
    /// What the page before said in `topic_presence::next`, or for a pattern in `presence_page::next`; empty for the
    /// first page.
    std::string after{};
    /// The most subjects of one topic, and the most topics. A page with several topics also ends with the topic whose
    /// subjects bring it to so many.
    std::size_t limit = 100;
    /// A page ends with the subject that brings subjects and payloads to so many bytes.
    std::size_t max_bytes = std::size_t{1} << 20U;
};

/// A subject that has a topic open.
struct present_subject {
    /// `grant::subject`.
    std::string subject{};
    /// What the newest stream's grant says (`grant::payloads`), as JSON; empty if it says nothing.
    std::string payload{};
    /// How many streams of the subject name the topic.
    std::uint64_t streams = 0;
};

/// Who has a topic open.
struct topic_presence {
    /// The topic.
    std::string topic{};
    /// How many streams name it, with those that have no subject.
    std::uint64_t streams = 0;
    /// Their subjects, by their texts.
    std::vector<present_subject> subjects{};
    /// What `presence_query::after` has to be for the next subjects of this topic; empty if there are none.
    std::string next{};
};

/// Who has which topics open, by the topics' texts.
struct presence_page {
    /// Of a topic that was asked for by its name there is one entry, also if nobody has it open; none if the grant does
    /// not have the topic.
    std::vector<topic_presence> topics{};
    /// What `presence_query::after` has to be for the next topics of a pattern; empty if there are none.
    std::string next{};
};

} // namespace sluice
