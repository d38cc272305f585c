#include "listener.hpp"

#include "connections/connection.hpp"
#include "descriptors.hpp"
#include "logs/burst_log.hpp"
#include "logs/logging.hpp"
#include "logs/logging_observer.hpp"
#include <sluice/operation_memory.hpp>

#include <boost/asio/ip/v6_only.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <new>
#include <optional>
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

/// How long to wait for a closing connection to release its descriptor, at first and at most.
constexpr auto shortest_back_off = 1ms;
constexpr auto longest_back_off = 64ms;

/// How many unsent bytes of a stream the kernel holds. This limits what a stalled client costs. It also makes the
/// socket of a slow client writable as soon as the client reads something, not only when a third of a large buffer is
/// free.
constexpr int most_unsent = 128 * 1024;

void tune(int descriptor)
{
    int const on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most_unsent, sizeof most_unsent);
}

/// A handler whose operation has its memory beside whatever starts it.
template <class Memory, class F>
struct in_place {
    in_place(Memory& m, F function) : memory{&m}, f{std::move(function)} {}

    using allocator_type = typename Memory::template allocator<void>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type{*memory}; }

    template <class... Results>
    void operator()(Results&&... results)
    {
        f(std::forward<Results>(results)...);
    }

    Memory* memory;
    F f;
};

template <class Protocol>
class protocol_listener final : public listener {
public:
    using endpoint = typename Protocol::endpoint;

    protocol_listener(endpoint const& where, worker& home, std::optional<unsigned> mode = {}) : protocol_listener{home}
    {
        acceptor_.open(where.protocol());
        if constexpr (is_tcp) {
            acceptor_.set_option(asio::socket_base::reuse_address{true});
            if (where.address() == asio::ip::address_v6::any()) {
                acceptor_.set_option(asio::ip::v6_only{false});
            }
        }
        acceptor_.bind(where);
        if constexpr (!is_tcp) {
            own_path_ = where.path();
            // Before the first client can connect.
            if (mode && ::chmod(own_path_.c_str(), *mode) != 0) {
                throw boost::system::system_error{errno, boost::system::system_category()};
            }
        }
        acceptor_.listen();
        name_ = name_of(acceptor_.local_endpoint());
    }

    protocol_listener(passed_socket const& passed, Protocol protocol, worker& home)
        : protocol_listener{home, name_of(passed.address)}
    {
        acceptor_.assign(protocol, passed.descriptor);
    }

    protocol_listener(protocol_listener const&) = delete;
    protocol_listener& operator=(protocol_listener const&) = delete;

    ~protocol_listener() override { remove_file(); }

    void start(service& s, entrance const& to) override
    {
        service_ = &s;
        entrance_ = &to;
        watch_.emplace(s);
        accept();
    }

    void stop() override
    {
        // Removed before the socket is closed: from then on the file at the path belongs to whatever server starts
        // there next.
        remove_file();
        error_code ignored;
        acceptor_.close(ignored);
        retry_.cancel();
        failures_.stop();
        shortages_.stop();
    }

    [[nodiscard]] std::string name() const override { return name_; }

private:
    static constexpr bool is_tcp = std::is_same_v<Protocol, tcp>;

    explicit protocol_listener(worker& home, std::string name = {})
        : acceptor_{home.executor()},
          retry_{home.context()},
          failures_{home.context(), log_level::err, "cannot accept connections for now",
                    "connections are accepted again"},
          shortages_{home.context(), log_level::warn,
                     "descriptors run short: closing the connections that have been idle longest",
                     "there are enough descriptors again"},
          name_{std::move(name)}
    {
    }

    void remove_file()
    {
        if (auto const path = std::exchange(own_path_, {}); !path.empty()) {
            ::unlink(path.c_str());
        }
    }

    [[nodiscard]] static std::string name_of(listen_address const& where)
    {
        return (is_tcp ? "http://" : "") + to_string(where);
    }
    [[nodiscard]] static std::string name_of(local::endpoint const& where)
    {
        return name_of(listen_address{local_address{.path = where.path()}});
    }

    /// Waits for the next connection. It allocates nothing; a coroutine would be lost if there were no memory for the
    /// wait.
    void accept()
    {
        auto& to = *service_->workers[turn_];
        turn_ = (turn_ + 1) % service_->workers.size();
        auto on_accepted = [this, &to](error_code ec, auto socket) { go_on(take(ec, std::move(socket), to)); };
        acceptor_.async_accept(to.executor(), in_place{wait_memory_, std::move(on_accepted)});
    }

    void go_on(bool at_once)
    {
        if (!acceptor_.is_open()) {
            return;
        }
        if (at_once) {
            accept();
            return;
        }
        retry_.expires_after(back_off_);
        auto on_time = [this](error_code) { go_on(true); };
        retry_.async_wait(in_place{wait_memory_, std::move(on_time)});
    }

    /// Starts the connection. Returns false if the next one has to wait a little, so that no more descriptors are taken
    /// than released, and other work, which may release memory, has its turn.
    template <class Socket>
    [[nodiscard]] bool take(error_code ec, Socket socket, worker& to)
    {
        try {
            if (ec) {
                return on_failure(ec);
            }
            if constexpr (is_tcp) {
                tune(socket.native_handle());
            }
            start_connection(socket_type{std::move(socket)}, *service_, *entrance_, to);
            back_off_ = shortest_back_off;
            if (watch_->run_short()) {
                shortages_.note({{"address", name_}});
                close_longest_idle(*service_);
                return false;
            }
            return true;
        } catch (std::bad_alloc const&) {
            service_->log.on_memory_short();
            return false;
        }
    }

    [[nodiscard]] bool on_failure(error_code ec)
    {
        if (!acceptor_.is_open() || ec == asio::error::connection_aborted) {
            return true;
        }
        back_off_ = std::min<std::chrono::milliseconds>(2 * back_off_, longest_back_off);
        failures_.note({{"address", name_}, {"error", ec.message()}});
        close_longest_idle(*service_);
        return false;
    }

    /// Memory for the one pending wait; Asio's wait for a connection needs the most.
    operation_room<512> wait_memory_;
    asio::basic_socket_acceptor<Protocol, executor_type> acceptor_;
    asio::steady_timer retry_;
    std::chrono::milliseconds back_off_ = shortest_back_off;
    burst_log failures_;
    burst_log shortages_;
    service* service_ = nullptr;
    entrance const* entrance_ = nullptr;
    std::optional<descriptor_watch> watch_;
    /// The worker that gets the next connection.
    std::size_t turn_ = 0;
    std::string name_;
    /// The socket file, which is removed at the end.
    std::string own_path_;
};

/// Removes a stale socket file, that is, one that refuses connections.
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

/// On a machine without IPv6, every address means every IPv4 address.
[[nodiscard]] std::unique_ptr<listener> make_tcp_listener(tcp::endpoint const& where, worker& home)
{
    try {
        return std::make_unique<protocol_listener<tcp>>(where, home);
    } catch (boost::system::system_error const& e) {
        bool const lacks_v6 =
            e.code() == asio::error::address_family_not_supported || e.code().value() == EADDRNOTAVAIL;
        if (!lacks_v6 || where.address() != asio::ip::address_v6::any()) {
            throw;
        }
        return std::make_unique<protocol_listener<tcp>>(tcp::endpoint{tcp::v4(), where.port()}, home);
    }
}

} // namespace

std::unique_ptr<listener> make_listener(listen_address const& where, worker& home)
{
    if (auto const* const endpoint = std::get_if<tcp::endpoint>(&where)) {
        return make_tcp_listener(*endpoint, home);
    }
    auto const& at = std::get<local_address>(where);
    remove_stale(at.path);
    return std::make_unique<protocol_listener<local>>(local::endpoint{at.path}, home, at.mode);
}

std::unique_ptr<listener> make_listener(passed_socket const& passed, worker& home)
{
    if (auto const* const endpoint = std::get_if<tcp::endpoint>(&passed.address)) {
        return std::make_unique<protocol_listener<tcp>>(passed, endpoint->protocol(), home);
    }
    return std::make_unique<protocol_listener<local>>(passed, local{}, home);
}

} // namespace sluice::server
