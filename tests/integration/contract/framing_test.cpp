// Requests that are not well-framed HTTP/1.x are refused, and the connection ends: what stands behind them is
// never taken for a request of its own (RFC 9112, sections 2.2, 5, 6, 7 and 11.2).
#include "checks.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

struct bad_row {
    std::string name;
    std::string bytes; ///< a whole request, but for what is wrong with it
    std::vector<int> statuses{400};
};

/// A publish whose head has these lines, CR LF included.
std::string publish(const std::string& lines, const std::string& body)
{
    return "POST /broadcast HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n" + lines +
           "\r\n" + body;
}
std::string chunked(const std::string& body) { return publish("Transfer-Encoding: chunked\r\n", body); }
std::string with_line(const std::string& line) { return "GET /healthz HTTP/1.1\r\nHost: x\r\n" + line + "\r\n\r\n"; }

const std::vector<bad_row> length_rows{
    {"two different lengths", publish("Content-Length: 6\r\nContent-Length: 5\r\n", "data=x")},
    {"two equal lengths", publish("Content-Length: 6\r\nContent-Length: 6\r\n", "data=x")},
    {"a list of different lengths", publish("Content-Length: 6, 5\r\n", "data=x")},
    {"a list of equal lengths", publish("Content-Length: 6, 6\r\n", "data=x")},
    {"a length with a sign", publish("Content-Length: +6\r\n", "data=x")},
    {"a negative length", publish("Content-Length: -6\r\n", "data=x")},
    {"a length with letters", publish("Content-Length: 6x\r\n", "data=x")},
    {"a hexadecimal length", publish("Content-Length: 0x6\r\n", "data=x")},
    {"a length with a space within", publish("Content-Length: 0 6\r\n", "data=x")},
    {"an empty length", publish("Content-Length: \r\n", "")},
    {"a length beyond 64 bits", publish("Content-Length: 18446744073709551622\r\n", "data=x"), {400, 413}},
    {"length with chunked", publish("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "6\r\ndata=x\r\n0\r\n\r\n")},
    {"chunked with length", publish("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", "6\r\ndata=x\r\n0\r\n\r\n")},
    {"length 0 with chunked",
     publish("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "6\r\ndata=x\r\n0\r\n\r\n")},
    {"an unknown coding", publish("Transfer-Encoding: gzip\r\n", ""), {400, 501}},
    {"an unknown coding before chunked",
     publish("Transfer-Encoding: gzip, chunked\r\n", "6\r\ndata=x\r\n0\r\n\r\n"),
     {400, 501}},
    {"chunked is not the last",
     publish("Transfer-Encoding: chunked, gzip\r\n", "6\r\ndata=x\r\n0\r\n\r\n"),
     {400, 501}},
    {"chunked twice", publish("Transfer-Encoding: chunked, chunked\r\n", "6\r\ndata=x\r\n0\r\n\r\n"), {400, 501}},
    {"two codings on two lines",
     publish("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "6\r\ndata=x\r\n0\r\n\r\n"),
     {400, 501}},
    {"a name that begins like chunked",
     publish("Transfer-Encoding: chunkedx\r\n", "6\r\ndata=x\r\n0\r\n\r\n"),
     {400, 501}},
    {"chunked in quotes", publish("Transfer-Encoding: \"chunked\"\r\n", "6\r\ndata=x\r\n0\r\n\r\n"), {400, 501}},
    {"an empty coding", publish("Transfer-Encoding: \r\n", ""), {400, 501}},
    {"identity with a length", publish("Transfer-Encoding: identity\r\nContent-Length: 6\r\n", "data=x"), {400, 501}},
};

const std::vector<bad_row> head_rows{
    {"bare LF after the request line", "GET /healthz HTTP/1.1\nHost: x\r\n\r\n"},
    {"bare LF after a field", "GET /healthz HTTP/1.1\r\nHost: x\nAccept: */*\r\n\r\n"},
    {"bare LF at the head's end", "GET /healthz HTTP/1.1\r\nHost: x\r\n\n"},
    {"bare LF everywhere", "GET /healthz HTTP/1.1\nHost: x\n\n"},
    {"bare CR in a value", with_line("X-Value: a\rX-Other: b")},
    {"bare CR in a name", with_line("X-Va\rlue: a")},
    {"bare CR in the request line", "GET /healthz\r HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"CR CR LF", "GET /healthz HTTP/1.1\r\r\nHost: x\r\n\r\n"},
    {"NUL in a value", with_line(std::string("X-Value: a\0b", 12))},
    {"a control byte in a value", with_line("X-Value: a\x01")},
    {"a field without a colon", with_line("X-Value")},
    {"a space before the colon", with_line("X-Value : a")},
    {"a tab before the colon", with_line("X-Value\t: a")},
    {"a space before the colon of a length", publish("Content-Length : 6\r\n", "data=x")},
    {"an empty name", with_line(": a")},
    {"a space in a name", with_line("X Value: a")},
    {"a letter beyond ASCII in a name", with_line("X-\xc3\xa4: a")},
    {"a space before the first field", "GET /healthz HTTP/1.1\r\n Host: x\r\n\r\n"},
    {"no version", "GET /healthz\r\nHost: x\r\n\r\n"},
    {"no method", "/healthz HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"no target", "GET HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"two spaces before the target", "GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"two spaces before the version", "GET /healthz  HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"a space in the target", "GET /heal thz HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"a space at the line's end", "GET /healthz HTTP/1.1 \r\nHost: x\r\n\r\n"},
    {"a space at the line's start", " GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"a method that is no token", "G@T /healthz HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"a target without a slash", "GET healthz HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"a target with another scheme than HTTP's", "GET ftp://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a target that is a URL without a host", "GET http:///healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a target that is a URL with a port alone", "GET http://:80/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a target that is a URL with a user", "GET http://a@localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a target that is a URL with a port that is none",
     "GET http://localhost:x/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a control byte in the target", "GET /heal\x01thz HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"the version in lower case", "GET /healthz http/1.1\r\nHost: x\r\n\r\n"},
    {"another protocol", "GET /healthz HTTQ/1.1\r\nHost: x\r\n\r\n"},
    {"version 2.0", "GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n", {400, 505}},
    {"version 1", "GET /healthz HTTP/1\r\nHost: x\r\n\r\n", {400, 505}},
    {"version 1.10", "GET /healthz HTTP/1.10\r\nHost: x\r\n\r\n", {400, 505}},
    {"a TLS client", std::string("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", 15)},
};

const std::vector<bad_row> chunk_rows{
    {"a size that is no number", chunked("zz\r\ndata=x\r\n0\r\n\r\n")},
    {"an empty size", chunked("\r\ndata=x\r\n0\r\n\r\n")},
    {"a negative size", chunked("-6\r\ndata=x\r\n0\r\n\r\n")},
    {"a size with 0x", chunked("0x6\r\ndata=x\r\n0\r\n\r\n")},
    {"a size beyond 64 bits", chunked("10000000000000006\r\ndata=x\r\n0\r\n\r\n"), {400, 413}},
    {"a space before the size", chunked(" 6\r\ndata=x\r\n0\r\n\r\n")},
    {"bare LF after the size", chunked("6\ndata=x\r\n0\r\n\r\n")},
    {"bare LF after the data", chunked("6\r\ndata=x\n0\r\n\r\n")},
    {"bare LF after the last size", chunked("6\r\ndata=x\r\n0\n\r\n")},
    {"bare LF at the very end", chunked("6\r\ndata=x\r\n0\r\n\n")},
    {"bare CR after the size", chunked("6\rdata=x\r\n0\r\n\r\n")},
    {"bare LF in an extension", chunked("6;a=b\nc\r\ndata=x\r\n0\r\n\r\n")},
    {"bare CR in an extension", chunked("6;a=b\rc\r\ndata=x\r\n0\r\n\r\n")},
    {"more data than the size says", chunked("5\r\ndata=x\r\n0\r\n\r\n")},
    {"less data than the size says", chunked("8\r\ndata=x\r\n0\r\n\r\n")},
    {"bare LF in a trailer", chunked("6\r\ndata=x\r\n0\r\nX-Trailer: a\n\r\n")},
    {"a trailer without a colon", chunked("6\r\ndata=x\r\n0\r\nX-Trailer\r\n\r\n")},
    {"a trailer without a name", chunked("6\r\ndata=x\r\n0\r\n: a\r\n\r\n")},
    {"a trailer that is continued", chunked("6\r\ndata=x\r\n0\r\nX-Trailer: a\r\n b\r\n\r\n")},
    {"a control byte in a trailer", chunked("6\r\ndata=x\r\n0\r\nX-Trailer: a\x01\r\n\r\n")},
    {"a space in a trailer's name", chunked("6\r\ndata=x\r\n0\r\nX Trailer: a\r\n\r\n")},
    {"a size with something behind it", chunked("6 a\r\ndata=x\r\n0\r\n\r\n")},
    {"an extension that is none", chunked("6;\"\r\ndata=x\r\n0\r\n\r\n")},
};

void check_refused(const server_process& server, const bad_row& row, const std::string& behind)
{
    http_connection connection(server.port());
    connection.socket().try_send(row.bytes + behind);
    const auto response = connection.read_response(5s);
    const auto& allowed = row.statuses;
    CHECK_MESSAGE(std::find(allowed.begin(), allowed.end(), response.status) != allowed.end(), "status ",
                  response.status, ": ", printable(response.body));
    CHECK(response.headers.get("Content-Type") == "application/problem+json");
    CHECK(equal_ignoring_case(response.headers.get("Connection"), "close"));
    connection.read_eof(5s);
}

/// Each row alone and with a publish behind it; nothing must have been published by any of them.
void check_table(const std::vector<bad_row>& rows)
{
    server_process server;
    constexpr auto smuggled = "POST /broadcast?data=smuggled HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
    for_each_row(rows, [&](const bad_row& row) { check_refused(server, row, ""); });
    for_each_row(rows, [&](const bad_row& row) {
        const auto before = stat_of(server.port(), "events_published");
        try {
            check_refused(server, row, smuggled);
        } catch (const test_failure& failure) {
            FAIL_CHECK(std::string(failure.what()));
        }
        CHECK_MESSAGE(stat_of(server.port(), "events_published") == before, "something was published");
    });
}

struct large_row {
    const char* name;
    std::string bytes;
    int status;
};

const std::vector<large_row> large_rows{
    {"a head of 15 KiB", with_line("X-Large: " + std::string(15 * 1024, 'a')), 200},
    {"a value of 17 KiB", with_line("X-Large: " + std::string(17 * 1024, 'a')), 431},
    {"a target of 17 KiB", "GET /healthz?" + std::string(17 * 1024, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
    {"a name of 17 KiB", with_line(std::string(17 * 1024, 'a') + ": x"), 431},
    {"a value of a megabyte", with_line("X-Large: " + std::string(1024 * 1024, 'a')), 431},
    {"a head without an end", "GET /healthz HTTP/1.1\r\nX-Large: " + std::string(17 * 1024, 'a'), 431},
};

/// A request for health whose head has this many bytes, in one long value or in many short lines.
std::string head_of(std::size_t bytes, bool in_many_lines)
{
    std::string head = "GET /healthz HTTP/1.1\r\nHost: x\r\n";
    const std::string_view end = "\r\n\r\n";
    while (in_many_lines && head.size() + 100 < bytes) {
        head += "X-Field: 0123456789\r\n";
    }
    head += "X: ";
    head.resize(bytes - end.size(), 'a');
    return head.append(end);
}

std::string many_fields(std::size_t count)
{
    std::string lines = "GET /healthz HTTP/1.1\r\nHost: x\r\n";
    for (std::size_t i = 0; i < count; ++i) {
        lines += fmt::format("X-Field-{}: 0123456789\r\n", i);
    }
    return lines + "\r\n";
}

} // namespace

TEST_SUITE("contract/framing")
{
    TEST_CASE("lengths and codings · ambiguous or unknown") { check_table(length_rows); }

    TEST_CASE("head · request line and fields") { check_table(head_rows); }

    TEST_CASE("chunks · broken framing of a request's body") { check_table(chunk_rows); }

    TEST_CASE("chunks · a trailer section or extensions beyond 16 KiB are refused, and the connection ends")
    {
        server_process server;
        const std::string line = "X-Trailer: " + std::string(1000, 't') + "\r\n";
        std::string lines;
        while (lines.size() < 70 * std::size_t{1024}) {
            lines += line;
        }
        std::string extended;
        for (int i = 0; i < 40; ++i) {
            extended += "1;a=" + std::string(1000, 'e') + "\r\nx\r\n";
        }
        const std::vector<large_row> rows{
            {"a trailer section of 15 KiB",
             chunked("6\r\ndata=x\r\n0\r\n" + lines.substr(0, 15 * line.size()) + "\r\n"), 200},
            {"a trailer section of 70 KiB", chunked("6\r\ndata=x\r\n0\r\n" + lines + "\r\n"), 431},
            {"a trailer of 70 KiB", chunked("6\r\ndata=x\r\n0\r\nX: " + std::string(70 * 1024, 't') + "\r\n\r\n"), 431},
            {"an extension of 17 KiB", chunked("6;a=" + std::string(17 * 1024, 'e') + "\r\ndata=x\r\n0\r\n\r\n"), 400},
            {"a size of 17 KiB of zeros", chunked(std::string(17 * 1024, '0') + "6\r\ndata=x\r\n0\r\n\r\n"), 400},
            {"40 extensions of 1 KiB", chunked("5\r\ndata=\r\n" + extended + "0\r\n\r\n"), 400},
        };
        for_each_row(rows, [&](const large_row& row) {
            http_connection connection(server.port());
            connection.socket().try_send(row.bytes);
            const auto response = connection.read_response(5s);
            CHECK(response.status == row.status);
            if (row.status != 200) {
                check_problem(response, row.status);
                connection.read_eof(5s);
            }
        });
        CHECK(stat_of(server.port(), "events_published") == 1);
    }

    TEST_CASE("chunks · in an HTTP/1.0 request end the connection")
    {
        server_process server;
        http_connection connection(server.port());
        connection.send("POST /broadcast HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n"
                        "Content-Type: application/x-www-form-urlencoded\r\n\r\n6\r\ndata=x\r\n0\r\n\r\n");
        connection.read_response();
        connection.read_eof();
    }

    TEST_CASE("Host · missing or given twice is a 400, in HTTP/1.1 alone")
    {
        server_process server;
        check_problem(raw_request(server.port(), "GET /healthz HTTP/1.1\r\n\r\n"), 400);
        check_problem(raw_request(server.port(), "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
        check_problem(raw_request(server.port(), "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
        CHECK(raw_request(server.port(), "GET /healthz HTTP/1.0\r\n\r\n").status == 200);
    }

    TEST_CASE("head · of more than 16 KiB is a 431, and the connection ends")
    {
        server_process server;
        for_each_row(large_rows, [&](const large_row& row) {
            http_connection connection(server.port());
            connection.socket().try_send(row.bytes);
            const auto response = connection.read_response(5s);
            CHECK(response.status == row.status);
            if (row.status != 200) {
                check_problem(response, row.status);
                connection.read_eof(5s);
            }
        });
        CHECK(raw_request(server.port(), many_fields(300)).status == 200);
        CHECK(raw_request(server.port(), many_fields(3000)).status == 431);
    }

    TEST_CASE("head · of exactly 16 KiB passes, and one byte more does not, whatever is around it")
    {
        server_process server;
        constexpr std::size_t most = 16384;
        const auto small = head_of(100, false);
        for (const bool in_many_lines : {false, true}) {
            for (const auto& before : {std::string{}, std::string{"\r\n"}, small}) {
                for (const std::size_t piece : {most * 4, std::size_t{1000}}) {
                    CAPTURE(in_many_lines);
                    CAPTURE(before);
                    CAPTURE(piece);
                    const int answers = before == small ? 2 : 1;
                    auto requests = before;
                    requests += head_of(most, in_many_lines);
                    requests += small;
                    http_connection fits(server.port());
                    fits.send_in_pieces(requests, piece);
                    for (int i = 0; i < answers + 1; ++i) {
                        CHECK(fits.read_response(5s).status == 200);
                    }
                    http_connection exceeds(server.port());
                    exceeds.send_in_pieces(before + head_of(most + 1, in_many_lines), piece);
                    for (int i = 1; i < answers; ++i) {
                        CHECK(exceeds.read_response(5s).status == 200);
                    }
                    check_problem(exceeds.read_response(5s), 431);
                    exceeds.read_eof(5s);
                }
            }
        }
    }

    TEST_CASE("body · too large by its length is refused before it is sent")
    {
        server_process server({"--max-event-bytes", "1KiB"});
        http_connection connection(server.port());
        connection.send(publish("Content-Length: 8193\r\n", ""));
        check_problem(connection.read_response(5s), 413);
        connection.read_eof(5s);
        http_connection huge(server.port());
        huge.send(publish("Content-Length: 1000000000000\r\n", ""));
        check_problem(huge.read_response(5s), 413);
        huge.read_eof(5s);
    }

    TEST_CASE("body · too large in chunks is refused")
    {
        server_process server({"--max-event-bytes", "1KiB"});
        http_connection connection(server.port());
        std::string body;
        for (int i = 0; i < 9; ++i) {
            body += "400\r\n" + std::string(1024, 'x') + "\r\n";
        }
        connection.socket().try_send(chunked(body));
        check_problem(connection.read_response(5s), 413);
        connection.read_eof(5s);
        CHECK(stat_of(server.port(), "events_published") == 0);
    }

    TEST_CASE("body · of eight times the event's limit is read")
    {
        server_process server({"--max-event-bytes", "1KiB"});
        const std::string line = R"({"data":")" + std::string(1000, 'x') + "\"}\n";
        std::string batch;
        while (batch.size() + line.size() <= 8192) {
            batch += line;
        }
        batch += std::string(8192 - batch.size() - 3, ' ') + "{}\n";
        REQUIRE(batch.size() == 8192);
        const auto response = post(server.port(), "/broadcast", "application/x-ndjson", batch);
        INFO(response.body);
        CHECK(response.status == 200);
        batch.insert(batch.size() - 3, " ");
        check_problem(post(server.port(), "/broadcast", "application/x-ndjson", batch), 413);
    }
}
