#include <sluice/fan_out/closed_topics.hpp>

#include <sluice/fan_out/topic_ends.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace sluice {
namespace {

using frames = std::vector<boost::intrusive_ptr<frame>>;
using strings = std::vector<std::string>;

boost::intrusive_ptr<frame> about(strings topics, bool last = false)
{
    return frame::make({.topics = std::move(topics), .last = last}, {}, {});
}

boost::intrusive_ptr<frame> mark(frame_kind kind, std::string topic)
{
    return frame::make_mark(kind, std::move(topic), {});
}

push_outcome push(publishing_pass& pass, frames const& some, bool has_room = true)
{
    return pass.try_push(some, [has_room](publishing_pass::frames) { return has_room; });
}

push_outcome push(closed_topics& topics, frames const& all, bool has_room = true)
{
    publishing_pass pass{topics, all, false};
    return push(pass, all, has_room);
}

TEST_SUITE_BEGIN("fan_out/closed_topics");

TEST_CASE("try_push · closes all topics of a last event, which refuses what comes behind it")
{
    closed_topics topics;
    CHECK(push(topics, {about({"a"})}) == push_outcome::pushed);
    CHECK(push(topics, {about({"a", "b", "a"}, true)}) == push_outcome::pushed);
    CHECK(topics.contains("a"));
    CHECK(topics.contains("b"));
    CHECK_FALSE(topics.contains("c"));
    CHECK(push(topics, {about({"c", "b"})}) == push_outcome::closed);
    CHECK(push(topics, {about({"c"}), about({"a"})}) == push_outcome::closed);
    CHECK(push(topics, {about({"b"}, true)}) == push_outcome::closed);
    CHECK(push(topics, {mark(frame_kind::topic_end, "a")}) == push_outcome::closed);
    CHECK(push(topics, {about({"c"}), about({})}) == push_outcome::pushed);
    CHECK(push(topics, {mark(frame_kind::topic_end, "c")}) == push_outcome::pushed);
    CHECK(push(topics, {about({"c"})}) == push_outcome::closed);
}

TEST_CASE("try_push · what is not pushed closes nothing")
{
    closed_topics topics;
    CHECK(push(topics, {about({"a"}, true)}, false) == push_outcome::no_room);
    CHECK_FALSE(topics.contains("a"));
    CHECK(push(topics, {about({"a"}, true), about({"a"})}) == push_outcome::closed);
    CHECK_FALSE(topics.contains("a"));
    CHECK(push(topics, {about({"b"}), about({"a"}, true)}) == push_outcome::pushed);
    CHECK(push(topics, {mark(frame_kind::topic_forgotten, "a")}, false) == push_outcome::no_room);
    CHECK(topics.contains("a"));
}

TEST_CASE("forget · opens a topic, if it was this frame that closed it")
{
    closed_topics topics;
    auto const first = about({"a"}, true);
    CHECK(push(topics, {first}) == push_outcome::pushed);
    CHECK(push(topics, {mark(frame_kind::topic_forgotten, "a")}) == push_outcome::pushed);
    CHECK_FALSE(topics.contains("a"));
    auto const second = about({"a"}, true);
    CHECK(push(topics, {second}) == push_outcome::pushed);
    topics.forget("a", *first);
    CHECK(topics.contains("a"));
    topics.forget("a", *second);
    CHECK_FALSE(topics.contains("a"));
    CHECK(push(topics, {about({"a"})}) == push_outcome::pushed);
}

TEST_CASE("in parts · the topics of a batch are neither closed nor forgotten by others between its parts")
{
    closed_topics topics;
    frames const batch{about({"a"}), about({"b"}, true), about({"c"})};
    {
        publishing_pass pass{topics, batch, true};
        CHECK(push(pass, {batch[0]}, false) == push_outcome::no_room);
        CHECK(push(pass, {batch[0]}) == push_outcome::pushed);
        CHECK(push(topics, {about({"a"}, true)}) == push_outcome::busy);
        CHECK(push(topics, {mark(frame_kind::topic_end, "c")}) == push_outcome::busy);
        CHECK(push(topics, {mark(frame_kind::topic_forgotten, "b")}) == push_outcome::busy);
        CHECK(push(topics, {about({"b"})}) == push_outcome::closed);
        CHECK(push(topics, {about({"a", "c"})}) == push_outcome::pushed);
        // Two batches at once are in nobody's way, unless one closes what is the other's.
        frames const other{about({"a"}), about({"c"})};
        publishing_pass beside{topics, other, true};
        CHECK(push(beside, {other[0]}) == push_outcome::pushed);
        frames const closing{about({"x"}), about({"c"}, true)};
        publishing_pass too_early{topics, closing, true};
        CHECK(push(too_early, {closing[0]}) == push_outcome::busy);
        CHECK_FALSE(topics.contains("x"));
        CHECK(push(pass, {batch[1], batch[2]}) == push_outcome::pushed);
        CHECK(push(topics, {about({"a"}, true)}) == push_outcome::busy);
    }
    CHECK(push(topics, {about({"a"}, true)}) == push_outcome::pushed);
    CHECK(topics.contains("b"));
}

TEST_CASE("in parts · a batch of which nothing was pushed has closed nothing")
{
    closed_topics topics;
    frames const batch{about({"a"}), about({"b"}, true)};
    {
        publishing_pass pass{topics, batch, true};
        CHECK(push(pass, {batch[0]}, false) == push_outcome::no_room);
        CHECK(topics.contains("b"));
    }
    CHECK_FALSE(topics.contains("b"));
    CHECK(push(topics, {about({"a", "b"}, true)}) == push_outcome::pushed);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
