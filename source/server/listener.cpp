#include "listener.hpp"

#include "connection.hpp"
#include "logging.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice::server {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

using asio::ip::tcp;
using local = asio::local::stream_protocol;

constexpr auto back_off = 50ms;

[[nodiscard]] bool is_out_of_resources(error_code ec)
{
    return ec.value() == EMFILE || ec.value() == ENFILE || ec.value() == ENOBUFS || ec.value() == ENOMEM;
}

/// What the kernel holds of a stream beyond what it has sent. It bounds what a stalled client costs, and makes a socket
/// writable as soon as a slow one takes something, not only when a third of a large buffer is free.
constexpr int most_unsent = 128 * 1024;

void tune(int descriptor)
{
    int const on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most_unsent, sizeof most_unsent);
}

template <class Protocol>
class protocol_listener final : public listener {
public:
    protocol_listener(typename Protocol::endpoint const& where, worker& home) : acceptor_{home.executor()}, home_{home}
    {
        acceptor_.open(where.protocol());
        if constexpr (std::is_same_v<Protocol, tcp>) {
            acceptor_.set_option(asio::socket_base::reuse_address{true});
        }
        acceptor_.bind(where);
        acceptor_.listen();
    }

    protocol_listener(protocol_listener const&) = delete;
    protocol_listener& operator=(protocol_listener const&) = delete;

    ~protocol_listener() override
    {
        if constexpr (std::is_same_v<Protocol, local>) {
            ::unlink(path_.c_str());
        }
    }

    void keep_path(std::string path) { path_ = std::move(path); }

    void start(service& s) override
    {
        auto const on_done = [](std::exception_ptr const& failure) { log_failure("a listener", failure); };
        asio::co_spawn(acceptor_.get_executor(), run(s), on_done);
    }

    void stop() override
    {
        error_code ignored;
        acceptor_.close(ignored);
        retry_.cancel();
    }

    [[nodiscard]] std::string name() const override
    {
        if constexpr (std::is_same_v<Protocol, local>) {
            return "unix:" + path_;
        } else {
            auto const at = acceptor_.local_endpoint();
            auto const address = at.address().to_string();
            return at.address().is_v6() ? fmt::format("http://[{}]:{}", address, at.port())
                                        : fmt::format("http://{}:{}", address, at.port());
        }
    }

private:
    [[nodiscard]] task<void> run(service& s)
    {
        bool in_need = false;
        for (std::size_t turn = 0; acceptor_.is_open(); turn = (turn + 1) % s.workers.size()) {
            auto& to = *s.workers[turn];
            auto [ec, socket] = co_await acceptor_.async_accept(to.executor(), asio::as_tuple(asio::deferred));
            if (!ec) {
                in_need = false;
                if constexpr (std::is_same_v<Protocol, tcp>) {
                    tune(socket.native_handle());
                }
                start_connection(socket_type{std::move(socket)}, s, to);
            } else if (is_out_of_resources(ec)) {
                if (!std::exchange(in_need, true)) {
                    spdlog::error("cannot accept connections for now: {}", ec.message());
                }
                retry_.expires_after(back_off);
                co_await retry_.async_wait(asio::as_tuple(asio::deferred));
            }
        }
    }

    asio::basic_socket_acceptor<Protocol, executor_type> acceptor_;
    worker& home_;
    asio::steady_timer retry_{home_.context()};
    std::string path_;
};

/// Removes the socket file of a server that is gone: one that refuses connections.
void remove_stale(std::string const& path)
{
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) {
        return;
    }
    asio::io_context context;
    local::socket probe{context};
    error_code ec;
    probe.connect(local::endpoint{path}, ec);
    if (ec == asio::error::connection_refused) {
        ::unlink(path.c_str());
    }
}

} // namespace

std::unique_ptr<listener> make_listener(listen_address const& where, worker& home)
{
    if (auto const* const endpoint = std::get_if<tcp::endpoint>(&where)) {
        return std::make_unique<protocol_listener<tcp>>(*endpoint, home);
    }
    auto const& path = std::get<std::string>(where);
    remove_stale(path);
    auto made = std::make_unique<protocol_listener<local>>(local::endpoint{path}, home);
    made->keep_path(path);
    return made;
}

} // namespace sluice::server
