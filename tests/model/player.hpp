#pragma once

#include "hub.hpp"
#include "operation.hpp"
#include "reference.hpp"
#include "settings.hpp"
#include "stream_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace sluice::model {

/// The types of events, and that sessions name.
inline constexpr std::array type_names{"message", "a", "b", "c", "d", "e", "f", "g"};

/// The topics of events, and that sessions name.
inline constexpr std::array topic_names{"t", "/u", "https://example.com/v", "w", "x", "y"};

/// Takes each step on the hub and on the reference, and compares. Every function throws `failure`.
class player {
public:
    explicit player(settings const& s);

    void play(operation const& op);
    /// Lets every stream have what is for it, then shuts the hub down.
    void finish();

    /// What the steps so far did, a line each; kept only when asked for.
    void keep_story() noexcept { keeps_story_ = true; }
    [[nodiscard]] std::vector<std::string> const& story() const noexcept { return story_; }

private:
    /// A stream that stands.
    struct stream {
        std::shared_ptr<connection> at;
        session_handle session;
        /// Shared, for a step may look at it after the stream was let go.
        std::shared_ptr<stream_check> check;
        /// The model closed it, or had the hub do so.
        bool ends = false;
        /// How much of what came stands in the story.
        std::size_t told = 0;
    };
    /// What must come of a request for a stream.
    struct claim_outcome {
        unsigned refused = 0;
        session_handle session{};
        /// The id of a new session; empty: a drawn one.
        std::string new_id{};
        bool sets_cookie = false;
    };
    struct wanted_stream;
    /// Whether a client comes back behind the end of its topic.
    enum class lateness : std::uint8_t { none, maybe, surely };

    void publish(random& r);
    void send(random& r);
    void connect(random& r);
    void drop(random& r);
    void stall(random& r);
    void go_on(random& r);
    void move_clock(random& r);
    void disconnect(random& r);
    void remove(random& r);
    void mint(random& r);
    void list(random& r);
    void mark_topic(random& r);
    [[nodiscard]] bool is_refused(std::vector<event> const& batch, error_code ec, bool at_once,
                                  std::uint64_t unread) const;

    void resolve_topics();
    void end_streams_of(std::string const& topic);
    [[nodiscard]] bool comes_behind_end(std::vector<event> const& batch) const;
    [[nodiscard]] std::optional<std::string> closed_topic_of(wanted_stream const& wanted,
                                                             session_handle const& s) const;
    [[nodiscard]] lateness comes_after_end(wanted_stream const& wanted, claim_outcome const& outcome) const;
    [[nodiscard]] std::string since_of(wanted_stream const& wanted, claim_outcome const& outcome) const;
    [[nodiscard]] wanted_stream draw_stream(random& r);
    void draw_claim(random& r, std::size_t way, session_handle const& s, wanted_stream& w);
    [[nodiscard]] std::string draw_last_id(random& r, session_handle const& s);
    [[nodiscard]] std::string draw_since(random& r, bool counts) const;
    static void draw_interest(random& r, interest& wanted);
    [[nodiscard]] claim_outcome judge_claim(wanted_stream const& wanted);
    [[nodiscard]] claim_outcome judge_limits(claim_outcome outcome);
    void place_last_id(opening& o, std::string const& last_id) const;
    void place_own_id(opening& o, std::string const& own_id) const;
    [[nodiscard]] bool is_among_newest_sent(session_record const& s, std::uint64_t place) const;
    void add_held(opening& o) const;
    [[nodiscard]] std::uint64_t newest_undelivered(session_record const* but, bool surely) const;
    [[nodiscard]] opening make_opening(wanted_stream const& wanted, claim_outcome const& outcome,
                                       interest const& wants) const;
    [[nodiscard]] session_handle session_of(claim_outcome const& outcome, connection const& at);
    void end_earlier_streams(session_handle const& s);
    void note_place(session_record& s, opening const& o, bool is_new, interest const& wants);
    void begin(wanted_stream const& wanted, claim_outcome const& outcome, std::shared_ptr<connection> at,
               std::uint64_t undelivered_before);

    [[nodiscard]] session_handle begin_session(std::string id);
    [[nodiscard]] bool is_known(session_record& s) const;
    [[nodiscard]] session_handle find(std::string const& id) const;
    [[nodiscard]] session_handle pick_session(random& r) const;
    [[nodiscard]] stream* pick_stream(random& r);
    [[nodiscard]] std::string pick_type(random& r) const;
    [[nodiscard]] std::string pick_own_id(random& r);
    [[nodiscard]] event draw_event(random& r);
    void draw_topics(random& r, event& e) const;
    [[nodiscard]] std::string draw_data(random& r) const;
    [[nodiscard]] std::size_t connected() const;
    [[nodiscard]] bool ends_are_pending() const;
    /// A session is no more as soon as its connection ends.
    [[nodiscard]] bool ends_with_connection() const noexcept
    {
        auto const& c = settings_.config.sessions;
        return !c.reconnection || c.buffer_ttl == std::chrono::milliseconds{0};
    }

    void read_streams();
    void tell_what_came(stream& s);
    void let_go_of_ended();
    void note_ends_of_topics();
    void let_go(stream& s);
    void check_slow(stream const& s) const;
    void settle();
    void settle_if_unsure(bool matters);
    template <class... T>
    void tell(T const&... what)
    {
        if (keeps_story_) {
            story_.push_back(fmt::format("{:>4} {}", story_.size(), fmt::join(std::tuple{what...}, " ")));
        }
    }

    settings settings_;
    hub hub_;
    reference events_;
    std::vector<session_handle> sessions_;
    std::vector<std::unique_ptr<stream>> streams_;
    std::size_t own_ids_ = 0;
    /// Everything before this event was taken by all shards.
    std::uint64_t settled_ = 0;
    bool keeps_story_ = false;
    std::vector<std::string> story_;
};

} // namespace sluice::model
