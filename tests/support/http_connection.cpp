#include <support/http_connection.hpp>

#include <support/failure.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::test {
namespace {

constexpr std::size_t max_head_bytes = 65536;

http_request json_request(std::string target, const boost::json::value& body)
{
    return {.method = "POST",
            .target = std::move(target),
            .headers = {{"Content-Type", "application/json"}},
            .body = boost::json::serialize(body)};
}

} // namespace

http_connection::http_connection(const endpoint& to, deadline until) : socket_(to, until), host_(to.host()) {}

void http_connection::send_in_pieces(std::string_view bytes, std::size_t size, deadline until)
{
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
        socket_.send(bytes.substr(0, size), until);
    }
}

http_response http_connection::request(const http_request& request, deadline until)
{
    send(request, until);
    return read_response(until, request.method == "HEAD");
}

http_response http_connection::get(std::string target, deadline until)
{
    return request({.target = std::move(target)}, until);
}

http_response http_connection::post_json(std::string target, const boost::json::value& body, deadline until)
{
    return request(json_request(std::move(target), body), until);
}

http_response http_connection::read_head(deadline until, bool to_head)
{
    auto end = buffer_.find("\r\n\r\n");
    while (end == std::string::npos) {
        const auto result = buffer_.size() > max_head_bytes ? receive_result::data : socket_.receive(buffer_, until);
        if (result != receive_result::data || buffer_.size() > max_head_bytes) {
            fail("a response's header",
                 fmt::format("{}, after {} bytes: {}", to_string(result), buffer_.size(), printable(buffer_)));
        }
        end = buffer_.find("\r\n\r\n");
    }
    auto response = parse_response_head(std::string_view(buffer_).substr(0, end + 4));
    buffer_.erase(0, end + 4);
    body_ = http_body_decoder(response, to_head);
    return response;
}

receive_result http_connection::read_body(std::string& body, deadline until, std::size_t limit)
{
    if (buffer_.empty()) {
        const auto result = socket_.receive(buffer_, until, limit);
        if (result != receive_result::data) {
            return result;
        }
    }
    const auto before = buffer_.size();
    body_.decode(buffer_, body);
    if (buffer_.size() < before || body_.complete()) {
        return receive_result::data;
    }
    // Only a part of a chunk's frame was there: more is needed before anything can be taken.
    const auto result = socket_.receive(buffer_, until, limit);
    if (result == receive_result::data) {
        body_.decode(buffer_, body);
    }
    return result;
}

http_response http_connection::read_response(deadline until, bool to_head)
{
    auto response = read_head(until, to_head);
    while (!body_.complete()) {
        const auto result = read_body(response.body, until);
        const bool ended = result == receive_result::closed && body_.kind() == http_body_decoder::framing::until_close;
        if (ended) {
            break;
        }
        if (result != receive_result::data) {
            fail(fmt::format("the whole body of a response {}", response.status),
                 fmt::format("{}, after {} bytes: {}", to_string(result), response.body.size(),
                             printable(response.body)));
        }
    }
    return response;
}

connection_end http_connection::read_eof(deadline until)
{
    const auto result = buffer_.empty() ? socket_.receive(buffer_, until) : receive_result::data;
    if (result == receive_result::data || result == receive_result::timed_out) {
        fail("the server to end the connection", fmt::format("{}: {}", to_string(result), printable(buffer_)));
    }
    return result == receive_result::closed ? connection_end::closed : connection_end::reset;
}

http_response request(const endpoint& to, const http_request& request, deadline until)
{
    return http_connection(to, until).request(request, until);
}

http_response get(const endpoint& to, std::string target, deadline until)
{
    return http_connection(to, until).get(std::move(target), until);
}

http_response post_json(const endpoint& to, std::string target, const boost::json::value& body, deadline until)
{
    return http_connection(to, until).post_json(std::move(target), body, until);
}

std::string broadcast(const endpoint& to, std::string_view data, std::string_view type)
{
    const auto view = [](std::string_view text) { return boost::json::string_view(text.data(), text.size()); };
    const auto response = post_json(to, "/broadcast", boost::json::object{{"type", view(type)}, {"data", view(data)}});
    if (response.status != 200) {
        fail("200 from POST /broadcast", fmt::format("{}: {}", response.status, printable(response.body)));
    }
    const auto answer = response.json();
    return std::string(answer.at("id").as_string());
}

} // namespace sluice::test
