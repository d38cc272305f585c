#include <sluice/http/problem.hpp>

#include <sluice/http/reply.hpp>
#include <sluice/http/retry_after.hpp>

#include <boost/asio/error.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST_SUITE_BEGIN("http/problem");

TEST_CASE("to_problem · the status and the words of every error that a request can meet")
{
    struct row {
        errc error;
        unsigned status;
    };
    for (auto const& r : {row{errc::invalid_type, 400}, row{errc::reserved_type, 400}, row{errc::invalid_id, 400},
                          row{errc::reserved_id, 400}, row{errc::invalid_utf8, 400}, row{errc::event_too_large, 413},
                          row{errc::ring_full, 503}, row{errc::unknown_session, 404}, row{errc::not_the_owner, 403},
                          row{errc::thrashing, 429}, row{errc::too_many_connections, 503},
                          row{errc::too_many_sessions, 503}, row{errc::stopped, 503}, row{errc::wrong_executor, 500}}) {
        auto const ec = make_error_code(r.error);
        CAPTURE(ec.message());
        CHECK(to_problem(ec).status == r.status);
        CHECK(to_problem(ec).detail == ec.message());
    }
    CHECK(to_problem(boost::asio::error::eof).status == 500);
}

/// How many of the values up to the last have words that no other has.
template <class Enum>
[[nodiscard]] int worded(Enum last)
{
    std::set<std::string> words;
    for (int value = 1; value <= static_cast<int>(last); ++value) {
        words.insert(make_error_code(static_cast<Enum>(value)).message());
    }
    CHECK_FALSE(words.contains(make_error_code(static_cast<Enum>(0)).message()));
    return static_cast<int>(words.size());
}

TEST_CASE("errc and end_reason · every value has words of its own")
{
    CHECK(worded(errc::no_memory) == static_cast<int>(errc::no_memory));
    CHECK(make_error_code(errc::stopped).category().name() == std::string{"sluice"});
    CHECK(worded(end_reason::no_memory) == static_cast<int>(end_reason::no_memory));
    CHECK(make_error_code(end_reason::removed).category().name() == std::string{"sluice.stream"});
}

TEST_CASE("end_reason · is no refusal, whatever its number, and no request is answered by it")
{
    for (int value = 1; value <= static_cast<int>(end_reason::no_memory); ++value) {
        auto const ended = make_error_code(static_cast<end_reason>(value));
        CAPTURE(ended.message());
        CHECK(ended != make_error_code(static_cast<errc>(value)));
        CHECK(to_problem(ended).status == 500);
    }
}

TEST_CASE("to_json · is a problem document with its strings escaped")
{
    CHECK(to_json({.status = 404, .detail = "no \"x\"\n"}) ==
          R"({"type":"about:blank","title":"Not Found","status":404,"detail":"no \"x\"\n"})");
    CHECK(json_string("a\\\x01\u20ac") == "\"a\\\\\\u0001\u20ac\"");
    auto const r = problem_reply(bad_request("why"));
    CHECK(r.status == 400);
    CHECK(r.content_type == "application/problem+json");
}

TEST_CASE("with_retry_after · tells when to come back, on 429 and 503 alone, in whole seconds")
{
    stream_config c;
    c.retry = 2500ms;
    c.drain_spread = 0ms;
    CHECK(with_retry_after(problem_reply({.status = 503, .detail = ""}), c).fields.text() == "Retry-After: 3\r\n");
    CHECK(with_retry_after(problem_reply({.status = 429, .detail = ""}), c).fields.text() == "Retry-After: 3\r\n");
    CHECK(with_retry_after(problem_reply({.status = 404, .detail = ""}), c).fields.empty());
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
