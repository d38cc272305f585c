#include <sluice/broker.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>
#include <polled_hub.hpp>
#include <received.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using test::claim_of;
using test::id_of;
using test::polled_hub;
using test::take_all;
using strings = std::vector<std::string>;

/// The claim, by somebody.
[[nodiscard]] connect_request as(std::string subject, connect_request r = {})
{
    r.meta.grant.subject = std::move(subject);
    return r;
}

[[nodiscard]] std::pair<error_code, send_receipt> send_to(polled_hub& hub, strings subjects, std::string data,
                                                          strings sessions = {})
{
    auto [ec, receipt] = hub.run<error_code, send_receipt>([&](auto handler) {
        hub.broker().async_send(
            {.event = {.data = std::move(data)}, .targets = std::move(sessions), .subjects = std::move(subjects)},
            std::move(handler));
    });
    hub.settle();
    return {ec, std::move(receipt)};
}

TEST_SUITE_BEGIN("broker · subjects");

TEST_CASE("async_send · to a subject reaches all of its sessions, connected or not, on every shard, each once")
{
    polled_hub hub{{}, 2};
    auto const first = hub.connect(as("ann"), 0);
    auto const second = hub.connect(as("ann"), 1);
    auto away = hub.connect(as("ann"), 1);
    auto const ben = hub.connect(as("ben"), 0);
    auto const nobody = hub.connect({}, 1);
    auto const back = as("ann", claim_of(*away));
    away = nullptr;
    auto const [ec, receipt] = send_to(hub, {"ann", "eve", "ann"}, "x", {id_of(*first)});
    CHECK(ec == error_code{});
    CHECK(receipt.unknown == strings{"eve"});
    CHECK(take_all(*first) == strings{"x"});
    CHECK(take_all(*second) == strings{"x"});
    CHECK(take_all(*ben).empty());
    CHECK(take_all(*nobody).empty());
    away = hub.connect(back, 0);
    CHECK(take_all(*away) == strings{"R:x"});
}

TEST_CASE("async_send · names what is unknown, and fails where nothing else is named")
{
    polled_hub hub;
    auto const a = hub.connect(as("ann"));
    auto const b = hub.connect();
    CHECK(send_to(hub, {}, "x").first == errc::no_target);
    auto const [ec, receipt] = send_to(hub, {"eve", ""}, "x", {"no session"});
    CHECK(ec == errc::unknown_session);
    CHECK(receipt.unknown == strings{"no session", "eve", ""});
    CHECK(send_to(hub, {"eve"}, "y", {id_of(*b)}).second.unknown == strings{"eve"});
    CHECK(take_all(*a).empty());
    CHECK(take_all(*b) == strings{"y"});
}

TEST_CASE("async_send · the subject of a session is that of its newest claim, and ends with it")
{
    broker_config config;
    config.sessions.ownership = {.user_agent = false};
    polled_hub hub{config};
    auto c = hub.connect(as("ann"));
    c = hub.connect(as("ben", claim_of(*c)));
    CHECK(send_to(hub, {"ann"}, "x").first == errc::unknown_session);
    CHECK(send_to(hub, {"ben"}, "y").first == error_code{});
    CHECK(take_all(*c) == strings{"y"});
    c = hub.connect(claim_of(*c));
    CHECK(send_to(hub, {"ben"}, "x").first == errc::unknown_session);
    c = hub.connect(as("ben", claim_of(*c)));
    auto const id = c->session().id();
    (void)hub.run<error_code>([&](auto handler) { hub.broker().async_remove(id, std::move(handler)); });
    CHECK(send_to(hub, {"ben"}, "x").first == errc::unknown_session);
}

/// Sessions of a hub to which random things happen, and a list of who has which subject.
class crowd {
public:
    explicit crowd(unsigned seed) : random_{seed} {}

    void step(int number)
    {
        auto const what = draw(6);
        if (what == 0 || all_.empty()) {
            begin();
        } else if (what == 1) {
            auto& s = any()->second;
            s.subject = subject();
            s.stream = hub_.connect(as(s.subject, s.claim), draw(3));
        } else if (what == 2) {
            any()->second.stream = nullptr;
        } else if (what == 3 && draw(3) == 0) {
            remove(any());
        } else {
            send(std::to_string(number));
        }
    }
    /// Each session has got what was sent to the subject that it had then.
    void check()
    {
        for (auto& [id, s] : all_) {
            if (!s.stream) {
                s.stream = hub_.connect(as(s.subject, s.claim), draw(3));
            }
            auto got = take_all(*s.stream);
            for (auto& each : got) {
                each = each.substr(each.find(':') + 1);
            }
            CHECK(got == s.expected);
        }
    }

private:
    struct remembered {
        std::string subject;
        std::unique_ptr<client> stream;
        connect_request claim;
        strings expected;
    };
    using sessions = std::map<std::string, remembered>;

    [[nodiscard]] std::size_t draw(std::size_t below) { return static_cast<std::size_t>(random_() % below); }
    [[nodiscard]] std::string name() { return {"abc"[draw(3)]}; }
    [[nodiscard]] std::string subject() { return draw(4) == 0 ? std::string{} : name(); }
    [[nodiscard]] sessions::iterator any()
    {
        return std::next(all_.begin(), static_cast<std::ptrdiff_t>(draw(all_.size())));
    }
    void begin()
    {
        auto s = subject();
        auto c = hub_.connect(as(s), draw(3));
        auto const id = id_of(*c);
        auto claim = claim_of(*c);
        all_[id] = {.subject = std::move(s), .stream = std::move(c), .claim = std::move(claim), .expected = {}};
    }
    void remove(sessions::iterator it)
    {
        auto const id = *parse_session_id(it->first);
        (void)hub_.run<error_code>([&](auto handler) { hub_.broker().async_remove(id, std::move(handler)); });
        all_.erase(it);
    }
    void send(std::string const& data)
    {
        auto const to = name();
        bool known = false;
        for (auto& [id, s] : all_) {
            if (s.subject == to) {
                known = true;
                s.expected.push_back(data);
            }
        }
        auto const [ec, receipt] = send_to(hub_, {to}, data);
        CHECK(ec == (known ? error_code{} : make_error_code(errc::unknown_session)));
        CHECK(receipt.unknown == (known ? strings{} : strings{to}));
    }

    [[nodiscard]] static broker_config config()
    {
        broker_config c;
        c.sessions.ownership = {.user_agent = false};
        return c;
    }

    std::mt19937 random_;
    polled_hub hub_{config(), 3};
    sessions all_;
};

TEST_CASE("async_send · random claims, moves, ends and sends against a list of who has which subject")
{
    for (unsigned seed = 1; seed != 21; ++seed) {
        CAPTURE(seed);
        crowd all{seed};
        for (int step = 0; step != 200; ++step) {
            all.step(step);
        }
        all.check();
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
