// Publishes a text word by word while it comes, with one request: what a program does that passes on an answer as a
// model generates it. The words are those of standard input; its end is the end of the topic, so that each reader gets
// the whole answer, whenever it comes, and then stops.
//
//     answer PORT TOPIC
//
// A page reads it with `new EventSource('/events?topic=TOPIC&since=earliest')`.
#include <boost/asio.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// The topic as a query has it (RFC 3986, section 2.1).
[[nodiscard]] std::string percent_encoded(std::string_view text)
{
    std::string encoded;
    for (char const c : text) {
        encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

/// One chunk of a body whose length is not known beforehand (RFC 9112, section 7.1).
[[nodiscard]] std::string chunk(std::string_view text) { return fmt::format("{:x}\r\n{}\r\n", text.size(), text); }

void publish(std::string const& port, std::string_view topic)
{
    asio::io_context context;
    tcp::socket server{context};
    asio::connect(server, tcp::resolver{context}.resolve("127.0.0.1", port));
    server.set_option(tcp::no_delay{true}); // a word is not to wait for the next one
    asio::write(server, asio::buffer(fmt::format("POST /publish?stream=1&end=1&topic={} HTTP/1.1\r\n"
                                                 "Host: 127.0.0.1:{}\r\n"
                                                 "Content-Type: text/plain\r\n"
                                                 "Transfer-Encoding: chunked\r\n"
                                                 "Connection: close\r\n\r\n",
                                                 percent_encoded(topic), port)));
    for (std::string word; std::cin >> word;) {
        asio::write(server, asio::buffer(chunk(word + "\n"))); // a line is an event
    }
    asio::write(server, asio::buffer(chunk({}))); // the end of the body, and of the topic

    std::string answer;
    boost::system::error_code end;
    asio::read(server, asio::dynamic_buffer(answer), end);
    fmt::print("{}\n", answer.substr(answer.find("\r\n\r\n") + 4));
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        fmt::print(stderr, "usage: answer PORT TOPIC\n");
        return 2;
    }
    try {
        publish(argv[1], argv[2]);
    } catch (std::exception const& e) {
        fmt::print(stderr, "answer: {}\n", e.what());
        return 1;
    }
    return 0;
}
