#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::load {

/// What every payload tells its reader.
struct stamp {
    std::uint64_t sequence = 0;
    std::uint64_t due_ns = 0; ///< when it was due to be published, by the monotonic clock
};

/// Payloads of one run: `<run> <sequence> <due>`, hexadecimal in fixed widths, and a filling that makes up
/// the size. The run number tells them from what other publishers on the same server send; the filling is
/// checked, so that damage shows.
class payload_format {
public:
    static constexpr std::size_t min_size = 16 + 1 + 16 + 1 + 16 + 1;

    /// `size` must be at least `min_size`.
    payload_format(std::uint64_t run, std::size_t size);

    std::string write(stamp what) const;

    /// Nothing when the text is not, byte for byte, a payload of this run.
    std::optional<stamp> read(std::string_view text) const;

private:
    std::string run_;
    std::string filling_;
};

} // namespace sluice::load
