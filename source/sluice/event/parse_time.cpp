#include <sluice/event/parse_time.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace sluice {
namespace {

/// Takes a text apart, from its front on; after the first mismatch it has failed.
class time_scanner {
public:
    explicit time_scanner(std::string_view text) noexcept : rest_{text} {}

    /// A number of just so many digits, within the bounds.
    int number(std::size_t digits, int least, int most) noexcept
    {
        auto const text = rest_.substr(0, digits);
        int value = 0;
        auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
        bool const is_number = text.size() == digits && text.front() != '-' && ec == std::errc{} &&
                               end == text.data() + text.size() && value >= least && value <= most;
        failed_ = failed_ || !is_number;
        rest_.remove_prefix(text.size());
        return failed_ ? least : value;
    }
    /// One of the characters; the first of them where it has failed.
    char one_of(std::string_view all) noexcept
    {
        char const found = rest_.empty() || all.find(rest_.front()) == all.npos ? '\0' : rest_.front();
        failed_ = failed_ || found == '\0';
        rest_.remove_prefix(failed_ ? 0 : 1);
        return failed_ ? all.front() : found;
    }
    /// A point and digits, as microseconds; 0 if there is no point.
    std::chrono::microseconds fraction() noexcept
    {
        if (!rest_.starts_with('.')) {
            return {};
        }
        rest_.remove_prefix(1);
        auto const digits = std::min(rest_.size(), rest_.find_first_not_of("0123456789"));
        failed_ = failed_ || digits == 0;
        std::int64_t micros = 0;
        for (std::size_t i = 0; i != 6; ++i) {
            micros = 10 * micros + (i < digits ? rest_[i] - '0' : 0);
        }
        rest_.remove_prefix(digits);
        return std::chrono::microseconds{micros};
    }
    /// Whether the whole text was as it should be.
    [[nodiscard]] bool is_done() const noexcept { return !failed_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool failed_ = false;
};

} // namespace

std::optional<std::chrono::system_clock::time_point> parse_time(std::string_view text) noexcept
{
    namespace chrono = std::chrono;
    time_scanner from{text};
    auto const year = chrono::year{from.number(4, 0, 9999)};
    from.one_of("-");
    auto const month = chrono::month{static_cast<unsigned>(from.number(2, 1, 12))};
    from.one_of("-");
    auto const date = year / month / chrono::day{static_cast<unsigned>(from.number(2, 1, 31))};
    from.one_of("Tt ");
    auto time = chrono::microseconds{chrono::hours{from.number(2, 0, 23)}};
    from.one_of(":");
    time += chrono::minutes{from.number(2, 0, 59)};
    from.one_of(":");
    // A leap second is the first moment of the next minute.
    time += chrono::seconds{from.number(2, 0, 60)};
    time += from.fraction();
    if (auto const sign = from.one_of("Zz+- "); sign != 'Z' && sign != 'z') {
        auto offset = chrono::minutes{chrono::hours{from.number(2, 0, 23)}};
        from.one_of(":");
        offset += chrono::minutes{from.number(2, 0, 59)};
        time -= sign == '-' ? -offset : offset;
    }
    if (!from.is_done() || !date.ok()) {
        return std::nullopt;
    }
    using in_micros = chrono::sys_time<chrono::microseconds>;
    constexpr auto earliest = chrono::ceil<chrono::microseconds>(chrono::system_clock::time_point::min());
    constexpr auto latest = chrono::floor<chrono::microseconds>(chrono::system_clock::time_point::max());
    return std::clamp<in_micros>(chrono::sys_days{date} + time, earliest, latest);
}

} // namespace sluice
