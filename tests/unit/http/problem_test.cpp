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

TEST_CASE("errc · every value has words of its own")
{
    std::set<std::string> words;
    auto const last = static_cast<int>(errc::shut_down);
    for (int value = 1; value <= last; ++value) {
        words.insert(make_error_code(static_cast<errc>(value)).message());
    }
    CHECK(words.size() == static_cast<std::size_t>(last));
    CHECK_FALSE(words.contains("unknown error"));
    CHECK(make_error_code(errc::stopped).category().name() == std::string{"sluice"});
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
