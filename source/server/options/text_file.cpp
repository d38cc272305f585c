#include "text_file.hpp"

#include "option_error.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice::server {
namespace {

class descriptor {
public:
    explicit descriptor(int fd) noexcept : fd_{fd} {}
    ~descriptor()
    {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    descriptor(descriptor const&) = delete;
    descriptor& operator=(descriptor const&) = delete;

    [[nodiscard]] int get() const noexcept { return fd_; }

private:
    int fd_;
};

[[nodiscard]] bool is_regular(int fd) noexcept
{
    struct stat status{};
    return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

} // namespace

std::string read_text(std::string_view option, std::string const& path, reading when, std::size_t most)
{
    auto const refuse = [&](std::string_view why) {
        throw option_error(fmt::format("{}: cannot read {}: {}", option, path, why), option_error::status::unreadable);
    };
    // Non-blocking in a running server, because opening a pipe waits for a writer.
    descriptor const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | (when == reading::again ? O_NONBLOCK : 0))};
    if (file.get() < 0) {
        refuse(std::strerror(errno));
    }
    if (when == reading::again && !is_regular(file.get())) {
        refuse("it is not a regular file, so it cannot be read again");
    }
    std::string text;
    std::array<char, 4096> part;
    for (;;) {
        auto const bytes = ::read(file.get(), part.data(), part.size());
        if (bytes == 0) {
            return text;
        }
        if (bytes < 0 && errno != EINTR) {
            refuse(std::strerror(errno));
        }
        text.append(part.data(), bytes < 0 ? 0 : static_cast<std::size_t>(bytes));
        if (text.size() > most) {
            refuse(fmt::format("it has more than {} bytes", most));
        }
    }
}

} // namespace sluice::server
