#include <sluice/delivery/stream_end.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

using enum end_action;
using actions = std::vector<end_action>;

[[nodiscard]] actions list(end_actions const& all) { return {all.begin(), all.end()}; }

[[nodiscard]] std::string name(end_action a)
{
    switch (a) {
    case settle:
        return "settle";
    case note_written:
        return "note_written";
    case finish_batch:
        return "finish_batch";
    case say_shutdown:
        return "say_shutdown";
    case say_expired:
        return "say_expired";
    case say_revoked:
        return "say_revoked";
    case say_topic_end:
        return "say_topic_end";
    case end_body:
        return "end_body";
    case fall_silent:
        return "fall_silent";
    case close:
        return "close";
    case reset:
        return "reset";
    case let_go:
        return "let_go";
    case resume:
        return "resume";
    }
    return "?";
}

[[nodiscard]] std::string names(actions const& all)
{
    std::string text;
    for (auto const a : all) {
        text += name(a) + ' ';
    }
    return text;
}

constexpr stream_standing idle{};
constexpr stream_standing begun{.has_begun = true, .is_stuck = false};
constexpr stream_standing stuck{.has_begun = false, .is_stuck = true};
constexpr stream_standing stuck_within{.has_begun = true, .is_stuck = true};

TEST_SUITE_BEGIN("delivery/stream_end");

TEST_CASE("begin · what is done, in what order, by reason and standing")
{
    struct row {
        end_reason why;
        stream_standing how;
        actions expected;
    };
    for (auto const& r : {
             row{end_reason::shut_down, idle, {settle, say_shutdown, end_body, let_go, resume}},
             row{end_reason::shut_down, stuck, {settle, say_shutdown, end_body, let_go, resume}},
             row{end_reason::shut_down,
                 stuck_within,
                 {settle, note_written, finish_batch, say_shutdown, end_body, let_go, resume}},
             row{end_reason::disconnected, idle, {settle, end_body, let_go, resume}},
             row{end_reason::disconnected, begun, {settle, note_written, finish_batch, end_body, let_go, resume}},
             row{end_reason::disconnected, stuck, {settle, fall_silent, reset, let_go, resume}},
             row{end_reason::removed, idle, {settle, end_body, let_go, resume}},
             row{end_reason::removed, stuck_within, {settle, note_written, fall_silent, reset, let_go, resume}},
             row{end_reason::grant_expired, idle, {settle, say_expired, end_body, let_go, resume}},
             row{end_reason::grant_expired, begun, {settle, note_written, fall_silent, reset, let_go, resume}},
             row{end_reason::grant_revoked, idle, {settle, say_revoked, end_body, let_go, resume}},
             row{end_reason::grant_revoked, stuck, {settle, fall_silent, reset, let_go, resume}},
             row{end_reason::topic_closed, idle, {settle, say_topic_end, end_body, let_go, resume}},
             row{end_reason::taken_over, idle, {settle, fall_silent, close, let_go, resume}},
             row{end_reason::taken_over, stuck_within, {settle, note_written, fall_silent, close, let_go, resume}},
             row{end_reason::slow_consumer, stuck_within, {settle, note_written, fall_silent, reset, let_go, resume}},
             row{end_reason::no_memory, idle, {settle, fall_silent, reset, let_go, resume}},
             row{end_reason::connection_failed, begun, {settle, note_written, fall_silent, reset, let_go, resume}},
             row{end_reason::peer_closed, idle, {settle, fall_silent, let_go, resume}},
             row{end_reason::peer_closed, begun, {settle, note_written, fall_silent, let_go, resume}},
         }) {
        CAPTURE(make_error_code(r.why).message());
        CAPTURE(r.how.has_begun);
        CAPTURE(r.how.is_stuck);
        stream_end end;
        CHECK(names(list(end.begin(r.why, r.how))) == names(r.expected));
        CHECK(end.has_begun());
    }
}

TEST_CASE("begin · a stream ends once, for the first reason")
{
    stream_end end;
    CHECK_FALSE(end.has_begun());
    CHECK_FALSE(end.begin(end_reason::shut_down, idle).empty());
    CHECK(end.begin(end_reason::peer_closed, idle).empty());
}

TEST_CASE("cut_off · nothing more goes out, and the peer's next byte finds nobody")
{
    CHECK(names(list(stream_end::cut_off())) == names({fall_silent, reset}));
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
