#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>

namespace sluice {

/// How the calling thread stands to an executor's work, for which it would like to wait.
enum class standing : std::uint8_t {
    inside,  ///< it runs a handler of the executor now: nobody else does the work before that returns
    needed,  ///< the work may need this thread, so that waiting for it could last for ever
    outside, ///< other threads do the work
};

/// Of an executor that runs one handler at a time: of an `io_context` that one thread runs, or a strand. Of an executor
/// of another type nothing is known: `needed`.
[[nodiscard]] standing standing_to(boost::asio::any_io_executor const& executor);

} // namespace sluice
