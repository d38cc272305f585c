#include <sluice/client/ending.hpp>

#include <sluice/client/http_date.hpp>

#include <boost/asio/error.hpp>

#include <fmt/format.h>

namespace sluice {

ending failed(std::string_view where, error_code ec, bool final)
{
    auto const what = ec == boost::asio::error::eof ? "the server ended the connection" : ec.message();
    return {.error = ec, .why = fmt::format("{}: {}", where, what), .retry_after = {}, .final = final};
}

ending failed(std::string_view where, error_code ec, std::string_view detail, bool final)
{
    auto end = failed(where, ec, final);
    if (!detail.empty()) {
        end.why += fmt::format(": {}", detail);
    }
    return end;
}

ending answered(std::string_view where, response_head const& head, bool final)
{
    return {.error = event_source_errc::unexpected_status,
            .why = fmt::format("{}: the server answered {} {}", where, head.status, head.reason),
            .retry_after = parse_retry_after(head.retry_after, std::chrono::system_clock::now()),
            .final = final};
}

} // namespace sluice
