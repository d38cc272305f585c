#include <sluice/fan_out/roster.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>
#include <session/session_log.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace sluice;

namespace {

/// Connections over a log, and what they hear.
class hall {
public:
    explicit hall(std::size_t log_events = 100) : t{test::small_limits(log_events, 100)} {}

    class connection final : public follower {
    public:
        connection(session_ptr s, std::function<void(std::string)> hears)
            : follower{std::move(s)}, tell{std::move(hears)}
        {
            subscribe();
        }
        /// Takes what there is.
        void read() { session_->at = session_->window().head(); }
        void end(end_reason /*reason*/) override { tell("ended"); }
        void abort() noexcept override {}
        template <class Handler>
        void wait(Handler h)
        {
            channel_.wait(std::move(h));
        }

        std::function<void(std::string)> tell;
    };

    connection& add(std::string name, std::vector<std::string> types = {})
    {
        auto s = t.make_session(std::move(types));
        auto& c = *all_.emplace_back(std::make_unique<connection>(
            s, [this, name = std::move(name)](std::string const& what) { heard.push_back(name + " " + what); }));
        r.add(c);
        t.manager.connect(*s, c, t.now);
        return c;
    }

    connection& add_waiting(std::string name, std::vector<std::string> types = {})
    {
        auto& c = add(std::move(name), std::move(types));
        c.read();
        r.rest(c);
        c.wait(boost::asio::bind_executor(context.get_executor(), [&c](error_code ec) {
            if (!ec) {
                c.tell("woken");
            }
        }));
        return c;
    }

    /// Publishes small letters, broadcasts of that type, and capital ones, sent to `to`; wakes those concerned.
    void publish(std::string_view kinds, follower* to = nullptr)
    {
        for (char const kind : kinds) {
            t.publish({&kind, 1}, to == nullptr ? nullptr : to->shared_session().get());
            if (kind >= 'A' && kind <= 'Z') {
                r.note_sent(*to->shared_session());
            } else {
                t.log.for_each_newest_selector([this](selector& s) { r.note(s); });
            }
        }
    }

    std::vector<std::string> wake()
    {
        r.wake();
        r.settle();
        context.restart();
        context.poll();
        return std::exchange(heard, {});
    }

    test::session_log t;
    roster r{t.log};
    boost::asio::io_context context;
    std::vector<std::string> heard;

private:
    std::vector<std::unique_ptr<connection>> all_;
};

using strings = std::vector<std::string>;

} // namespace

TEST_SUITE_BEGIN("fan_out/roster");

TEST_CASE("wake · a broadcast concerns those without a filter and those whose filter has its type")
{
    hall h;
    h.add_waiting("plain");
    h.add_waiting("a", {"a"});
    h.add_waiting("b", {"b"});
    h.publish("a");
    CHECK(h.wake() == strings{"plain woken", "a woken"});
    h.publish("b");
    CHECK(h.wake() == strings{"b woken"});
}

TEST_CASE("wake · an event that was sent concerns its session alone, and not if its filter is for others")
{
    hall h;
    h.add_waiting("plain");
    auto& a = h.add_waiting("a", {"a"});
    auto& b = h.add_waiting("b", {"b"});
    h.publish("A", &a);
    h.publish("A", &b);
    CHECK(h.wake() == strings{"a woken"});
}

TEST_CASE("wake · several reasons at once wake once, and one that is busy not at all")
{
    hall h;
    auto& both = h.add_waiting("both", {"a", "b"});
    auto& busy = h.add("busy");
    h.publish("abB", &both);
    CHECK(h.wake() == strings{"both woken"});
    CHECK_FALSE(busy.waits());
}

TEST_CASE("wake · with everybody noted, all that have something to receive are woken")
{
    hall h;
    h.add_waiting("a", {"a"});
    h.add_waiting("b", {"b"});
    h.t.publish("a"); // which could not be noted
    h.r.note_all();
    CHECK(h.wake() == strings{"a woken"});
}

TEST_CASE("for_each_laggard · those too far behind, but not while they are replayed, and those without a place")
{
    hall h{10};
    auto& slow = h.add("slow");
    auto& quick = h.add("quick");
    h.publish("xxxx");
    quick.read();
    auto const cut = [&](std::uint64_t most) {
        std::vector<follower*> found;
        h.r.for_each_laggard(most, [&](follower& f) {
            h.r.leave(f);
            found.push_back(&f);
        });
        return found;
    };
    CHECK(cut(4).empty());
    h.publish("x");
    CHECK(cut(4) == std::vector<follower*>{&slow});
    h.publish("xxxxxxxxxxx");
    CHECK(cut(100) == std::vector<follower*>{&quick});
}

TEST_CASE("for_each_that_missed · waits for events that the window let go of before it was woken")
{
    hall h{2};
    h.add_waiting("c");
    h.r.settle();
    auto const missed = [&] {
        std::size_t found = 0;
        h.r.for_each_that_missed([&](follower&) { ++found; });
        return found;
    };
    h.t.publish("xx");
    CHECK(missed() == 0);
    h.t.publish("x");
    CHECK(missed() == 1);
}

TEST_CASE("for_each · visits all, also those that leave meanwhile")
{
    hall h;
    auto& a = h.add("a");
    auto& b = h.add("b");
    CHECK_FALSE(h.r.empty());
    std::vector<follower*> seen;
    h.r.for_each([&](follower& f) {
        seen.push_back(&f);
        h.r.leave(f);
        h.r.remove(f);
    });
    CHECK(seen == std::vector<follower*>{&a, &b});
    CHECK(h.r.empty());
}

TEST_SUITE_END();
