#include <sluice/client/http_date.hpp>

#include <sluice/client/longest_wait.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string>

namespace sluice {
namespace {

using std::chrono::milliseconds;

[[nodiscard]] std::optional<std::chrono::sys_seconds> parse(std::string const& text, char const* format)
{
    std::istringstream in{text};
    in.imbue(std::locale::classic()); // names of days and months are English, whatever the program's locale
    std::tm t{};
    in >> std::get_time(&t, format);
    // `std::get_time` accepts a prefix, and white space where there is none. So check that it read exactly this text.
    std::ostringstream again;
    again.imbue(std::locale::classic());
    again << std::put_time(&t, format);
    if (in.fail() || again.str() != text) {
        return std::nullopt;
    }
    using namespace std::chrono;
    year_month_day const date{year{t.tm_year + 1900}, month{static_cast<unsigned>(t.tm_mon + 1)},
                              day{static_cast<unsigned>(t.tm_mday)}};
    if (!date.ok()) {
        return std::nullopt;
    }
    return sys_days{date} + hours{t.tm_hour} + minutes{t.tm_min} + seconds{t.tm_sec};
}

} // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text)
{
    for (auto const* const format :
         {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
        if (auto const date = parse(std::string{text}, format)) {
            return date;
        }
    }
    return std::nullopt;
}

std::optional<milliseconds> parse_retry_after(std::string_view text, std::chrono::system_clock::time_point now)
{
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!text.empty() && std::ranges::all_of(text, is_digit)) {
        std::int64_t seconds = longest_wait.count();
        // A number with too many digits leaves the longest wait.
        std::from_chars(text.data(), text.data() + text.size(), seconds);
        return milliseconds{std::min(seconds, longest_wait.count() / 1000) * 1000};
    }
    auto const date = parse_http_date(text);
    if (!date) {
        return std::nullopt;
    }
    // In milliseconds, because the year 9999 in the clock's own unit overflows.
    milliseconds const wait = *date - std::chrono::floor<milliseconds>(now);
    return std::clamp(wait, milliseconds{0}, longest_wait);
}

} // namespace sluice
