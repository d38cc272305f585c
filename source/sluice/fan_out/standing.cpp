#include <sluice/fan_out/standing.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <optional>

namespace sluice {

namespace asio = boost::asio;

namespace {

/// The caller's standing to a strand of this type of executor; nothing if it is no such strand. Outside the strand, but
/// on a thread of its inner executor, the strand's handlers may be waiting for this very thread.
template <class Inner>
[[nodiscard]] std::optional<standing> standing_to_strand(asio::any_io_executor const& executor)
{
    auto const* const strand = executor.target<asio::strand<Inner>>();
    if (strand == nullptr) {
        return std::nullopt;
    }
    if (strand->running_in_this_thread()) {
        return standing::inside;
    }
    auto const inner = sluice::standing_to(asio::any_io_executor{strand->get_inner_executor()});
    return inner == standing::outside ? standing::outside : standing::needed;
}

} // namespace

standing standing_to(asio::any_io_executor const& executor)
{
    if (auto const* const context = executor.target<asio::io_context::executor_type>()) {
        return context->running_in_this_thread() ? standing::inside : standing::outside;
    }
    if (auto const* const pool = executor.target<asio::thread_pool::executor_type>()) {
        return pool->running_in_this_thread() ? standing::needed : standing::outside;
    }
    auto found = standing_to_strand<asio::thread_pool::executor_type>(executor);
    if (!found) {
        found = standing_to_strand<asio::io_context::executor_type>(executor);
    }
    if (!found) {
        found = standing_to_strand<asio::any_io_executor>(executor);
    }
    return found.value_or(standing::needed);
}

} // namespace sluice
