#include <sluice/delivery/stream_end.hpp>

namespace sluice {
namespace {

/// A peer that takes nothing gets last words only when the whole server ends, for then it has the time of the drain.
[[nodiscard]] bool has_last_words(end_reason why, stream_standing how) noexcept
{
    if (why == end_reason::grant_expired || why == end_reason::grant_revoked) {
        // What is left of a batch is not for the client any more.
        return !how.is_stuck && !how.has_begun;
    }
    return why == end_reason::shut_down || why == end_reason::topic_closed ||
           (!how.is_stuck && (why == end_reason::disconnected || why == end_reason::removed));
}

void add_last_words(end_actions& todo, end_reason why, stream_standing how)
{
    if (how.has_begun) {
        todo.push_back(end_action::finish_batch);
    }
    if (why == end_reason::shut_down) {
        todo.push_back(end_action::say_shutdown);
    }
    if (why == end_reason::grant_expired) {
        todo.push_back(end_action::say_expired);
    }
    if (why == end_reason::grant_revoked) {
        todo.push_back(end_action::say_revoked);
    }
    if (why == end_reason::topic_closed) {
        todo.push_back(end_action::say_topic_end);
    }
    todo.push_back(end_action::end_body);
}

void add_close(end_actions& todo, end_reason why)
{
    todo.push_back(end_action::fall_silent);
    if (why == end_reason::taken_over) {
        todo.push_back(end_action::close);
    } else if (why != end_reason::peer_closed) {
        todo.push_back(end_action::reset);
    }
}

} // namespace

end_actions stream_end::begin(end_reason why, stream_standing how)
{
    if (has_begun_) {
        return {};
    }
    has_begun_ = true;
    end_actions todo{end_action::settle};
    if (how.has_begun) {
        todo.push_back(end_action::note_written);
    }
    if (has_last_words(why, how)) {
        add_last_words(todo, why, how);
    } else {
        add_close(todo, why);
    }
    todo.push_back(end_action::let_go);
    todo.push_back(end_action::resume);
    return todo;
}

end_actions stream_end::cut_off() { return {end_action::fall_silent, end_action::reset}; }

} // namespace sluice
