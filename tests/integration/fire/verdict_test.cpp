#include "verdict.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace sluice::test;

namespace {

sent_event sent(std::uint64_t lo, std::string type = "message", std::vector<std::string> sessions = {})
{
    return {.at = {.hi = 1, .lo = lo},
            .type = std::move(type),
            .data = fmt::format("data {}", lo),
            .sessions = std::move(sessions)};
}

/// Broadcasts 1 to 6, one to the client's session, one to another's, one of a type of its own.
std::vector<sent_event> published()
{
    return {
        sent(1),     sent(2), sent(3), sent(4), sent(5), sent(6), sent(7, "message", {"me"}), sent(8, "a", {"other"}),
        sent(9, "b")};
}

received_event control(std::string type, std::string data)
{
    received_event block;
    block.has_data = true;
    block.type = std::move(type);
    block.data = std::move(data);
    return block;
}

received_event opening(bool resumed, int replay = 0, const std::string& dropped = "0")
{
    return control("connected", fmt::format(R"({{"resumed":{},"replay":{},"dropped":{}}})", resumed, replay, dropped));
}

received_event event(const sent_event& of, bool replayed = false)
{
    auto block = control(of.type, of.data);
    block.id = fmt::format("{}-{}", of.at.hi, of.at.lo);
    block.has_id = true;
    if (replayed) {
        block.comments = {"replayed 2026-01-01T00:00:00.000Z"};
    }
    return block;
}

/// Gets 1 and 2 live, comes back, is replayed 3, and the rest live.
client_record good_client()
{
    const auto all = published();
    client_record client{.session = "me", .types = {}, .connections = {}};
    client.connections.push_back({.last_event_id = {}, .blocks = {opening(false), event(all[0]), event(all[1])}});
    client.connections.push_back({.last_event_id = "1-2",
                                  .blocks = {opening(true, 1), control("replay-start", R"({"count":1})"),
                                             event(all[2], true), control("replay-end", "{}"), event(all[3]),
                                             event(all[4]), event(all[5]), event(all[6]), event(all[8])}});
    return client;
}

/// Of a buffer that holds two: 3 and 4 are lost and told.
client_record client_with_loss()
{
    const auto all = published();
    client_record client{.session = "me", .types = {}, .connections = {}};
    client.connections.push_back({.last_event_id = {}, .blocks = {opening(false), event(all[0]), event(all[1])}});
    client.connections.push_back({.last_event_id = "1-2", .blocks = {opening(true, 2, "2")}});
    client.connections.push_back(
        {.last_event_id = "1-2",
         .blocks = {opening(true, 2, "2"), control("buffer-overflow", R"({"dropped":2,"kept":2})"),
                    control("replay-start", R"({"count":2})"), event(all[4], true), event(all[5], true),
                    control("replay-end", "{}"), event(all[6]), event(all[8])}});
    return client;
}

} // namespace

TEST_SUITE("verdict")
{
    TEST_CASE("verdict · what is right passes")
    {
        CHECK(judge(good_client(), published(), losses::none) == "");
        CHECK(judge(client_with_loss(), published(), losses::told) == "");
        CHECK(judge(client_with_loss(), published(), losses::none) != "");
    }

    TEST_CASE("verdict · each fault is found")
    {
        const auto judged = [](const auto& spoil) {
            auto client = good_client();
            spoil(client, client.connections[1].blocks);
            return judge(client, published(), losses::told);
        };
        CHECK(judged([](auto&, auto& blocks) { blocks.pop_back(); }) != "");                            // lost, last
        CHECK(judged([](auto&, auto& blocks) { blocks.erase(blocks.begin() + 5); }) != "");             // lost
        CHECK(judged([](auto&, auto& blocks) { blocks.insert(blocks.begin() + 5, blocks[4]); }) != ""); // doubled
        CHECK(judged([](auto&, auto& blocks) { blocks.push_back(blocks.back()); }) != "");              // doubled, last
        CHECK(judged([](auto&, auto& blocks) { std::swap(blocks[5], blocks[6]); }) != "");              // misplaced
        CHECK(judged([](auto&, auto& blocks) { blocks[5].data += "!"; }) != "");                        // altered
        CHECK(judged([](auto&, auto& blocks) { blocks[5].type = "other"; }) != "");
        CHECK(judged([](auto&, auto& blocks) { blocks[2].comments.clear(); }) != "");          // not marked
        CHECK(judged([](auto&, auto& blocks) { blocks[5].comments = {"replayed x"}; }) != ""); // marked
        CHECK(judged([](auto&, auto& blocks) { std::swap(blocks[2], blocks[3]); }) != "");     // outside
        CHECK(judged([](auto&, auto& blocks) { blocks[0] = opening(false, 1); }) != "");
        CHECK(judged([](auto&, auto& blocks) { blocks[0] = opening(true, 2); }) != "");
        CHECK(judged([](auto&, auto& blocks) { blocks.erase(blocks.begin()); }) != "");
        CHECK(judged([](auto& client, auto&) { client.session = "other"; }) != "");   // not its own
        CHECK(judged([](auto& client, auto&) { client.types = {"message"}; }) != ""); // not asked for
        CHECK(judged([](auto& client, auto&) { client.connections[1].last_event_id = "1-1"; }) != "");
    }

    TEST_CASE("verdict · a loss that is not told, or told wrongly, is found")
    {
        const auto judged = [](const auto& spoil) {
            auto client = client_with_loss();
            spoil(client.connections[2].blocks);
            return judge(client, published(), losses::told);
        };
        CHECK(judged([](auto& blocks) { blocks[0] = opening(true, 2, "1"); }) != "");
        CHECK(judged([](auto& blocks) { blocks[0] = opening(true, 2, "3"); }) != "");
        CHECK(judged([](auto& blocks) { blocks[0] = opening(true, 2, "0"); }) != "");
        CHECK(judged([](auto& blocks) { blocks.erase(blocks.begin() + 1); }) != "");
        CHECK(judged([](auto& blocks) { blocks[1].data = R"({"dropped":2,"kept":3})"; }) != "");
        CHECK(judged([](auto& blocks) { blocks[1].data = R"({"dropped":null,"kept":2})"; }) != "");
        CHECK(judged([](auto& blocks) { blocks.insert(blocks.begin() + 1, blocks[1]); }) != "");
    }

    TEST_CASE("verdict · a loss that cannot be known may be of any size, once, for one who is sent to")
    {
        auto client = client_with_loss();
        client.connections.erase(client.connections.begin() + 1);
        auto& blocks = client.connections[1].blocks;
        blocks[0] = opening(true, 2, "null");
        blocks[1].data = R"({"dropped":null,"kept":2})";
        CHECK(judge(client, published(), losses::told) == "");
        auto gap = client;
        gap.connections[1].blocks.erase(gap.connections[1].blocks.begin() + 4);
        CHECK(judge(gap, published(), losses::told) != "");
        auto only_broadcasts = published();
        only_broadcasts[6].sessions.clear();
        CHECK(judge(client, only_broadcasts, losses::told) != "");
    }
}
