#include "../floor/event_sender.hpp"

#include "../common/unique_fd.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <linux/io_uring.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

using sluice::load::event_sender;
using sluice::load::make_syscall_sender;
using sluice::load::make_uring_sender;
using sluice::load::unique_fd;
using sluice::load::uring_unavailable;

namespace {

constexpr std::size_t more_than_two_batches = 150;
constexpr int deadline_ms = 10000;

struct named_sender {
    std::string name;
    std::unique_ptr<event_sender> sender;
};

bool system_has_io_uring()
{
    io_uring_params params{};
    return static_cast<bool>(unique_fd(static_cast<int>(::syscall(SYS_io_uring_setup, 1, &params))));
}

/// All senders there are here. One through io_uring may be missing only if that is true.
std::vector<named_sender> make_senders()
{
    std::vector<named_sender> senders;
    senders.push_back({"syscall", make_syscall_sender()});
    try {
        senders.push_back({"uring", make_uring_sender()});
    } catch (const uring_unavailable& error) {
        const bool is_true =
            !system_has_io_uring() || error.what() == std::string_view("this program was built without liburing");
        CHECK_MESSAGE(is_true, error.what());
    }
    return senders;
}

/// Sockets that a sender knows, and the other ends of them.
class peers {
public:
    peers(event_sender& sender, std::size_t count) : sender_(sender)
    {
        for (std::size_t i = 0; i < count; ++i) {
            std::array<int, 2> pair{};
            REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) == 0);
            owners_.emplace_back(pair[0]);
            ends_.emplace_back(pair[1]);
            sockets.push_back(pair[0]);
            sender.add(pair[0]);
        }
    }
    peers(const peers&) = delete;
    peers& operator=(const peers&) = delete;
    ~peers()
    {
        for (const int socket : sockets) {
            sender_.remove(socket);
        }
    }

    void remove_first()
    {
        sender_.remove(sockets.front());
        sockets.erase(sockets.begin());
        owners_.front().reset();
    }

    /// Everything that has arrived, up to 64 KiB; "closed" for an end of file.
    std::string read(std::size_t which) const
    {
        std::string bytes(65536, '\0');
        pollfd wanted{ends_[which].get(), POLLIN, 0};
        REQUIRE(::poll(&wanted, 1, deadline_ms) == 1);
        const auto count = ::recv(ends_[which].get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        REQUIRE(count >= 0);
        bytes.resize(static_cast<std::size_t>(count));
        return count == 0 ? "closed" : bytes;
    }

    std::vector<int> sockets;

private:
    event_sender& sender_;
    std::vector<unique_fd> owners_;
    std::vector<unique_fd> ends_;
};

void fill(int socket)
{
    const std::string bytes(4096, 'x');
    while (::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
    }
    REQUIRE(errno == EAGAIN);
}

} // namespace

TEST_SUITE_BEGIN("load/event_sender");

TEST_CASE("every socket gets everything, in order")
{
    for (const auto& [name, sender] : make_senders()) {
        CAPTURE(name);
        const peers all(*sender, more_than_two_batches);
        CHECK(sender->send(all.sockets, "first ").empty());
        CHECK(sender->send(all.sockets, "second").empty());
        for (std::size_t i = 0; i < more_than_two_batches; ++i) {
            CHECK(all.read(i) == "first second");
        }
    }
}

TEST_CASE("who takes nothing or has gone is told, and the others get theirs")
{
    for (const auto& [name, sender] : make_senders()) {
        CAPTURE(name);
        const peers all(*sender, more_than_two_batches);
        fill(all.sockets[3]);
        fill(all.sockets[100]);
        REQUIRE(::shutdown(all.sockets[149], SHUT_WR) == 0);
        CHECK(sender->send(all.sockets, "event") == std::vector<std::size_t>{3, 100, 149});
        CHECK(all.read(2) == "event");
        CHECK(all.read(148) == "event");
        CHECK(sender->send(all.sockets, "event") == std::vector<std::size_t>{3, 100, 149});
    }
}

TEST_CASE("who takes only a part is told")
{
    for (const auto& [name, sender] : make_senders()) {
        CAPTURE(name);
        const peers all(*sender, 2);
        const std::string too_much(std::size_t{16} << 20U, 'x');
        CHECK(sender->send(all.sockets, too_much) == std::vector<std::size_t>{0, 1});
        CHECK(all.read(0).starts_with('x')); // a part did arrive
    }
}

TEST_CASE("nothing holds the socket of who was removed")
{
    for (const auto& [name, sender] : make_senders()) {
        CAPTURE(name);
        peers all(*sender, 2);
        CHECK(sender->send(all.sockets, "event").empty());
        all.remove_first();
        CHECK(all.read(0) == "event");
        CHECK(all.read(0) == "closed");
        CHECK(sender->send(all.sockets, "more").empty());
        CHECK(all.read(1) == "eventmore");
    }
}

TEST_SUITE_END();
