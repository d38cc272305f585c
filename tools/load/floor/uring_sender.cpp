#include "../common/endpoint.hpp"
#include "event_sender.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include <liburing.h>
#include <sys/socket.h>

namespace sluice::load {
namespace {

/// Sends in one submission. While a submission runs, the kernel cannot reschedule this thread and leaves more and more
/// of the network's work to its thread ksoftirqd, whose CPU time is not in this process's: with 1,000 it looks a tenth
/// cheaper than it is. Above 64, what is really saved does not grow.
constexpr unsigned batch_size = 64;

/// Descriptors below this are registered with the ring; to those above it is sent without.
constexpr std::uint64_t max_registered = 65536;

[[noreturn]] void fail(int error, const char* what) { throw std::system_error(error, std::generic_category(), what); }

bool is_refused(int error) { return error == ENOSYS || error == EPERM || error == EACCES; }

/// Owns the ring of the kernel and this program.
class uring {
public:
    uring()
    {
        // Completions never interrupt a ring that one thread owns; before Linux 6.1, at least they force no system
        // call.
        constexpr std::array<unsigned, 2> setups{IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
                                                 IORING_SETUP_COOP_TASKRUN};
        int error = 0;
        for (const auto setup : setups) {
            error = -::io_uring_queue_init(batch_size, &ring_, setup | IORING_SETUP_SUBMIT_ALL);
            if (error != EINVAL) {
                break;
            }
        }
        if (is_refused(error)) {
            throw uring_unavailable("the system refuses io_uring_setup: " + std::generic_category().message(error));
        }
        if (error == EINVAL) {
            throw uring_unavailable("the kernel's io_uring is older than Linux 5.19");
        }
        if (error != 0) {
            fail(error, "io_uring_setup");
        }
    }
    uring(const uring&) = delete;
    uring& operator=(const uring&) = delete;
    ~uring() { ::io_uring_queue_exit(&ring_); }

    io_uring* get() { return &ring_; }

private:
    io_uring ring_{};
};

/// Sends that succeed leave no completion. One that would block, or takes only a part of the bytes, fails at once.
class uring_sender final : public event_sender {
public:
    uring_sender() : registered_(static_cast<unsigned>(std::min(raise_file_limit(), max_registered)))
    {
        if (const int error = -::io_uring_register_files_sparse(ring_.get(), registered_); error != 0) {
            fail(error, "io_uring_register");
        }
    }

    void add(int socket) override { fill_slot(socket, socket); }
    void remove(int socket) override { fill_slot(socket, -1); }

    std::vector<std::size_t> send(std::span<const int> sockets, std::string_view bytes) override
    {
        std::vector<std::size_t> failed;
        for (std::size_t begin = 0; begin < sockets.size(); begin += batch_size) {
            const auto end = std::min(begin + batch_size, sockets.size());
            for (auto i = begin; i < end; ++i) {
                prepare(sockets[i], bytes, i);
            }
            submit(static_cast<int>(end - begin));
            take_failed(failed);
        }
        return failed;
    }

private:
    bool is_registered(int socket) const { return static_cast<unsigned>(socket) < registered_; }

    void fill_slot(int socket, int content)
    {
        if (is_registered(socket)) {
            const int updated =
                ::io_uring_register_files_update(ring_.get(), static_cast<unsigned>(socket), &content, 1);
            if (updated != 1) {
                fail(-updated, "io_uring_register");
            }
        }
    }

    void prepare(int socket, std::string_view bytes, std::size_t place)
    {
        auto* const entry = ::io_uring_get_sqe(ring_.get()); // never null: the ring is empty before each batch
        // MSG_WAITALL makes a short send a failed one, which has a completion in spite of CQE_SKIP_SUCCESS.
        ::io_uring_prep_send(entry, socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL | MSG_WAITALL);
        const unsigned flags = IOSQE_CQE_SKIP_SUCCESS | (is_registered(socket) ? IOSQE_FIXED_FILE : 0U);
        ::io_uring_sqe_set_flags(entry, flags);
        ::io_uring_sqe_set_data64(entry, place);
    }

    void submit(int count)
    {
        const int submitted = ::io_uring_submit(ring_.get());
        if (submitted != count) {
            fail(submitted < 0 ? -submitted : EBUSY, "io_uring_enter");
        }
    }

    /// Nothing was left to be done later, so whatever failed is told by now.
    void take_failed(std::vector<std::size_t>& failed)
    {
        for (io_uring_cqe* done = nullptr; ::io_uring_peek_cqe(ring_.get(), &done) == 0;) {
            failed.push_back(::io_uring_cqe_get_data64(done));
            ::io_uring_cqe_seen(ring_.get(), done);
        }
    }

    uring ring_;
    unsigned registered_;
};

} // namespace

std::unique_ptr<event_sender> make_uring_sender() { return std::make_unique<uring_sender>(); }

} // namespace sluice::load
