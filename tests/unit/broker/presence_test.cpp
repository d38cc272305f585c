#include <sluice/broker.hpp>

#include <boost/asio/bind_executor.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>
#include <fmt/format.h>
#include <model/prefix_patterns.hpp>
#include <polled_hub.hpp>
#include <received.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::claim_of;
using test::polled_hub;
using test::take_all;
using strings = std::vector<std::string>;

[[nodiscard]] broker_config with(presence_mode mode)
{
    broker_config c;
    c.patterns = std::make_shared<model::prefix_patterns>();
    c.presence = mode;
    c.sessions.ownership = {.user_agent = false};
    return c;
}

/// The request, by a subject that names these topics.
[[nodiscard]] connect_request naming(strings topics, std::string subject, connect_request r = {})
{
    r.meta.topics = std::move(topics);
    r.meta.grant.subject = std::move(subject);
    return r;
}

[[nodiscard]] presence_page ask(polled_hub& hub, presence_query query, std::size_t shard = 0)
{
    auto [ec, page] = hub.run<error_code, presence_page>(
        [&](auto handler) { hub.broker().async_presence(std::move(query), std::move(handler)); }, shard);
    REQUIRE(ec == error_code{});
    return std::move(page);
}

/// `topic 3: ann 2, ben 1`.
[[nodiscard]] strings written(presence_page const& page)
{
    strings all;
    for (auto const& t : page.topics) {
        strings subjects;
        for (auto const& s : t.subjects) {
            subjects.push_back(fmt::format("{} {}{}", s.subject, s.streams, s.payload));
        }
        all.push_back(fmt::format("{} {}: {}{}", t.topic, t.streams, fmt::join(subjects, ", "),
                                  t.next.empty() ? "" : " ..." + t.next));
    }
    if (!page.next.empty()) {
        all.push_back("..." + page.next);
    }
    return all;
}

/// Who comes and who leaves, as a stream that follows a topic gets it: `+ann`, `-ann`.
class watched_topic {
public:
    watched_topic(polled_hub& hub, std::string const& topic, std::size_t shard = 0)
        : hub_{hub}, stream_{hub.connect(naming({"presence/" + topic}, ""), shard)}
    {
    }

    [[nodiscard]] strings take()
    {
        hub_.settle();
        strings found;
        for (auto const& data : take_all(*stream_)) {
            auto const subject = data.substr(12, data.find('"', 12) - 12);
            found.push_back((data.find(R"("active":true)") != std::string::npos ? '+' : '-') + subject);
            last_ = data;
        }
        return found;
    }
    [[nodiscard]] std::string const& last() const { return last_; }

private:
    polled_hub& hub_;
    std::unique_ptr<client> stream_;
    std::string last_;
};

TEST_SUITE_BEGIN("broker · presence");

TEST_CASE("async_presence · counts on all shards the streams that name the topic, by subject")
{
    polled_hub hub{with(presence_mode::counted), 2};
    auto const a = hub.connect(naming({"t", "u", "t"}, "ann"), 0);
    auto const b = hub.connect(naming({"t"}, "ann"), 1);
    auto const c = hub.connect(naming({"t"}, "ben"), 1);
    auto const d = hub.connect(naming({"t"}, ""), 0);
    auto both = naming({"x"}, "cem");
    both.meta.grant.payloads = {{.topics = topic_selection::everything(), .json = "{}"}};
    auto const here = hub.connect(both, 0);
    auto const there = hub.connect(both, 1);
    auto const e = hub.connect(naming({"*"}, "eve"), 0);
    auto const f = hub.connect(naming({"*", "v"}, "eve"), 0);
    auto hidden = naming({"t"}, "hid");
    hidden.meta.grant.tells_subject = false;
    auto const g = hub.connect(hidden, 1);
    for (std::size_t const shard : {0U, 1U}) {
        CHECK(written(ask(hub, {.topic = "t"}, shard)) == strings{"t 5: ann 2, ben 1"});
        CHECK(written(ask(hub, {.topic_pattern = "*"}, shard)) ==
              strings{"t 5: ann 2, ben 1", "u 1: ann 1", "v 1: eve 1", "x 2: cem 2{}"});
    }
    CHECK(written(ask(hub, {.topic = "nobody's"})) == strings{"nobody's 0: "});
    auto const by = [](topic_selection topics) {
        auto some = grant::of_everything();
        some.private_topics = std::move(topics);
        return some;
    };
    CHECK(written(ask(hub, {.topic = "t", .grant = by(topic_selection::of({"u"}))})).empty());
    CHECK(written(ask(hub, {.topic_pattern = "*", .grant = by(topic_selection::of({"u"}, {"v*"}))})) ==
          strings{"u 1: ann 1", "v 1: eve 1"});
}

TEST_CASE("async_presence · nothing is known unless it is wanted")
{
    polled_hub hub{with(presence_mode::off)};
    auto const a = hub.connect(naming({"t"}, "ann"));
    CHECK(written(ask(hub, {.topic = "t"})) == strings{"t 0: "});
}

TEST_CASE("async_presence · the payload is by topic: the first that has it, of the newest stream")
{
    polled_hub hub{with(presence_mode::counted)};
    auto r = naming({"a", "b1", "c"}, "ann");
    r.meta.grant.payloads = {{.topics = topic_selection::of({"a"}), .json = "1"},
                             {.topics = topic_selection::of({}, {"b*"}), .json = "2"},
                             {.topics = topic_selection::everything(), .json = "3"}};
    auto const first = hub.connect(r);
    CHECK(written(ask(hub, {.topic_pattern = "*"})) == strings{"a 1: ann 11", "b1 1: ann 12", "c 1: ann 13"});
    r.meta.grant.payloads.erase(r.meta.grant.payloads.begin());
    auto second = hub.connect(r);
    CHECK(written(ask(hub, {.topic = "a"})) == strings{"a 2: ann 23"});
    second = nullptr;
    CHECK(written(ask(hub, {.topic = "a"})) == strings{"a 1: ann 13"});
}

/// The subjects of the topic, page by page.
[[nodiscard]] strings subjects_by_pages(polled_hub& hub, presence_query query, std::uint64_t streams)
{
    strings found;
    do {
        auto const page = ask(hub, query);
        REQUIRE(page.topics.size() == 1);
        auto const& t = page.topics.front();
        CHECK(t.streams == streams);
        REQUIRE_FALSE(t.subjects.empty());
        CHECK(t.subjects.size() <= query.limit);
        std::ranges::transform(t.subjects, std::back_inserter(found), &present_subject::subject);
        query.after = t.next;
    } while (!query.after.empty());
    return found;
}

/// The topics that match, page by page.
[[nodiscard]] strings topics_by_pages(polled_hub& hub, presence_query query, std::size_t subjects_of_all)
{
    strings found;
    do {
        auto const page = ask(hub, query);
        REQUIRE_FALSE(page.topics.empty());
        CHECK(page.topics.size() <= query.limit);
        for (auto const& t : page.topics) {
            found.push_back(t.topic);
            CHECK((t.topic != "all" || !t.next.empty() || t.subjects.size() == subjects_of_all));
        }
        query.after = page.next;
    } while (!query.after.empty());
    return found;
}

TEST_CASE("async_presence · pages go on where the one before ended, on all shards together")
{
    for (std::size_t const shards : {1U, 3U}) {
        CAPTURE(shards);
        polled_hub hub{with(presence_mode::counted), shards};
        std::vector<std::unique_ptr<client>> streams;
        std::set<std::string> subjects;
        std::set<std::string> topics{"all"};
        for (std::size_t i = 0; i != 40; ++i) {
            auto const subject = fmt::format("s{:02}", i * 7 % 31);
            auto const topic = fmt::format("t{:02}", i * 11 % 37);
            subjects.insert(subject);
            topics.insert(topic);
            streams.push_back(hub.connect(naming({"all", topic}, subject), i % shards));
        }
        for (auto const& [limit, bytes] : std::vector<std::pair<std::size_t, std::size_t>>{{1, 1},
                                                                                           {1, 1'000'000},
                                                                                           {3, 7},
                                                                                           {3, 1'000'000},
                                                                                           {31, 7},
                                                                                           {31, 1'000'000},
                                                                                           {100, 1},
                                                                                           {100, 1'000'000}}) {
            CAPTURE(limit);
            CAPTURE(bytes);
            CHECK(subjects_by_pages(hub, {.topic = "all", .limit = limit, .max_bytes = bytes}, 40) ==
                  strings{subjects.begin(), subjects.end()});
            CHECK(topics_by_pages(hub, {.topic_pattern = "*", .limit = limit, .max_bytes = bytes}, 31) ==
                  strings{topics.begin(), topics.end()});
        }
        streams.clear();
        CHECK(ask(hub, {.topic_pattern = "*"}).topics.empty());
    }
}

TEST_CASE("events · the first stream of a subject and the end of its last, over all shards")
{
    polled_hub hub{with(presence_mode::published), 3};
    watched_topic seen{hub, "t", 1};
    auto r = naming({"t", "other"}, "ann");
    r.meta.grant.payloads = {{.topics = topic_selection::everything(), .json = R"({"x":1})"}};
    auto a = hub.connect(r, 0);
    CHECK(seen.take() == strings{"+ann"});
    CHECK(seen.last() == R"({"subject":"ann","payload":{"x":1},"active":true})");
    auto b = hub.connect(naming({"t"}, "ann"), 1);
    auto c = hub.connect(naming({"t"}, "ann"), 1);
    auto const nobody = hub.connect(naming({"t"}, ""), 2);
    auto const pattern = hub.connect(naming({"*"}, "eve"), 2);
    CHECK(seen.take().empty());
    a = nullptr;
    b = nullptr;
    CHECK(seen.take().empty());
    SUBCASE("closed") { c = nullptr; }
    SUBCASE("disconnected") { (void)hub.disconnect(c->session().id()); }
    SUBCASE("revoked")
    {
        (void)hub.run<std::size_t>(
            [&](auto handler) { hub.broker().async_revoke({.subject = "ann"}, std::move(handler)); });
    }
    SUBCASE("removed")
    {
        (void)hub.run<std::size_t>([&](auto handler) { hub.broker().async_remove_all("ann", std::move(handler)); });
    }
    CHECK(seen.take() == strings{"-ann"});
    CHECK(seen.last() == R"({"subject":"ann","payload":null,"active":false})");
}

TEST_CASE("events · are private, of the type 'presence', and about the topic behind 'presence/'")
{
    polled_hub hub{with(presence_mode::published)};
    auto public_only = naming({"presence/t"}, "");
    public_only.meta.grant.private_topics = {};
    auto const outside = hub.connect(public_only);
    auto const a = hub.connect(naming({"t"}, "\"ann\"\n"));
    hub.settle();
    CHECK(take_all(*outside).empty());
    auto const [ec, page] =
        hub.run<error_code, history_page>([&](auto handler) { hub.broker().async_history({}, std::move(handler)); });
    REQUIRE(page.events.size() == 1);
    CHECK(page.events.front().type == "presence");
    CHECK(page.events.front().topics == strings{"presence/t"});
    CHECK(page.events.front().is_private);
    CHECK(page.events.front().data == R"({"subject":"\"ann\"\n","payload":null,"active":true})");
}

TEST_CASE("events · there are none about presence itself, nor about what cannot be an event's topic")
{
    polled_hub hub{with(presence_mode::published), 2};
    auto const long_one = std::string(1015, 'x');
    auto const a = hub.connect(naming({"presence/t", "presence/", long_one + "y", "with\nline", long_one}, "ann"), 1);
    hub.settle();
    auto const [ec, page] =
        hub.run<error_code, history_page>([&](auto handler) { hub.broker().async_history({}, std::move(handler)); });
    REQUIRE(page.events.size() == 1);
    CHECK(page.events.front().topics == strings{"presence/" + long_one});
    CHECK(written(ask(hub, {.topic = "presence/t"})) == strings{"presence/t 1: ann 1"});
}

/// A stream on one shard whose session is taken over by streams of others.
void check_takeovers(std::size_t from, std::size_t to)
{
    CAPTURE(from);
    CAPTURE(to);
    polled_hub hub{with(presence_mode::published), 3};
    // Topics of several homes.
    strings const topics{"t", "u", "v", "w"};
    std::vector<std::unique_ptr<watched_topic>> seen;
    for (auto const& t : topics) {
        seen.push_back(std::make_unique<watched_topic>(hub, t));
    }
    auto c = hub.connect(naming(topics, "ann"), from);
    for (auto const& s : seen) {
        CHECK(s->take() == strings{"+ann"});
    }
    auto again = hub.connect(naming({}, "ann", claim_of(*c)), to);
    CHECK(c->done());
    for (auto const& s : seen) {
        CHECK(s->take().empty());
    }
    c = nullptr;
    CHECK(written(ask(hub, {.topic = "t"})) == strings{"t 1: ann 1"});
    // Onto other topics.
    c = hub.connect(naming({"u", "x"}, "ann", claim_of(*again)), from);
    CHECK(seen[0]->take() == strings{"-ann"});
    CHECK(seen[1]->take().empty());
    // By somebody else.
    auto const ben = hub.connect(naming({}, "ben", claim_of(*c)), to);
    auto got = seen[1]->take();
    std::ranges::sort(got);
    CHECK(got == strings{"+ben", "-ann"});
}

TEST_CASE("events · none where a stream takes over another one's session, from whatever shard to whatever shard")
{
    for (std::size_t const from : {0U, 1U, 2U}) {
        for (std::size_t const to : {0U, 1U, 2U}) {
            check_takeovers(from, to);
        }
    }
}

TEST_CASE("events · whatever happens in the middle of a move, nobody is left behind")
{
    auto const config = with(presence_mode::published);
    bool is_over = false;
    for (std::size_t steps = 0; !is_over; ++steps) {
        CAPTURE(steps);
        polled_hub hub{config, 2};
        watched_topic seen{hub, "t"};
        auto first = hub.connect(naming({"t"}, "ann"), 0);
        CHECK(seen.take() == strings{"+ann"});
        std::unique_ptr<client> made;
        bool answered = false;
        hub.broker().async_connect(
            naming({"t"}, "ann", claim_of(*first)),
            boost::asio::bind_executor(hub.executor(1), [&](error_code, std::unique_ptr<client> m) {
                made = std::move(m);
                answered = true;
            }));
        for (std::size_t i = 0; i != steps; ++i) {
            hub.settle_one();
        }
        is_over = answered;
        // The session ends meanwhile, wherever it is.
        (void)hub.run<std::size_t>([&](auto handler) { hub.broker().async_remove_all("ann", std::move(handler)); });
        hub.settle_until([&] { return answered; });
        made = nullptr;
        first = nullptr;
        hub.settle();
        CHECK(written(ask(hub, {.topic = "t"})) == strings{"t 0: "});
        CHECK(seen.take() == strings{"-ann"});
    }
}

TEST_CASE("events · what the second held back comes when it is over")
{
    polled_hub hub{with(presence_mode::published), 2};
    watched_topic seen{hub, "t"};
    auto const begun = std::chrono::steady_clock::now();
    auto a = hub.connect(naming({"t"}, "ann"), 1);
    hub.settle();
    a = nullptr;
    hub.settle();
    a = hub.connect(naming({"t"}, "ann"), 0);
    CHECK(seen.take() == strings{"+ann", "-ann"});
    strings later;
    hub.settle_until([&] {
        later = seen.take();
        return !later.empty();
    });
    CHECK(later == strings{"+ann"});
    CHECK(std::chrono::steady_clock::now() - begun >= 1s);
}

/// Streams of a hub that open, close and are claimed at random, and a list of which are open.
class crowd_of_streams {
public:
    explicit crowd_of_streams(unsigned seed) : random_{seed}, shards_{1 + draw(3)}
    {
        for (auto const* const topic : {"a", "b", "c", "d"}) {
            seen_[topic] = std::make_unique<watched_topic>(hub_, topic);
        }
    }

    void step()
    {
        auto const what = draw(5);
        if (what < 2 || all_.empty()) {
            begin();
        } else if (what == 2) {
            std::swap(all_[draw(all_.size())], all_.back());
            all_.pop_back();
        } else {
            claim(all_[draw(all_.size())]);
        }
        hub_.settle();
        for (auto const& [topic, watcher] : seen_) {
            CHECK(written(ask(hub_, {.topic = topic})) == strings{counted(topic)});
            take_events(topic, *watcher);
        }
    }
    /// When every second is over, what was told is what there is.
    void check_events()
    {
        auto const end = std::chrono::steady_clock::now() + 1100ms;
        hub_.settle_until([&] { return std::chrono::steady_clock::now() > end; });
        for (auto const& [topic, watcher] : seen_) {
            take_events(topic, *watcher);
            for (std::string const subject : {"x", "y", "z"}) {
                CAPTURE(subject);
                bool const is_there = std::ranges::any_of(
                    all_, [&](open_stream const& o) { return o.subject == subject && o.topics.contains(topic); });
                CHECK(present_[topic + subject] == is_there);
            }
        }
    }

private:
    struct open_stream {
        std::unique_ptr<client> stream;
        std::string subject;
        std::set<std::string> topics;
    };

    [[nodiscard]] std::size_t draw(std::size_t below) { return static_cast<std::size_t>(random_() % below); }
    [[nodiscard]] std::string subject() { return draw(4) == 0 ? std::string{} : std::string{"xyz"[draw(3)]}; }
    [[nodiscard]] std::set<std::string> some_topics()
    {
        std::set<std::string> some;
        for (auto n = draw(4); n != 0; --n) {
            some.insert(std::string{"abcd"[draw(4)]});
        }
        return some;
    }
    void begin()
    {
        open_stream o{.stream = nullptr, .subject = subject(), .topics = some_topics()};
        o.stream = hub_.connect(naming({o.topics.begin(), o.topics.end()}, o.subject), draw(shards_));
        all_.push_back(std::move(o));
    }
    /// A claim that names no topic keeps the session's.
    void claim(open_stream& o)
    {
        auto const again = some_topics();
        o.subject = subject();
        o.topics = again.empty() ? o.topics : again;
        auto const request = naming({again.begin(), again.end()}, o.subject, claim_of(*o.stream));
        o.stream = hub_.connect(request, draw(shards_));
    }
    /// What is open, as `written` has it.
    [[nodiscard]] std::string counted(std::string const& topic) const
    {
        std::map<std::string, int> subjects;
        int streams = 0;
        for (auto const& o : all_) {
            if (o.topics.contains(topic)) {
                ++streams;
                ++subjects[o.subject];
            }
        }
        subjects.erase("");
        strings texts;
        for (auto const& [name, n] : subjects) {
            texts.push_back(fmt::format("{} {}", name, n));
        }
        return fmt::format("{} {}: {}", topic, streams, fmt::join(texts, ", "));
    }
    /// None says what the one before said.
    void take_events(std::string const& topic, watched_topic& watcher)
    {
        for (auto const& each : watcher.take()) {
            auto& is = present_[topic + each.substr(1)];
            CHECK(is != (each.front() == '+'));
            is = each.front() == '+';
        }
    }

    std::mt19937 random_;
    std::size_t shards_;
    polled_hub hub_{with(presence_mode::published), shards_};
    std::map<std::string, std::unique_ptr<watched_topic>> seen_;
    std::map<std::string, bool> present_;
    std::vector<open_stream> all_;
};

TEST_CASE("async_presence · random opens, closes, claims and moves against a count of what is open")
{
    for (unsigned seed = 1; seed != 7; ++seed) {
        CAPTURE(seed);
        crowd_of_streams all{seed};
        for (int step = 0; step != 200; ++step) {
            all.step();
        }
        all.check_events();
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
