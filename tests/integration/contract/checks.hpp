#pragma once

#include <support/http_connection.hpp>
#include <support/server_process.hpp>

#include <boost/json/object.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

inline constexpr auto json = "application/json";
inline constexpr auto form = "application/x-www-form-urlencoded";
inline constexpr auto ndjson = "application/x-ndjson";
/// The origin that a server is told of by --cors-origin.
inline const std::string listed = "https://app.example";

/// Runs `check` on each row of a table; a failure names the row, and the rows after it still run.
template <class Rows, class Check>
void for_each_row(const Rows& rows, const Check& check)
{
    for (const auto& row : rows) {
        const std::string row_name(row.name);
        INFO("row: " << row_name);
        try {
            check(row);
        } catch (const test_failure& failure) {
            FAIL_CHECK(std::string(failure.what()));
        }
    }
}

/// An answer of this status as RFC 9457 wants it, whose detail has the text `names`.
void check_problem(const http_response& response, int status, std::string_view names = "");

http_response post(const endpoint& to, std::string target, std::string_view content_type, std::string body);
/// POST with neither a body nor a Content-Type.
http_response post(const endpoint& to, std::string target);
/// Sends the bytes on a connection of its own and reads the response.
http_response raw_request(const endpoint& to, std::string_view bytes);
/// One POST of a batch of events; fails the test unless it is answered with 200. Returns the answer.
boost::json::object broadcast_batch(const endpoint& to, const std::vector<std::string>& data);

boost::json::object stats(const endpoint& to);
std::int64_t stat_of(const endpoint& to, std::string_view name);
/// Waits until that number of /stats is as wanted.
void wait_stat(const endpoint& to, std::string_view name, std::int64_t wanted, deadline until = {});

/// What GET /sessions says of this session; fails the test when it is not on the first page.
boost::json::object session_entry(const endpoint& to, std::string_view id);
std::string mint_session(const endpoint& to);

std::set<std::string> keys(const boost::json::object& object);
std::int64_t integer(const boost::json::value& value);
std::string text(const boost::json::value& value);

bool is_position(std::string_view text);   ///< `<hi>-<lo>`
bool is_session_id(std::string_view text); ///< 32 lower-case hexadecimal digits
/// The two numbers of a position; fails the test when it is none.
std::pair<std::uint64_t, std::uint64_t> position(std::string_view text);

std::int64_t milliseconds_since_epoch();
std::size_t line_count(std::string_view text);
/// The elements of a comma-separated list, without white space.
std::set<std::string> list_elements(std::string_view value);

} // namespace sluice::test
