// What publishing refuses, with which status, naming what is wrong; and that nothing of it reaches a stream.
#include "checks.hpp"
#include <support/event_stream.hpp>
#include <support/gzip.hpp>

#include <fmt/format.h>

using namespace sluice::test;

namespace {

struct bad_row {
    std::string name;
    std::string query;        ///< empty: none
    std::string content_type; ///< empty: none
    std::string body;
    std::string names; ///< stands in the detail
    int status = 400;
};

/// A field that breaks a rule, by JSON, form and query.
void add_field(std::vector<bad_row>& rows, const std::string& what, const std::string& field,
               const std::string& json_value, const std::string& encoded)
{
    rows.push_back({what + " · JSON", "", json, fmt::format(R"({{"{}":"{}"}})", field, json_value), field});
    rows.push_back({what + " · form", "", form, field + "=" + encoded, field});
    rows.push_back({what + " · query", field + "=" + encoded, "", "", field});
}

std::vector<bad_row> field_rows()
{
    std::vector<bad_row> rows;
    add_field(rows, "type with LF", "type", R"(a\nb)", "a%0Ab");
    add_field(rows, "type with CR", "type", R"(a\rb)", "a%0Db");
    add_field(rows, "type with NUL", "type", R"(a\u0000b)", "a%00b");
    add_field(rows, "type with a comma", "type", "a,b", "a%2Cb");
    add_field(rows, "type of 257 bytes", "type", std::string(257, 't'), std::string(257, 't'));
    for (const std::string name : {"connected", "buffer-overflow", "replay-start", "replay-end", "no-buffer",
                                   "heartbeat", "token-expired", "topic-end", "server-busy", "shutdown"}) {
        add_field(rows, "type of a stream-control event: " + name, "type", name, name);
    }
    add_field(rows, "id with LF", "id", R"(a\nb)", "a%0Ab");
    add_field(rows, "id with CR", "id", R"(a\rb)", "a%0Db");
    add_field(rows, "id with NUL", "id", R"(a\u0000b)", "a%00b");
    add_field(rows, "id of 257 bytes", "id", std::string(257, 'i'), std::string(257, 'i'));
    add_field(rows, "id of the form of a position", "id", "1-2", "1-2");
    add_field(rows, "id with a space in front", "id", " a", "%20a");
    add_field(rows, "id with a tab at its end", "id", R"(a\t)", "a%09");
    add_field(rows, "id with a tab within", "id", R"(a\tb)", "a%09b");
    add_field(rows, "id with the first control character", "id", R"(a\u0001b)", "a%01b");
    add_field(rows, "id with the last of C0", "id", R"(a\u001fb)", "a%1Fb");
    add_field(rows, "id with DEL", "id", R"(a\u007fb)", "a%7Fb");
    add_field(rows, "id of the reserved word", "id", "earliest", "earliest");
    add_field(rows, "unknown field", "colour", "blue", "blue");
    return rows;
}

const std::vector<bad_row> body_rows{
    {"bad JSON", "", json, R"({"data":)", ""},
    {"no JSON at all", "", json, "data=x", ""},
    {"an empty JSON body", "", json, "", ""},
    {"more behind the JSON", "", json, R"({"data":"x"}{})", ""},
    {"a JSON array", "", json, R"([{"data":"x"}])", ""},
    {"JSON with a trailing comma", "", json, R"({"data":"x",})", ""},
    {"JSON with a comment", "", json, R"({/**/"data":"x"})", ""},
    {"a JSON type that is no string", "", json, R"({"type":1})", "type"},
    {"a JSON id that is no string", "", json, R"({"id":7})", "id"},
    {"a JSON type that is null", "", json, R"({"type":null})", "type"},
    {"a JSON field twice", "", json, R"({"data":"x","data":"y"})", "data"},
    {"JSON with a lone surrogate", "", json, R"({"data":"\ud800"})", ""},
    {"JSON with a lone surrogate within data", "", json, R"({"data":["\udfff"]})", ""},
    {"JSON with bad UTF-8", "", json, "{\"data\":\"\xff\"}", ""},
    {"JSON with overlong UTF-8", "", json, "{\"data\":\"\xc0\xaf\"}", ""},
    {"JSON with a surrogate in UTF-8", "", json, "{\"data\":\"\xed\xa0\x80\"}", ""},
    {"JSON nested without an end", "", json, "{\"data\":" + std::string(5000, '['), ""},
    {"a form field twice", "", form, "data=x&data=y", "data"},
    {"a form with a broken escape", "", form, "data=%4", ""},
    {"a form with an escape of other letters", "", form, "data=%zz", ""},
    {"a form with bad UTF-8", "", form, "data=%FF", ""},
    {"a query field twice", "data=x&data=y", "", "", "data"},
    {"a query with a broken escape", "data=x%", "", "", ""},
    {"a query with bad UTF-8", "data=%C3%28", "", "", ""},
    {"a field by both JSON and query", "type=a", json, R"({"type":"a"})", "type"},
    {"a field by both form and query", "data=a", form, "data=a", "data"},
    {"an unknown field by query beside a good body", "colour=blue", json, R"({"data":"x"})", "colour"},
    {"sessions make no sense for a broadcast", "", json, R"({"data":"x","sessions":["a"]})", "sessions"},
    {"a bad line in a batch", "", ndjson, "{\"data\":\"x\"}\n{\"data\":\n{\"data\":\"y\"}\n", "2"},
    {"a bad type in a batch", "", ndjson, "{}\n{}\n{\"type\":\"a,b\"}\n", "3"},
    {"an unknown field in a batch", "", ndjson, "{\"colour\":1}\n", "colour"},
    {"a line of a batch that is an array", "", ndjson, "[]\n", "1"},
    {"a body without a Content-Type", "", "none", R"({"data":"x"})", "", 415},
    {"plain text", "", "text/plain", "x", "", 415},
    {"a form with files", "", "multipart/form-data; boundary=b", "--b--", "", 415},
    {"XML", "", "application/xml", "<x/>", "", 415},
    {"a type that begins like JSON", "", "application/jsonp", "{}", "", 415},
};

http_response publish(http_connection& to, const std::string& route, const bad_row& row)
{
    http_request request{.method = "POST", .target = route, .body = row.body};
    request.target += row.query.empty() ? "" : "?" + row.query;
    if (!row.content_type.empty() && row.content_type != "none") {
        request.headers.add("Content-Type", row.content_type);
    }
    return to.request(request);
}

/// Each row is refused on one connection that stays usable, and the stream sees nothing of any.
void check_refused(const std::vector<bad_row>& rows)
{
    server_process server;
    event_stream stream(server.port());
    stream.expect("connected");
    http_connection publisher(server.port());
    for_each_row(rows, [&](const bad_row& row) {
        try {
            check_problem(publish(publisher, "/broadcast", row), row.status, row.names);
        } catch (const test_failure&) {
            publisher = http_connection(server.port()); // the rows after this one get a fresh one
            throw;
        }
    });
    CHECK(stream.barrier().empty());
    CHECK(stat_of(server.port(), "events_published") == 1);
}

struct body_size_row {
    const char* name;
    std::string content_type;
    std::string body;
};

} // namespace

TEST_SUITE("contract/refusals")
{
    TEST_CASE("fields · a type, an id or a name that breaks a rule") { check_refused(field_rows()); }

    TEST_CASE("bodies · malformed, ambiguous or of another media type") { check_refused(body_rows); }

    TEST_CASE("packed bodies · that are no gzip or another coding, and the connection stays")
    {
        server_process server;
        http_connection publisher(server.port());
        const auto packed = gzip("data=" + std::string(100, 'x'));
        struct packed_row {
            const char* name;
            std::string coding;
            std::string body;
            int status;
        };
        auto broken = packed;
        broken[packed.size() / 2] ^= '\x55';
        const std::vector<packed_row> rows{
            {"no gzip at all", "gzip", "data=x", 400},
            {"cut short", "gzip", packed.substr(0, packed.size() - 1), 400},
            {"broken within", "gzip", broken, 400},
            {"something behind it", "gzip", packed + "data=x", 400},
            {"deflate", "deflate", "data=x", 415},
            {"br", "br", "data=x", 415},
            {"gzip twice", "gzip, gzip", gzip(packed), 415},
            {"gzip and another", "gzip, br", packed, 415},
        };
        for_each_row(rows, [&](const packed_row& row) {
            check_problem(publisher.request({.method = "POST",
                                             .target = "/broadcast",
                                             .headers = {{"Content-Type", form}, {"Content-Encoding", row.coding}},
                                             .body = row.body}),
                          row.status);
        });
        CHECK(publisher.get("/healthz").status == 200);
        CHECK(stat_of(server.port(), "events_published") == 0);
    }

    TEST_CASE("packed bodies · that unpack to more than a body may have cost no more than that")
    {
        server_process server;
        const auto before = server.resident_bytes();
        const auto packed = gzip(std::string(std::size_t{200} << 20U, ' '));
        http_connection publisher(server.port());
        publisher.socket().try_send(fmt::format("POST /broadcast HTTP/1.1\r\nHost: x\r\nContent-Type: {}\r\n"
                                                "Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n{}",
                                                json, packed.size(), packed));
        check_problem(publisher.read_response(), 413);
        publisher.read_eof();
        // Unpacked it is 200 MiB, of which 8 may be kept; allocators keep more of what they gave, in some places.
        CHECK(server.resident_bytes() < before + (std::size_t{100} << 20U));
    }

    TEST_CASE("forms · of millions of fields are refused at the first that is unknown")
    {
        server_process server;
        std::string body;
        while (body.size() < std::size_t{8'000'000}) {
            body += "a&a&a&a&a&a&a&a&";
        }
        check_problem(post(server.port(), "/broadcast", form, body), 400, "'a'");
        check_problem(post(server.port(), "/broadcast", form, std::string(8'000'000, '&') + "data=%"), 400, "data");
    }

    TEST_CASE("send · refuses the same, and a batch")
    {
        server_process server;
        event_stream stream(server.port());
        stream.expect("connected");
        http_connection publisher(server.port());
        const auto* const route = "/send";
        const auto refuse = [&](const std::string& name, std::string query, std::string type, std::string body,
                                const std::string& names, int status = 400) {
            CAPTURE(name);
            query = "session=" + stream.session_id() + (query.empty() ? "" : "&" + query);
            check_problem(publish(publisher, route, {name, query, std::move(type), std::move(body), "", status}),
                          status, names);
        };
        refuse("bad JSON", "", json, "{", "");
        refuse("bad type", "type=heartbeat", "", "", "type");
        refuse("unknown field", "colour=blue", "", "", "colour");
        refuse("data twice", "data=a&data=b", "", "", "data");
        refuse("sessions by both", "", json, fmt::format(R"({{"sessions":["{}"]}})", stream.session_id()), "session");
        refuse("a batch", "", ndjson, "{\"data\":\"x\"}\n", "", 415);
        refuse("plain text", "", "text/plain", "x", "", 415);
        check_problem(publish(publisher, route, {"", "", json, R"({"sessions":"a"})", ""}), 400, "sessions");
        check_problem(publish(publisher, route, {"", "", json, R"({"sessions":[1]})", ""}), 400, "sessions");
        CHECK(stream.barrier().empty());
        CHECK(stat_of(server.port(), "events_published") == 1);
    }

    TEST_CASE("sizes · data over the limit is refused with 413 by every form, and the connection stays")
    {
        server_process server({"--max-event-bytes", "1KiB"});
        event_stream stream(server.port());
        stream.expect("connected");
        http_connection publisher(server.port());
        const std::string big(1025, 'x');
        const std::vector<body_size_row> rows{
            {"JSON string", json, R"({"data":")" + big + "\"}"},
            {"JSON value", json, R"({"data":[")" + big + "\"]}"},
            {"form", form, "data=" + big},
            {"batch", ndjson, "{\"data\":\"x\"}\n{\"data\":\"" + big + "\"}\n"},
        };
        for_each_row(rows, [&](const body_size_row& row) {
            check_problem(publish(publisher, "/broadcast", {"", "", row.content_type, row.body, ""}), 413);
        });
        check_problem(publish(publisher, "/broadcast", {"", "data=" + big, "", "", ""}), 413);
        CHECK(stream.barrier().empty());
        CHECK(stat_of(server.port(), "events_published") == 1);
    }
}
