#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace sluice {
class byte_stream;
class tls_layer;
} // namespace sluice

namespace sluice::server {

/// Why a fetch failed, in a few words.
struct fetch_failure {
    std::string reason;
};

/// Fetches one document by HTTP, again and again if need be: with `GET`, from an `http` or `https` URL. It follows no
/// redirection and trusts the system's authorities. Confined to its executor.
class fetch {
public:
    using result = boost::system::result<std::string, fetch_failure>;

    explicit fetch(boost::asio::any_io_executor const& executor);
    ~fetch();
    fetch(fetch const&) = delete;
    fetch& operator=(fetch const&) = delete;

    /// The document, which has at most `most_bytes`; it has to arrive within the time. The URL is one that `is_web_url`
    /// accepts. One call at a time.
    [[nodiscard]] boost::asio::awaitable<result> run(std::string const& url, std::size_t most_bytes,
                                                     std::chrono::milliseconds time);
    /// Ends what is under way.
    void cancel() noexcept;

private:
    [[nodiscard]] boost::asio::awaitable<result> get(std::string const& text, std::size_t most_bytes);
    [[nodiscard]] boost::asio::awaitable<boost::system::error_code> connect(std::string const& host,
                                                                            std::string const& port, bool tls);

    boost::asio::ip::tcp::resolver resolver_;
    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<tls_layer const> tls_;
    std::unique_ptr<byte_stream> stream_;
    bool late_ = false;
};

/// Whether the text is an `http` or `https` URL with a host and without credentials and fragment.
[[nodiscard]] bool is_web_url(std::string const& text);

} // namespace sluice::server
