#include "event_sender.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <liburing.h>
#include <sys/socket.h>

namespace sluice::load {
namespace {

/// Sends in one system call. During one the kernel cannot reschedule this thread, and leaves the more of the network's
/// work to its thread ksoftirqd the longer it lasts, whose CPU time is not this process's: with 1,000 a delivery looks
/// a tenth cheaper than it is. More than 64 save nothing else.
constexpr unsigned batch_size = 64;

[[noreturn]] void fail(int error, const char* what) { throw std::system_error(error, std::generic_category(), what); }

/// Owns the ring between the kernel and this thread.
class uring {
public:
    uring()
    {
        // A ring of one thread needs no locks and no interruptions. Before Linux 6.1 it can only do with fewer.
        constexpr std::array<unsigned, 2> setups{IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
                                                 IORING_SETUP_COOP_TASKRUN};
        int error = EINVAL;
        for (std::size_t i = 0; i < setups.size() && error == EINVAL; ++i) {
            error = -::io_uring_queue_init(batch_size, &ring_, setups[i]);
        }
        switch (error) {
        case 0:
            return;
        case EINVAL:
            throw uring_unavailable("the kernel's is older than that of Linux 5.19");
        case ENOSYS:
        case EPERM:
        case EACCES:
            throw uring_unavailable("the system refuses io_uring_setup: " + std::generic_category().message(error));
        default:
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

/// Registered files, and no completions for sends that succeed, were tried: what they save could not be measured.
class uring_sender final : public event_sender {
public:
    std::vector<std::size_t> send(std::span<const int> sockets, std::string_view bytes) override
    {
        std::vector<std::size_t> failed;
        for (std::size_t begin = 0; begin < sockets.size(); begin += batch_size) {
            const auto end = std::min(begin + batch_size, sockets.size());
            for (auto place = begin; place < end; ++place) {
                prepare(sockets[place], bytes, place);
            }
            submit(static_cast<unsigned>(end - begin));
            take_failed(bytes.size(), failed);
        }
        return failed;
    }

private:
    void prepare(int socket, std::string_view bytes, std::size_t place)
    {
        auto* const entry = ::io_uring_get_sqe(ring_.get()); // never null: the ring is empty before each batch
        ::io_uring_prep_send(entry, socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        ::io_uring_sqe_set_data64(entry, place);
    }

    /// Returns when all are done, which with MSG_DONTWAIT means no waiting.
    void submit(unsigned count)
    {
        const int submitted = ::io_uring_submit_and_wait(ring_.get(), count);
        if (submitted != static_cast<int>(count)) {
            fail(submitted < 0 ? -submitted : EBUSY, "io_uring_enter");
        }
    }

    void take_failed(std::size_t size, std::vector<std::size_t>& failed)
    {
        std::array<io_uring_cqe*, batch_size> done{};
        const auto count = ::io_uring_peek_batch_cqe(ring_.get(), done.data(), batch_size);
        for (unsigned i = 0; i < count; ++i) {
            if (done[i]->res != static_cast<int>(size)) { // an error, or a part
                failed.push_back(::io_uring_cqe_get_data64(done[i]));
            }
        }
        ::io_uring_cq_advance(ring_.get(), count);
    }

    uring ring_;
};

} // namespace

std::unique_ptr<event_sender> make_uring_sender() { return std::make_unique<uring_sender>(); }

} // namespace sluice::load
