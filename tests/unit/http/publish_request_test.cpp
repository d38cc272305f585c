#include <sluice/http/publish_request.hpp>

#include <doctest/doctest.h>
#include <http/value_of.hpp>

#include <string>
#include <vector>

namespace sluice {
namespace {

using test::value_of;

constexpr std::string_view json = "application/json";
constexpr std::string_view form_type = "application/x-www-form-urlencoded";
constexpr std::size_t max_event = 100;

TEST_SUITE_BEGIN("http/publish_request");

TEST_CASE("parse_message · an event from query, form or JSON")
{
    struct row {
        std::string name;
        publish_input in;
        std::string type;
        std::string data;
        std::string id;
    };
    auto const largest = "{\"data\":\"" + std::string(max_event, 'x') + "\"}";
    std::vector<row> const rows{
        {"nothing at all", {"", "", ""}, "", "", ""},
        {"query", {"type=t&data=d&id=i", "", ""}, "t", "d", "i"},
        {"query with a token", {"data=d&access_token=s", "", ""}, "", "d", ""},
        {"form", {"", form_type, "type=t&data=a+b%0Ac&id=i"}, "t", "a b\nc", "i"},
        {"empty form", {"", form_type, ""}, "", "", ""},
        {"JSON", {"", json, R"({"type":"t","data":"d\n","id":"i"})"}, "t", "d\n", "i"},
        {"empty JSON object", {"", json, "{}"}, "", "", ""},
        {"media type in another case, with a parameter",
         {"", "Application/JSON ; charset=utf-8", R"({"data":"d"})"},
         "",
         "d",
         ""},
        {"JSON data that is an object",
         {"", json, R"({"data": {"a" : [ 1.0, "x y" ]}})"},
         "",
         R"({"a":[1.0,"x y"]})",
         ""},
        {"JSON data that is a number", {"", json, R"({"data": 1e2 })"}, "", "1e2", ""},
        {"JSON data that is null", {"", json, R"({"data":null})"}, "", "null", ""},
        {"query and body share the fields", {"type=t", json, R"({"data":"d"})"}, "t", "d", ""},
        {"the largest data", {"", json, largest}, "", std::string(max_event, 'x'), ""},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        auto const m = parse_message(r.in, addressing::everyone, max_event);
        REQUIRE(m.has_value());
        CHECK(m->event.type == r.type);
        CHECK(m->event.data == r.data);
        CHECK(m->event.id == r.id);
        CHECK(m->targets.empty());
    }
}

TEST_CASE("parse_message · what is refused, with which status, and what the detail names")
{
    struct row {
        std::string name;
        publish_input in;
        unsigned status;
        std::string named;
    };
    std::string const too_large = "data=" + std::string(max_event + 1, 'x');
    std::vector<row> const rows{
        {"unknown field in the query", {"x=1", "", ""}, 400, "'x'"},
        {"unknown field in the form", {"", form_type, "x=1"}, 400, "'x'"},
        {"unknown field in JSON", {"", json, R"({"x":"1"})"}, 400, "'x'"},
        {"unknown field in JSON, not a string", {"", json, R"({"x":1})"}, 400, "'x'"},
        {"session where there is none", {"session=a", "", ""}, 400, "'session'"},
        {"sessions where there are none", {"", json, R"({"sessions":["a"]})"}, 400, "'sessions'"},
        {"twice in the query", {"data=1&data=2", "", ""}, 400, "'data'"},
        {"twice in the form", {"", form_type, "id=1&id=2"}, 400, "'id'"},
        {"twice in JSON", {"", json, R"({"type":"a","type":"a"})"}, 400, "'type'"},
        {"in query and form", {"data=1", form_type, "data=2"}, 400, "'data'"},
        {"in query and JSON", {"data=1", json, R"({"data":[1]})"}, 400, "'data'"},
        {"type that is not a string", {"", json, R"({"type":1})"}, 400, "'type'"},
        {"id that is null", {"", json, R"({"id":null})"}, 400, "'id'"},
        {"bad JSON", {"", json, "{"}, 400, "JSON"},
        {"JSON that is no object", {"", json, "[]"}, 400, "object"},
        {"empty JSON body", {"", json, ""}, 400, "JSON"},
        {"bad percent-encoding in the query", {"data=%z", "", ""}, 400, "query"},
        {"bad percent-encoding in the form", {"", form_type, "data=%z"}, 400, "body"},
        {"unpaired surrogate", {"", json, R"({"data":"\ud800"})"}, 400, "JSON"},
        {"reserved type", {"type=connected", "", ""}, 400, "type"},
        {"type with a comma", {"type=a,b", "", ""}, 400, "type"},
        {"type with a line end", {"type=a%0Ab", "", ""}, 400, "type"},
        {"id of the log's form", {"id=1-2", "", ""}, 400, "id"},
        {"id with a space behind", {"id=a+", "", ""}, 400, "id"},
        {"data too large", {too_large, "", ""}, 413, "large"},
        {"body without a type", {"", "", "data=1"}, 415, "Content-Type"},
        {"unsupported type", {"", "text/plain", "x"}, 415, "text/plain"},
        {"unsupported type with an empty body", {"", "text/plain", ""}, 415, "text/plain"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        auto const m = parse_message(r.in, addressing::everyone, max_event);
        REQUIRE(m.has_error());
        CAPTURE(m.error().detail);
        CHECK(m.error().status == r.status);
        CHECK(m.error().detail.find(r.named) != std::string::npos);
    }
}

TEST_CASE("parse_message · sessions from one place")
{
    struct row {
        std::string name;
        publish_input in;
        std::vector<std::string> targets;
    };
    std::vector<row> const rows{
        {"one by query", {"session=a&data=d", "", ""}, {"a"}},
        {"several by query", {"session=a&session=b", "", ""}, {"a", "b"}},
        {"several by form", {"", form_type, "session=a&session=b&data=d"}, {"a", "b"}},
        {"by query, the event in the body", {"session=a&session=b", json, R"({"data":"d"})"}, {"a", "b"}},
        {"one in JSON", {"", json, R"({"session":"a"})"}, {"a"}},
        {"several in JSON", {"", json, R"({"sessions":["a","b"]})"}, {"a", "b"}},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        auto const m = parse_message(r.in, addressing::sessions, max_event);
        REQUIRE(m.has_value());
        CHECK(m->targets == r.targets);
    }
    struct wrong_row {
        std::string name;
        publish_input in;
    };
    std::vector<wrong_row> const wrong{
        {"none", {"data=d", "", ""}},
        {"an empty array", {"", json, R"({"sessions":[]})"}},
        {"by query and form", {"session=a", form_type, "session=b"}},
        {"by query and JSON", {"session=a", json, R"({"session":"b"})"}},
        {"by query and as an array", {"session=a", json, R"({"sessions":["b"]})"}},
        {"both names in JSON", {"", json, R"({"session":"a","sessions":["b"]})"}},
        {"both names in JSON, the other way round", {"", json, R"({"sessions":["b"],"session":"a"})"}},
        {"session twice in JSON", {"", json, R"({"session":"a","session":"b"})"}},
        {"sessions twice in JSON", {"", json, R"({"sessions":["a"],"sessions":["b"]})"}},
        {"an empty array and another", {"", json, R"({"sessions":[],"sessions":["b"]})"}},
        {"not an array", {"", json, R"({"sessions":"a"})"}},
        {"not strings", {"", json, R"({"sessions":[1]})"}},
        {"the array's name in a query", {"sessions=a", "", ""}},
    };
    for (auto const& r : wrong) {
        CAPTURE(r.name);
        auto const m = parse_message(r.in, addressing::sessions, max_event);
        REQUIRE(m.has_error());
        CHECK(m.error().status == 400);
    }
}

TEST_CASE("parse_message · subjects, beside sessions or alone")
{
    struct row {
        std::string name;
        publish_input in;
        std::vector<std::string> targets;
        std::vector<std::string> subjects;
    };
    std::vector<row> const rows{
        {"one by query", {"subject=ann&data=d", "", ""}, {}, {"ann"}},
        {"several by form", {"", form_type, "subject=ann&subject=b%20b&data=d"}, {}, {"ann", "b b"}},
        {"one in JSON", {"", json, R"({"subject":"ann"})"}, {}, {"ann"}},
        {"several in JSON", {"", json, R"({"subjects":["ann","ben"]})"}, {}, {"ann", "ben"}},
        {"beside a session", {"session=a&subject=ann", "", ""}, {"a"}, {"ann"}},
        {"beside sessions in JSON", {"", json, R"({"sessions":["a"],"subjects":["ann"]})"}, {"a"}, {"ann"}},
        {"each from a place of its own", {"session=a", json, R"({"subjects":["ann"]})"}, {"a"}, {"ann"}},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        auto const m = parse_message(r.in, addressing::sessions, max_event);
        REQUIRE(m.has_value());
        CHECK(m->targets == r.targets);
        CHECK(m->subjects == r.subjects);
    }
    std::vector<std::pair<std::string, publish_input>> const wrong{
        {"by query and JSON", {"subject=a", json, R"({"subjects":["b"]})"}},
        {"both names in JSON", {"", json, R"({"subject":"a","subjects":["b"]})"}},
        {"an empty array", {"", json, R"({"subjects":[]})"}},
        {"not a string", {"", json, R"({"subject":1})"}},
        {"the array's name in a form", {"", form_type, "subjects=a"}},
    };
    for (auto const& [name, in] : wrong) {
        CAPTURE(name);
        auto const m = parse_message(in, addressing::sessions, max_event);
        REQUIRE(m.has_error());
        CHECK(m.error().status == 400);
    }
    CHECK(parse_message({"subject=a", "", ""}, addressing::everyone, max_event).error().status == 400);
    CHECK(parse_session({"session=a&subject=b", "", ""}).error().status == 400);
}

TEST_CASE("is_batch · by the media type alone")
{
    CHECK(is_batch("application/x-ndjson"));
    CHECK(is_batch("Application/X-NDJSON; charset=utf-8"));
    CHECK_FALSE(is_batch("application/json"));
    CHECK_FALSE(is_batch(""));
}

TEST_CASE("parse_batch · one event per line, blank lines passed over")
{
    auto const batch = [](std::string_view body, std::string_view query = {}) {
        return parse_batch({.query = query, .content_type = "application/x-ndjson", .body = body}, max_event);
    };
    auto const three =
        batch("{\"data\":\"1\"}\n\r\n{\"type\":\"t\",\"id\":\"i\"}\r\n{\"data\":[ 3 ]}", "access_token=s");
    REQUIRE(three.has_value());
    REQUIRE(three->size() == 3);
    CHECK((*three)[0].data == "1");
    CHECK((*three)[1].type == "t");
    CHECK((*three)[1].id == "i");
    CHECK((*three)[2].data == "[3]");

    struct row {
        std::string name;
        std::string body;
        unsigned status;
        std::string named;
    };
    std::vector<row> const wrong{
        {"nothing", "", 400, "no event"},
        {"only blank lines", "\n \n", 400, "no event"},
        {"bad JSON on line 2", "{}\n{\n{}", 400, "line 2"},
        {"unknown field on line 3, blank lines counted", "{}\n\n{\"x\":1}", 400, "line 3"},
        {"bad type on line 1", "{\"type\":\"a,b\"}\n{}", 400, "line 1"},
        {"too large on line 2", "{}\n{\"data\":\"" + std::string(max_event + 1, 'x') + "\"}", 413, "line 2"},
        {"two objects on a line", "{} {}", 400, "line 1"},
    };
    for (auto const& r : wrong) {
        CAPTURE(r.name);
        auto const found = batch(r.body);
        REQUIRE(found.has_error());
        CHECK(found.error().status == r.status);
        CHECK(found.error().detail.find(r.named) != std::string::npos);
    }
    CHECK(batch("{}", "data=1").error().detail.find("'data'") != std::string::npos);
}

TEST_CASE("parse_session · exactly one, by query, form or JSON")
{
    CHECK(value_of(parse_session({"session=a", "", ""})) == "a");
    CHECK(value_of(parse_session({"", form_type, "session=a"})) == "a");
    CHECK(value_of(parse_session({"", json, R"({"session":"a"})"})) == "a");
    CHECK(parse_session({"", "", ""}).error().status == 400);
    CHECK(parse_session({"session=a&session=b", "", ""}).error().status == 400);
    CHECK(parse_session({"session=a&data=d", "", ""}).error().detail.find("'data'") != std::string::npos);
    CHECK(parse_session({"", "text/plain", "session=a"}).error().status == 415);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
