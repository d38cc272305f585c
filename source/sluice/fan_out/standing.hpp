#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>

namespace sluice {

/// How the calling thread relates to an executor whose work it would like to wait for.
enum class standing : std::uint8_t {
    inside,  ///< it is running a handler of the executor, so no other thread does the work before that returns
    needed,  ///< the work may need this thread, so that waiting for it could last for ever
    outside, ///< other threads do the work
};

/// The standing of the calling thread to an executor that runs one handler at a time: that of an `io_context` which one
/// thread runs, or a strand. For other types of executors nothing is known, so the result is `needed`.
[[nodiscard]] standing standing_to(boost::asio::any_io_executor const& executor);

} // namespace sluice
