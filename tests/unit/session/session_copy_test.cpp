#include <sluice/session/session_manager.hpp>

#include <doctest/doctest.h>
#include <session/session_log.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::sequences_after;
using test::session_log;
using test::small_limits;
using sequences = std::vector<std::uint64_t>;
using loss = std::optional<std::uint64_t>;

/// Two shards of one log, and a session that moves from the first to the second. Events are written as for
/// `session_log`; a capital letter is sent to the session.
class two_shards {
public:
    explicit two_shards(broker_config const& config, std::vector<std::string> types = {})
        : from{config}, to{config}, moving{from.make_session(std::move(types))}
    {
        from.connect(*moving);
    }

    /// On both shards.
    void publish(std::string_view kinds)
    {
        from.publish(kinds, &*moving);
        publish_there(kinds);
        while (from.manager.enforce_targeted_limits()) {
        }
    }
    /// On the second shard alone: the first one has yet to take these.
    void publish_there(std::string_view kinds)
    {
        for (char const kind : kinds) {
            test::sample s{.type = std::string(1, static_cast<char>(kind | 0x20))};
            if (kind >= 'A' && kind <= 'Z') {
                s.targets = {moving->id()};
            }
            to.log.append(test::stamped(to.log.head() + 1, std::move(s)));
        }
        while (to.manager.enforce_targeted_limits()) {
        }
    }
    /// So much was written to the session's connection, which ends.
    void write_and_drop(std::uint64_t sequence)
    {
        moving->at = moving->last_written = sequence;
        from.manager.note_moved(*moving);
        from.manager.disconnect(*moving, from.now);
    }
    [[nodiscard]] session_copy copy() { return from.manager.copy(*moving, from.now); }

    session_log from;
    session_log to;
    session_ptr moving;
};

TEST_SUITE_BEGIN("session/session_copy");

TEST_CASE("adopt · has what the session was, and nobody counts it as new or ended")
{
    two_shards t{small_limits(10, 10), {"a", "b"}};
    session_meta meta;
    meta.subscriptions = {"a", "b"};
    meta.user_agent = "agent";
    (void)t.from.manager.join(*t.moving, meta, "");
    t.moving->reconnections = 3;
    t.publish("aAcbC");
    t.write_and_drop(1);
    auto const s = t.to.manager.adopt(t.copy());
    CHECK(s->id() == t.moving->id());
    CHECK(s->created() == t.moving->created());
    CHECK(s->meta().user_agent == "agent");
    CHECK(s->claimed());
    CHECK(s->reconnections == 3);
    CHECK(s->at == 1);
    CHECK(s->last_written == 1);
    CHECK(sequences_after(*s, 0) == sequences{1, 2, 4});
    CHECK(t.to.manager.newest_undelivered() == 2);
    CHECK(t.to.manager.get(s->id(), t.to.now) == s);
    CHECK(t.to.all == 0);

    CHECK(t.from.manager.newest_undelivered() == 2);
    t.from.manager.release(s->id());
    CHECK(t.from.manager.newest_undelivered() == 0);
    CHECK(t.from.manager.get(s->id(), t.from.now) == nullptr);
    CHECK(t.from.manager.expire(test::at_time(1h)) == 0);
    CHECK(t.from.all == 1);
}

TEST_CASE("adopt · has what the shard took for the session before it had it")
{
    two_shards t{small_limits(10, 10)};
    t.publish("aA");
    t.write_and_drop(1);
    auto copy = t.copy();
    t.publish_there("aAa");
    auto const s = t.to.manager.adopt(std::move(copy));
    CHECK(sequences_after(*s, s->at) == sequences{2, 3, 4, 5});
    CHECK(s->targeted.size() == 2);
    CHECK(t.to.manager.newest_undelivered() == 4);
    CHECK(s->lost_after(s->at) == loss{0});
}

TEST_CASE("adopt · knows how many events were lost, on either shard")
{
    struct row {
        std::string what;
        std::vector<std::string> types;
        char const* published;
        char const* meanwhile;
        loss lost;
        /// Once eight more of the type a have come, of which four are held.
        loss lost_later;
    };
    std::vector<row> const rows{
        {"none", {}, "aaa", "", 0, 7},
        {"broadcasts on the first", {}, "aaaaaa", "", 2, 10},
        {"broadcasts on the second", {}, "aaa", "aaa", 2, 10},
        {"broadcasts on both", {}, "aaaaaa", "aa", 4, 12},
        {"with a filter, on the first", {"a"}, "abaaab", "", 1, 8},
        {"with a filter, on the second", {"a"}, "aba", "baab", 2, 8},
        {"with a filter, on both", {"a"}, "abaaab", "abb", 4, 9},
        {"with a filter, more than the first held", {"a"}, "aba", "aaaaaaaa", std::nullopt, std::nullopt},
        {"of another type", {"a"}, "abbb", "bbb", 1, 5},
        {"sent ones on the first", {}, "AAAAAA", "", 2, 6},
        {"sent ones on the second", {}, "AAAA", "A", 1, 5},
        {"sent ones that came and went while the session moved", {}, "A", "AAAAA", std::nullopt, std::nullopt},
        {"both kinds", {}, "AaAaAaAaAaAa", "", 4, 12},
        {"sent ones that the filter does not want", {"a"}, "BBBBBB", "", 0, 4},
    };
    for (auto const& r : rows) {
        CAPTURE(r.what);
        two_shards t{small_limits(4, 10), r.types};
        t.write_and_drop(0);
        t.publish(r.published);
        auto copy = t.copy();
        t.publish_there(r.meanwhile);
        auto const s = t.to.manager.adopt(std::move(copy));
        CHECK(s->lost_after(s->at) == r.lost);
        t.publish_there("aaaaaaaa");
        CHECK(s->lost_after(s->at) == r.lost_later);
    }
}

TEST_CASE("adopt · a session that no client has claimed has no filter and no owner yet")
{
    two_shards t{small_limits(10, 10)};
    auto const minted = *t.from.manager.create(t.from.now, true);
    t.publish("aa");
    auto const s = t.to.manager.adopt(t.from.manager.copy(*minted, t.from.now));
    CHECK_FALSE(s->claimed());
    CHECK(s->interest().is_everything());
    CHECK(sequences_after(*s, s->at) == sequences{1, 2});
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
