// Memory that is short at any one moment: what asked for it is given up, and the hub goes on.
#include <memory>

#include <sluice/broker.hpp>

#include <doctest/doctest.h>
#include <polled_hub.hpp>
#include <received.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

/// How many allocations are left until the one that fails; 0: none does.
std::size_t until_failure = 0;

} // namespace

// For the whole program: what the compiler's library does, but that one call may fail.
void* operator new(std::size_t size)
{
    if (until_failure != 0) {
        --until_failure;
        if (until_failure == 0) {
            throw std::bad_alloc{};
        }
    }
    if (void* const memory = std::malloc(std::max<std::size_t>(1, size))) {
        return memory;
    }
    throw std::bad_alloc{};
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

namespace sluice {
namespace {

using test::blocks_in;
using test::claim_of;
using test::id_of;
using test::polled_hub;
using strings = std::vector<std::string>;

/// While it lives the hub works, whose memory may fail.
class hubs_work {
public:
    explicit hubs_work(std::size_t& left) : left_{left} { until_failure = left; }
    ~hubs_work() { left_ = std::exchange(until_failure, 0); }
    hubs_work(hubs_work const&) = delete;
    hubs_work& operator=(hubs_work const&) = delete;

private:
    std::size_t& left_;
};

/// While it lives the test works, whose memory does not fail.
class tests_work {
public:
    tests_work() = default;
    ~tests_work() { until_failure = left_; }
    tests_work(tests_work const&) = delete;
    tests_work& operator=(tests_work const&) = delete;

private:
    std::size_t left_ = std::exchange(until_failure, 0);
};

/// A stream whose application reads all that comes.
class reader {
public:
    reader(std::unique_ptr<client> c, boost::asio::any_io_executor home)
        : dropped_{c->plan().dropped}, client_{std::move(c)}, home_{std::move(home)}
    {
        receive();
    }
    reader(reader const&) = delete;
    reader& operator=(reader const&) = delete;
    ~reader() = default;

    [[nodiscard]] client& of() noexcept { return *client_; }
    [[nodiscard]] strings const& got() const noexcept { return got_; }
    /// Whether the stream began with the news of a loss.
    [[nodiscard]] bool has_loss() const noexcept { return dropped_ != 0; }

private:
    void receive()
    {
        try {
            while (auto const r = client_->try_receive()) {
                take(*r);
                client_->delivered(*r);
            }
            (void)client_->take_heartbeat();
            if (!client_->done()) {
                auto const on_wake = [this, alive = std::weak_ptr<int>{alive_}](error_code) {
                    if (!alive.expired()) {
                        receive();
                    }
                };
                client_->async_wait(boost::asio::bind_executor(home_, on_wake));
            }
        } catch (std::bad_alloc const&) {
            client_->end(end_reason::no_memory);
        }
    }

    void take(batch const& r)
    {
        tests_work const own;
        for (auto& block : blocks_in(r.payload())) {
            got_.push_back(std::move(block.data));
        }
    }

    std::optional<std::uint64_t> dropped_;
    std::unique_ptr<client> client_;
    boost::asio::any_io_executor home_;
    strings got_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};
using reader_ptr = std::unique_ptr<reader>;

/// A script of requests, of which one may fail, and what was accepted meanwhile.
class rehearsal {
public:
    static constexpr std::size_t most_streams = 8;
    static constexpr std::size_t most_sessions = 20;

    /// The allocation of that number fails.
    // NOLINTNEXTLINE(cppcoreguidelines-prefer-member-initializer): the first stream is let in before
    explicit rehearsal(std::size_t failing) : hub_{config(), 2}, early_{connect({})} { left_ = failing; }

    /// Whether so many allocations came at all.
    [[nodiscard]] bool play()
    {
        auto const types = test::wanting({"a", "b", "c", "d", "e", "f", "g"});
        publish("a");
        later_ = connect(types);
        publish("a");
        publish("b");
        minted_ = mint();
        send();
        publish_later("c");
        resume_later();
        publish("a");
        drop_later();
        publish("b");
        send();
        resume_later();
        publish("a");
        return std::exchange(left_, 0) == 0;
    }

    /// Who was there gets all that was accepted; where memory was too short for that, its session is told of it.
    void check_streams()
    {
        auto const fresh = connect({.claim = "", .last_event_id = beginning(), .meta = {}});
        CHECK((only_sure(fresh) == accepted_ || fresh->has_loss()));
        if (!early_->of().done()) {
            CHECK(only_sure(early_) == accepted_);
        } else {
            CHECK(early_->of().reason() == make_error_code(end_reason::no_memory));
            auto const before = only_sure(early_);
            early_ = connect(claim_of(early_->of()));
            if (!early_->has_loss()) {
                auto all = before;
                auto const rest = only_sure(early_);
                all.insert(all.end(), rest.begin(), rest.end());
                CHECK(all == accepted_);
            }
        }
    }

    void check_minted()
    {
        if (minted_) {
            auto const f = connect({.claim = to_string(*minted_), .meta = {}}, 1);
            strings got;
            std::ranges::copy_if(f->got(), std::back_inserter(got),
                                 [this](auto const& data) { return std::ranges::find(sent_, data) != sent_.end(); });
            CHECK((got == sent_ || f->has_loss()));
        }
    }

    /// The hub works as if nothing had been.
    void check_hub()
    {
        later_ = nullptr;
        auto const fresh = connect({});
        publish("after");
        auto const [ec, receipt] = hub_.send({id_of(fresh->of()), id_of(early_->of())}, "to both");
        CHECK_FALSE(ec);
        CHECK(receipt.unknown.empty());
        CHECK(fresh->got() == strings{accepted_.back(), "to both"});
        REQUIRE(early_->got().size() >= 2);
        CHECK(strings(early_->got().end() - 2, early_->got().end()) == fresh->got());
    }

    /// Nothing of what failed still has a place.
    void check_places()
    {
        std::vector<std::unique_ptr<client>> streams;
        CHECK(hub_.broker().client_count() == 1); // the early one
        while (auto c = hub_.try_connect().second) {
            streams.push_back(std::move(c));
        }
        CHECK(streams.size() == most_streams - 1);
        streams.clear();
        early_ = nullptr;
        // What a clean-up has to do, it does soon.
        hub_.settle_until([this] { return streams_counted() == 0; });
        auto const [all] = hub_.run<std::vector<session_info>>(
            [&](auto handler) { hub_.broker().async_list(session_query{}, std::move(handler)); });
        CHECK(hub_.broker().session_stats().total_sessions == all.size());
        for (auto const& s : all) {
            auto const id = parse_session_id(s.id).value();
            (void)hub_.run<error_code>([&](auto handler) { hub_.broker().async_remove(id, std::move(handler)); });
        }
        std::size_t minted = 0;
        while (mint()) {
            ++minted;
        }
        CHECK(minted == most_sessions);
    }

private:
    [[nodiscard]] static broker_config config()
    {
        broker_config c;
        c.streams.max_connections = most_streams;
        c.sessions.max_sessions = most_sessions;
        c.sessions.cleanup_interval = std::chrono::milliseconds{20};
        c.presence = presence_mode::counted;
        return c;
    }

    /// How many streams there are of those that name the topic.
    [[nodiscard]] std::uint64_t streams_counted()
    {
        auto const [ec, page] = hub_.run<error_code, presence_page>(
            [&](auto handler) { hub_.broker().async_presence({.topic = "t"}, std::move(handler)); });
        REQUIRE_FALSE(ec);
        return page.topics.front().streams;
    }

    /// The last id of a client that has seen nothing.
    [[nodiscard]] std::string beginning()
    {
        return to_string(event_id{.hi = early_->of().session().window().epoch(), .lo = 0});
    }

    /// What the threads of an application do: who runs a context may do so again after an exception.
    void settle()
    {
        hubs_work const work{left_};
        for (bool done = false; !done;) {
            try {
                hub_.settle();
                done = true;
            } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch): what asked is gone
            }
        }
    }

    /// What the operation completes with; nothing when memory was too short even for that.
    template <class... R, class Start>
    [[nodiscard]] std::optional<std::tuple<R...>> run(Start start, boost::asio::any_io_executor const& where)
    {
        auto const result = std::make_shared<std::optional<std::tuple<R...>>>();
        auto handler =
            boost::asio::bind_executor(where, [result](R... values) { result->emplace(std::move(values)...); });
        {
            hubs_work const work{left_};
            try {
                start(std::move(handler));
            } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch): said to the caller
            }
        }
        settle();
        return std::move(*result);
    }

    [[nodiscard]] reader_ptr connect(connect_request request, std::size_t shard = 0)
    {
        auto const home = hub_.executor(shard);
        if (request.claim.empty()) {
            request.meta.topics = {"t"};
            request.meta.grant.subject = "ann";
        }
        auto made = run<error_code, std::unique_ptr<client>>(
            [&](auto handler) { hub_.broker().async_connect(std::move(request), std::move(handler)); }, home);
        if (!made || std::get<error_code>(*made)) {
            return nullptr;
        }
        auto f = std::make_unique<reader>(std::get<1>(std::move(*made)), home);
        settle();
        return f;
    }

    void resume_later()
    {
        if (later_) {
            shard_ = 1 - shard_;
            later_ = connect(claim_of(later_->of(), to_string(later_->of().session().last_event_id())), shard_);
        }
    }

    void drop_later()
    {
        if (later_) {
            hubs_work const work{left_};
            later_->of().end(end_reason::peer_closed);
        }
        settle();
    }

    void publish(std::string type)
    {
        auto const data = "event " + std::to_string(++count_);
        event const e{.id = "the own id of " + data, .type = std::move(type), .data = data};
        bool accepted = false;
        {
            hubs_work const work{left_};
            accepted = hub_.broker().broadcast(e).has_value();
        }
        if (accepted) {
            accepted_.push_back(data);
        }
        settle();
    }

    void publish_later(std::string type)
    {
        auto const data = "event " + std::to_string(++count_);
        event e{.id = "", .type = std::move(type), .data = data};
        auto const done = run<error_code, publish_receipt>(
            [&](auto handler) { hub_.broker().async_broadcast(std::move(e), std::move(handler)); }, hub_.executor());
        (done && !std::get<0>(*done) ? accepted_ : unsure_).push_back(data);
    }

    [[nodiscard]] std::optional<session_id> mint()
    {
        auto const done = run<error_code, session_id>(
            [&](auto handler) { hub_.broker().async_mint(std::move(handler)); }, hub_.executor());
        return done && !std::get<0>(*done) ? std::optional{std::get<1>(*done)} : std::nullopt;
    }

    void send()
    {
        auto const data = "sent " + std::to_string(++count_);
        message m{.event = {.id = "", .type = "a", .data = data}, .targets = {id_of(early_->of())}};
        if (later_) {
            m.targets.push_back(id_of(later_->of()));
        }
        if (minted_) {
            m.targets.push_back(to_string(*minted_));
        }
        auto const done = run<error_code, send_receipt>(
            [&](auto handler) { hub_.broker().async_send(std::move(m), std::move(handler)); }, hub_.executor());
        (done && !std::get<0>(*done) ? sent_ : unsure_).push_back(data);
    }

    /// Of what the stream got, the broadcasts of which is known whether they were accepted.
    [[nodiscard]] strings only_sure(reader_ptr const& f) const
    {
        REQUIRE(f);
        auto all = f->got();
        std::erase_if(all, [this](auto const& data) {
            return data.starts_with("sent") || std::ranges::find(unsure_, data) != unsure_.end();
        });
        return all;
    }

    polled_hub hub_;
    std::size_t left_ = 0;
    reader_ptr early_;
    reader_ptr later_;
    std::optional<session_id> minted_;
    std::size_t count_ = 0;
    /// The shard of the latest stream that moves with each resume.
    std::size_t shard_ = 0;
    strings accepted_;
    strings sent_;
    strings unsure_;
};

TEST_SUITE_BEGIN("broker/memory");

TEST_CASE("memory · whichever allocation fails, what was accepted arrives or its loss is told, and the hub goes on")
{
    std::size_t failing = 1;
    for (bool has_failed = true; has_failed; ++failing) {
        CAPTURE(failing);
        rehearsal script{failing};
        has_failed = script.play();
        script.check_streams();
        script.check_minted();
        script.check_hub();
        script.check_places();
    }
    CHECK(failing > 100);
}

TEST_CASE("async_broadcast · a batch of more than half the ring is published whole or not at all")
{
    broker_config config;
    config.log.ring_size = 8;
    std::size_t failing = 1;
    for (bool has_failed = true; has_failed; ++failing) {
        CAPTURE(failing);
        polled_hub hub{config};
        std::vector<event> events(20);
        std::optional<std::pair<error_code, publish_receipt>> done;
        auto on_done = boost::asio::bind_executor(
            hub.executor(), [&](error_code ec, publish_receipt r) { done.emplace(ec, std::move(r)); });
        std::size_t left = failing;
        auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        try {
            hubs_work const work{left};
            hub.broker().async_broadcast(std::move(events), std::move(on_done));
            while (!done && std::chrono::steady_clock::now() < deadline) {
                hub.settle();
            }
        } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch)
            // Memory failed before the operation had begun.
        }
        has_failed = left == 0;
        auto const published = hub.broker().session_stats().events_published;
        bool const is_told = done && !done->first;
        CHECK(published == (is_told ? 20 : 0));
        if (is_told) {
            CHECK(done->second.count == 20);
            CHECK(done->second.last.ends_with("-20"));
        } else if (done) {
            CHECK(done->first == errc::no_memory);
        }
    }
    CHECK(failing > 10);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
