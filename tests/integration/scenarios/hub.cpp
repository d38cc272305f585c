#include "hub.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <utility>

namespace sluice::test {
namespace {

std::vector<std::string> with_threads(std::string_view threads, std::vector<std::string> more)
{
    more.insert(more.begin(), {"--threads", std::string(threads)});
    return more;
}

const boost::json::object& must_be_200(const http_response& response, const boost::json::value& body,
                                       std::string_view what)
{
    if (response.status != 200) {
        fail(fmt::format("200 from {}", what), fmt::format("{}: {}", response.status, printable(response.body)));
    }
    return body.as_object();
}

} // namespace

hub::hub(std::string_view threads, std::vector<std::string> more_arguments)
    : server_(with_threads(threads, std::move(more_arguments))), control_(endpoint(server_.port()))
{
}

published hub::publish_body(boost::json::object body, const std::string& target)
{
    const auto response = control_.post_json(target, body);
    const auto answer = response.json();
    const auto& fields = must_be_200(response, answer, target);
    if (const auto* unknown = fields.if_contains("unknown"); unknown != nullptr && !unknown->as_array().empty()) {
        fail("every session to be known", printable(response.body));
    }
    return {.id = std::string(fields.at("id").as_string()),
            .type = body.contains("type") ? std::string(body.at("type").as_string()) : "message",
            .data = std::string(body.at("data").as_string())};
}

published hub::publish(std::string data, std::string type)
{
    return publish_body({{"data", std::move(data)}, {"type", std::move(type)}}, "/broadcast");
}

published hub::publish_as(std::string id, std::string data)
{
    return publish_body({{"id", std::move(id)}, {"data", std::move(data)}}, "/broadcast");
}

std::vector<published> hub::publish_many(std::string_view prefix, std::size_t count, const std::string& type)
{
    std::vector<published> all;
    all.reserve(count);
    for (std::size_t number = 1; number <= count; ++number) {
        all.push_back(publish(fmt::format("{}{}", prefix, number), type));
    }
    return all;
}

published hub::send(const std::vector<std::string>& sessions, std::string data, std::string type)
{
    boost::json::array names;
    for (const auto& id : sessions) {
        names.emplace_back(id);
    }
    return publish_body({{"data", std::move(data)}, {"type", std::move(type)}, {"sessions", std::move(names)}},
                        "/send");
}

http_response hub::post(const std::string& target, const boost::json::object& body)
{
    if (body.empty()) {
        return control_.request({.method = "POST", .target = target});
    }
    return control_.post_json(target, body);
}

std::string hub::mint()
{
    const auto response = post("/sessions");
    if (response.status != 201) {
        fail("201 from POST /sessions", fmt::format("{}: {}", response.status, printable(response.body)));
    }
    return std::string(response.json().at("sessionId").as_string());
}

boost::json::object hub::stats()
{
    const auto response = control_.get("/stats");
    return must_be_200(response, response.json(), "/stats");
}

std::int64_t hub::stat(std::string_view name)
{
    return stats().at(boost::json::string_view(name.data(), name.size())).to_number<std::int64_t>();
}

std::vector<boost::json::object> hub::sessions()
{
    std::vector<boost::json::object> all;
    std::string target = "/sessions";
    for (;;) {
        const auto response = control_.get(target);
        const auto answer = response.json();
        const auto& page = must_be_200(response, answer, target);
        for (const auto& one : page.at("sessions").as_array()) {
            all.push_back(one.as_object());
        }
        if (page.at("next").is_null()) {
            return all;
        }
        target = "/sessions?after=" + percent_encode(std::string(page.at("next").as_string()));
    }
}

std::optional<boost::json::object> hub::session(std::string_view id)
{
    for (auto& one : sessions()) {
        if (std::string_view(one.at("id").as_string()) == id) {
            return std::move(one);
        }
    }
    return std::nullopt;
}

void hub::wait_away(std::string_view id)
{
    eventually(fmt::format("session {} is known and without a connection", id), [&] {
        const auto found = session(id);
        return found && !found->at("active").as_bool();
    });
}

void hub::drop(event_stream& stream)
{
    stream.reset();
    wait_away(stream.session_id());
}

stream_options resume_of(const event_stream& stream)
{
    return {.session_header = stream.session_id(), .last_event_id = stream.last_event_id()};
}

} // namespace sluice::test
