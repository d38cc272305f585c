// Clients that stall, lag or vanish: they cost others nothing, and their sessions lose nothing.
#include "checks.hpp"
#include "temporary_directory.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <chrono>
#include <deque>
#include <thread>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::steady_clock;

endpoint narrow(const server_process& server)
{
    endpoint to(server.port());
    to.receive_buffer = 4096;
    return to;
}

/// A duration as an option has it. Those within which publishing must be done before a client begins to read grow with
/// slowness().
std::string argument(std::chrono::seconds time) { return fmt::format("{}s", time.count()); }

/// Numbered data of a size: the number, a colon, and filling.
std::string numbered(int number, std::size_t size)
{
    auto data = fmt::format("{}:", number);
    data.resize(std::max(size, data.size()), 'x');
    return data;
}

int number_of(const received_event& event) { return std::stoi(event.data); }

/// Appends the numbers of what this stream brings up to its end.
void read_numbers_to_end(event_stream& stream, std::vector<int>& numbers)
{
    while (const auto event = stream.next_or_end()) {
        if (event->type == "message") {
            numbers.push_back(number_of(*event));
        }
    }
}

/// The numbers of the next so many events.
std::vector<int> read_numbers(event_stream& stream, std::size_t count)
{
    std::vector<int> numbers;
    while (numbers.size() < count) {
        const auto event = stream.next_event();
        if (event.type == "message") {
            numbers.push_back(number_of(event));
        }
    }
    return numbers;
}

/// Publishes numbered events of this size on one connection until that number of /stats is reached.
int publish_until(const server_process& server, std::size_t size, std::string_view name, std::int64_t wanted)
{
    http_connection publisher(server.port());
    const deadline until(20s);
    int number = 0;
    while (stat_of(server.port(), name) != wanted) {
        if (until.passed() || number == 4000) {
            fail(fmt::format("{} to become {}", name, wanted), fmt::format("not after {} events", number));
        }
        publisher.post_json("/broadcast", {{"data", numbered(number++, size)}});
    }
    return number;
}

void check_all_in_order(const std::vector<int>& numbers, int count)
{
    REQUIRE(numbers.size() == static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        REQUIRE(numbers[static_cast<std::size_t>(i)] == i);
    }
}

void check_vanished_is_noticed(void (*vanish)(event_stream&), bool with_unsent_data)
{
    server_process server({"--heartbeat-interval", "0", "--write-timeout", "60s"});
    event_stream stream(narrow(server));
    event_stream witness(server.port());
    stream.connected();
    witness.connected();
    if (with_unsent_data) {
        for (int i = 0; i < 60; ++i) {
            broadcast(server.port(), numbered(i, 200'000));
            witness.next_of_type("message");
        }
    }
    CHECK(stat_of(server.port(), "active_clients") == 2);
    vanish(stream);
    wait_stat(server.port(), "active_clients", 1, 1s);
    CHECK(stat_of(server.port(), "buffered_sessions") == 1);
    CHECK(stat_of(server.port(), "slow_consumers_dropped") == 0);
}

} // namespace

TEST_SUITE("contract/slow_client")
{
    TEST_CASE("write timeout · closes a stalled client, counts it, and its session resumes with nothing lost")
    {
        server_process server({"--write-timeout", "2s", "--heartbeat-interval", "0"});
        event_stream stalled(narrow(server));
        stalled.connected();
        constexpr int count = 150; // more than the sockets' buffers take, less than the log holds
        for (int i = 0; i < count; ++i) {
            broadcast(server.port(), numbered(i, 100'000));
        }
        wait_stat(server.port(), "slow_consumers_dropped", 1);
        CHECK(stat_of(server.port(), "active_clients") == 0);
        CHECK(stat_of(server.port(), "buffered_sessions") == 1);
        std::vector<int> numbers;
        read_numbers_to_end(stalled, numbers);
        const auto last = stalled.last_event_id();
        event_stream resumed(server.port(), {.session = stalled.session_id(), .last_event_id = last});
        CHECK(resumed.connected().at("resumed") == true);
        CHECK(integer(resumed.connected().at("dropped")) == 0);
        for (const auto& event : resumed.barrier()) {
            if (event.type == "message") {
                numbers.push_back(number_of(event));
            }
        }
        check_all_in_order(numbers, count);
    }

    TEST_CASE("write timeout · not before its time, and a slow reader is no stalled one")
    {
        server_process server({"--write-timeout", argument(3s * slowness()), "--heartbeat-interval", "0"});
        event_stream slow(narrow(server));
        slow.connected();
        constexpr int count = 100;
        for (int i = 0; i < count; ++i) {
            broadcast(server.port(), numbered(i, 100'000));
        }
        std::this_thread::sleep_for(1s); // within the write timeout: the client stalls, then goes on
        const auto numbers = read_numbers(slow, count);
        check_all_in_order(numbers, count);
        CHECK(stat_of(server.port(), "slow_consumers_dropped") == 0);
        CHECK(stat_of(server.port(), "active_clients") == 1);
    }

    TEST_CASE("write timeout · a client that reads slowly but steadily is not closed")
    {
        const auto write_timeout = 1s * slowness();
        server_process server({"--write-timeout", argument(write_timeout), "--heartbeat-interval", "0"});
        endpoint to(server.port());
        to.receive_buffer = 65536;
        event_stream slow(to);
        slow.connected();
        constexpr int count = 120;
        for (int batch = 0; batch < 3; ++batch) {
            std::vector<std::string> data;
            for (int i = 0; i < count / 3; ++i) {
                data.push_back(numbered(batch * count / 3 + i, 100'000));
            }
            broadcast_batch(server.port(), data);
        }
        // The kernel's buffers on the way hold megabytes: the server must see that they drain.
        for (const auto end = steady_clock::now() + 4 * write_timeout; steady_clock::now() < end;) {
            REQUIRE(slow.read_some(1s, 5000));
            std::this_thread::sleep_for(10ms); // the pace of the reader, not a synchronisation
        }
        CHECK(stat_of(server.port(), "slow_consumers_dropped") == 0);
        const auto numbers = read_numbers(slow, count);
        check_all_in_order(numbers, count);
    }

    TEST_CASE("burst · larger than the session's buffer reaches a client that keeps reading")
    {
        server_process server({"--buffer-size", "10"});
        event_stream stream(narrow(server));
        stream.connected();
        constexpr int count = 5000;
        std::vector<std::string> data;
        for (int i = 0; i < count; ++i) {
            data.push_back(numbered(i, 500));
        }
        CHECK(integer(broadcast_batch(server.port(), data).at("count")) == count);
        std::vector<int> numbers;
        while (numbers.size() < count) {
            const auto event = stream.next_event();
            REQUIRE(event.type != "buffer-overflow");
            if (event.type == "message") {
                numbers.push_back(number_of(event));
            }
        }
        check_all_in_order(numbers, count);
        CHECK(stat_of(server.port(), "slow_consumers_dropped") == 0);
    }

    TEST_CASE("max_lag · a stream that lags by more is closed and counted")
    {
        server_process server({"--max-lag", "100", "--buffer-size", "50", "--write-timeout", "60s"});
        event_stream stalled(narrow(server));
        stalled.connected();
        const auto begin = steady_clock::now();
        const int count = publish_until(server, 100'000, "slow_consumers_dropped", 1);
        CHECK(count > 100);
        CHECK(steady_clock::now() - begin < 30s * slowness());
        CHECK(stat_of(server.port(), "active_clients") == 0);
        std::vector<int> numbers;
        read_numbers_to_end(stalled, numbers);
        const auto received = static_cast<int>(numbers.size());
        event_stream resumed(server.port(),
                             {.session = stalled.session_id(), .last_event_id = stalled.last_event_id()});
        CHECK(resumed.connected().at("resumed") == true);
        CHECK(integer(resumed.connected().at("replay")) == 50);
        CHECK(integer(resumed.connected().at("dropped")) == count - received - 50);
        resumed.next_of_type("buffer-overflow");
        resumed.expect("replay-start");
        CHECK(number_of(resumed.expect("message")) == count - 50);
    }

    TEST_CASE("max_lag · by default a client that lags beyond the log is closed")
    {
        server_process server({"--log-events", "200", "--buffer-size", "20", "--write-timeout", "60s"});
        event_stream stalled(narrow(server));
        stalled.connected();
        const int count = publish_until(server, 100'000, "slow_consumers_dropped", 1);
        CHECK(count > 200);
        wait_stat(server.port(), "active_clients", 0);
    }

    TEST_CASE("stalled clients · delay neither publishers nor healthy clients")
    {
        server_process server({"--write-timeout", "60s", "--heartbeat-interval", "0"});
        std::deque<event_stream> stalled;
        for (int i = 0; i < 20; ++i) {
            stalled.emplace_back(narrow(server)).connected();
        }
        event_stream healthy(server.port());
        healthy.connected();
        auto longest = 0ms;
        for (int i = 0; i < 200; ++i) {
            const auto begin = steady_clock::now();
            broadcast(server.port(), numbered(i, 100'000));
            CHECK(number_of(healthy.next_of_type("message")) == i);
            longest = std::max(longest, std::chrono::ceil<std::chrono::milliseconds>(steady_clock::now() - begin));
        }
        CHECK(stat_of(server.port(), "active_clients") == 21);
        CHECK(longest.count() < 1000 * slowness());
    }

    TEST_CASE("stalled clients · delay nobody over a local socket either, which takes an event whole or not at all")
    {
        const temporary_directory directory;
        const auto path = directory.file("sluice.sock");
        server_process server(
            {"--threads", "1", "--listen", "unix:" + path, "--write-timeout", "60s", "--heartbeat-interval", "0"});
        const auto local = endpoint::unix_socket(path);
        event_stream stalled(local);
        stalled.connected();
        event_stream healthy(local);
        healthy.connected();
        http_connection publisher(local);
        for (int i = 0; i < 1000; ++i) {
            publisher.post_json("/broadcast", {{"data", numbered(i, 1000)}});
            REQUIRE(number_of(healthy.next_of_type("message")) == i);
        }
        check_all_in_order(read_numbers(stalled, 1000), 1000);
    }

    TEST_CASE("stalled clients · do not grow memory")
    {
        const auto growth = [](int clients) {
            server_process server({"--write-timeout", "60s", "--heartbeat-interval", "0"});
            std::deque<event_stream> stalled;
            for (int i = 0; i < clients; ++i) {
                stalled.emplace_back(narrow(server)).connected();
            }
            event_stream healthy(server.port());
            healthy.connected();
            const auto before = server.resident_bytes();
            for (int i = 0; i < 400; ++i) {
                broadcast(server.port(), numbered(i, 100'000));
                healthy.next_of_type("message");
            }
            CHECK(stat_of(server.port(), "active_clients") == clients + 1);
            const auto after = server.resident_bytes();
            return after > before ? after - before : 0;
        };
        const auto alone = growth(0);
        const auto with_stalled = growth(50);
        // Queues of copies would take 50 times 40 MB. What is published is kept once, in the log.
        CHECK(with_stalled < alone + 16'000'000 * static_cast<std::size_t>(slowness()));
    }

    TEST_CASE("vanished clients · a close is noticed at once, without any publish")
    {
        check_vanished_is_noticed([](event_stream& stream) { stream.close(); }, false);
    }

    TEST_CASE("vanished clients · a reset is noticed at once, without any publish")
    {
        check_vanished_is_noticed([](event_stream& stream) { stream.reset(); }, false);
    }

    TEST_CASE("vanished clients · a reset is noticed at once while a write is stuck")
    {
        check_vanished_is_noticed([](event_stream& stream) { stream.reset(); }, true);
    }

    TEST_CASE("vanished clients · a close is noticed at once while a write is stuck")
    {
        check_vanished_is_noticed([](event_stream& stream) { stream.close(); }, true);
    }
}
