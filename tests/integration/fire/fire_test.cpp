#include "fire_client.hpp"
#include "publisher.hpp"
#include "verdict.hpp"
#include <support/http_connection.hpp>
#include <support/server_process.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <mutex>
#include <random>
#include <utility>

using namespace sluice::test;

namespace {

constexpr std::size_t client_count = 24;
constexpr std::size_t publisher_count = 3;

/// Another on each run; SLUICE_TEST_SEED repeats one.
std::uint64_t draw_seed()
{
    const char* given = std::getenv("SLUICE_TEST_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

/// Counts the clients that stand, and keeps their sessions' ids by their number.
class assembly {
public:
    void arrive(std::size_t number, const std::string& session)
    {
        const std::lock_guard lock(mutex_);
        sessions_[number] = session;
        ++arrived_;
        changed_.notify_all();
    }
    std::vector<std::string> wait(deadline until)
    {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_until(lock, until.time(), [&] { return arrived_ == client_count; })) {
            fail(fmt::format("{} clients to stand", client_count), std::to_string(arrived_));
        }
        return sessions_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> sessions_ = std::vector<std::string>(client_count);
    std::size_t arrived_ = 0;
};

/// A third of the clients have a filter.
std::vector<std::string> filter_of(std::size_t number)
{
    switch (number % 6) {
    case 1:
        return {"a"};
    case 4:
        return {"b", "message"};
    default:
        return {};
    }
}

/// A third of the clients get broadcasts only.
std::vector<std::string> sent_to(const std::vector<std::string>& sessions)
{
    std::vector<std::string> some;
    for (std::size_t number = 0; number < sessions.size(); ++number) {
        if (number % 3 != 0) {
            some.push_back(sessions[number]);
        }
    }
    return some;
}

/// Sets a flag at the latest when it goes: whoever waits for it ends also when the test fails midway.
class flag_at_end {
public:
    explicit flag_at_end(std::atomic<bool>& flag) : flag_(flag) {}
    ~flag_at_end() { flag_ = true; }
    flag_at_end(const flag_at_end&) = delete;
    flag_at_end& operator=(const flag_at_end&) = delete;

private:
    std::atomic<bool>& flag_;
};

struct outcome {
    std::vector<sent_event> published;
    std::vector<client_record> clients;
};

/// So that it is a fire: enough is published, and the clients come and go.
constexpr std::size_t least_events = 500;
constexpr std::size_t least_reconnections = 10 * client_count;

bool burns(const endpoint& to)
{
    const auto stats = get(to, "/stats").json();
    return stats.at("events_published").to_number<std::size_t>() > least_events &&
           stats.at("reconnections").to_number<std::size_t>() > least_reconnections;
}

/// Publishes for this time, and for longer when that was too short for this machine.
std::vector<sent_event> publish_for(std::chrono::milliseconds time, const endpoint& to, std::uint64_t seed,
                                    const std::vector<std::string>& sessions)
{
    std::atomic<bool> stopped = false;
    std::vector<std::future<std::vector<sent_event>>> publishers;
    const flag_at_end stop(stopped);
    publishers.reserve(publisher_count);
    for (std::size_t number = 0; number < publisher_count; ++number) {
        publishers.push_back(std::async(std::launch::async, [&, number] {
            return publish_until(
                stopped,
                {.to = to, .seed = seed + number, .name = fmt::format("publisher {}", number), .sessions = sessions});
        }));
    }
    // One that fails ends the wait at once.
    auto left = time;
    const deadline until(std::chrono::seconds(30));
    while (publishers.front().wait_for(left) == std::future_status::timeout && !burns(to) && !until.passed()) {
        left = std::chrono::milliseconds(50);
    }
    stopped = true;
    std::vector<sent_event> published;
    for (auto& publisher : publishers) {
        auto some = publisher.get();
        published.insert(published.end(), some.begin(), some.end());
    }
    return published;
}

outcome run_fire(const server_process& server, std::uint64_t seed, std::chrono::milliseconds time)
{
    const endpoint to(server.port());
    std::atomic<bool> calm = false;
    assembly standing;
    std::vector<std::future<client_record>> clients;
    const flag_at_end be_calm(calm);
    clients.reserve(client_count);
    for (std::size_t number = 0; number < client_count; ++number) {
        clients.push_back(std::async(std::launch::async, [&, number] {
            const fire_client_options options{.to = to, .seed = seed + 1000 + number, .types = filter_of(number)};
            return run_fire_client(options, calm, [&](const auto& session) { standing.arrive(number, session); });
        }));
    }
    outcome result;
    result.published = publish_for(time, to, seed, sent_to(standing.wait(deadline())));
    std::sort(result.published.begin(), result.published.end(),
              [](const auto& one, const auto& other) { return one.at < other.at; });
    const auto last = publish_last(to);
    result.published.insert(result.published.end(), last.begin(), last.end());
    calm = true;
    for (auto& client : clients) {
        result.clients.push_back(client.get());
    }
    return result;
}

std::size_t count_connections(const outcome& result)
{
    std::size_t count = 0;
    for (const auto& client : result.clients) {
        count += client.connections.size();
    }
    return count;
}

/// How many connections began with a buffer-overflow.
std::size_t count_overflows(const outcome& result)
{
    std::size_t count = 0;
    for (const auto& client : result.clients) {
        for (const auto& connection : client.connections) {
            count += static_cast<std::size_t>(
                std::count_if(connection.blocks.begin(), connection.blocks.end(),
                              [](const auto& block) { return block.type == "buffer-overflow"; }));
        }
    }
    return count;
}

void check_ids_ascend(const std::vector<sent_event>& published)
{
    const auto twice = std::adjacent_find(published.begin(), published.end(),
                                          [](const auto& one, const auto& next) { return one.at >= next.at; });
    CHECK_MESSAGE(twice == published.end(), "two events have one id, or the last were not last");
}

/// Shorter under sanitizers, where the same load takes more of everything.
std::chrono::milliseconds scaled(std::chrono::milliseconds time) { return slowness() == 1 ? time : time / 2; }

outcome fire(const std::string& threads, std::vector<std::string> arguments, std::uint64_t seed,
             std::chrono::milliseconds time, losses allowed)
{
    arguments.insert(arguments.end(), {"--threads", threads, "--log-level", "error"});
    const server_process server(arguments);
    auto result = run_fire(server, seed, scaled(time));
    check_ids_ascend(result.published);
    for (const auto& client : result.clients) {
        const auto fault = judge(client, result.published, allowed);
        CHECK_MESSAGE(fault.empty(), fault);
    }
    const auto stats = get(server.port(), "/stats").json();
    CHECK(stats.at("events_published") == result.published.size());
    CHECK(stats.at("total_sessions") == client_count);
    CHECK(stats.at("rejected_claims") == 0);
    MESSAGE("--threads ", threads, ": ", result.published.size(), " events, ", count_connections(result),
            " connections, ", count_overflows(result), " with losses told");
    CHECK(result.published.size() > least_events);
    CHECK(count_connections(result) > least_reconnections);
    return result;
}

} // namespace

TEST_SUITE("fire")
{
    TEST_CASE("exactness under fire: nothing lost, doubled or misplaced")
    {
        const auto seed = draw_seed();
        CAPTURE(seed);
        for (const std::string threads : {"1", "4"}) {
            CAPTURE(threads);
            fire(threads, {"--buffer-size", "100000", "--log-events", "100000"}, seed, std::chrono::seconds(5),
                 losses::none);
        }
    }

    TEST_CASE("exactness under fire with a small buffer: every loss is told, and counted right")
    {
        const auto seed = draw_seed();
        CAPTURE(seed);
        for (const std::string threads : {"1", "4"}) {
            CAPTURE(threads);
            const auto result = fire(threads, {"--buffer-size", "8"}, seed, std::chrono::seconds(3), losses::told);
            CHECK(count_overflows(result) > 20);
        }
    }
}
