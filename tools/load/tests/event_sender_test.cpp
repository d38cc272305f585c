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

/// Sockets to send to, and the other ends of them.
class peers {
public:
    explicit peers(std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i) {
            std::array<int, 2> pair{};
            REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) == 0);
            owners_.emplace_back(pair[0]);
            ends_.emplace_back(pair[1]);
            sockets.push_back(pair[0]);
        }
    }

    /// What has arrived, up to 64 KiB: a send is over when the bytes are there.
    std::string read(std::size_t which) const
    {
        std::string bytes(65536, '\0');
        const auto count = ::recv(ends_[which].get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        REQUIRE(count >= 0);
        bytes.resize(static_cast<std::size_t>(count));
        return bytes;
    }

    std::vector<int> sockets;

private:
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
        const peers all(more_than_two_batches);
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
        const peers all(more_than_two_batches);
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
        const peers all(2);
        const std::string too_much(std::size_t{16} << 20U, 'x');
        CHECK(sender->send(all.sockets, too_much) == std::vector<std::size_t>{0, 1});
        CHECK(all.read(0).starts_with('x')); // a part did arrive
    }
}

TEST_SUITE_END();
