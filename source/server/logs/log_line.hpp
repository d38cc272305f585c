#pragma once

#include "options/options.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace sluice::server {

/// The value of a field in a log line: text, a number, true or false, or an unknown number.
class log_value {
public:
    template <std::convertible_to<std::string_view> T>
    log_value(T const& text) : value_{std::string_view{text}} // NOLINT(google-explicit-constructor)
    {
    }
    template <std::integral T>
    log_value(T number) // NOLINT(google-explicit-constructor)
    {
        if constexpr (std::same_as<T, bool>) {
            value_ = number;
        } else if constexpr (std::is_signed_v<T>) {
            value_ = std::int64_t{number};
        } else {
            value_ = std::uint64_t{number};
        }
    }
    log_value(double number) : value_{number} {}   // NOLINT(google-explicit-constructor)
    log_value(std::optional<std::uint64_t> number) // NOLINT(google-explicit-constructor)
    {
        if (number) {
            value_ = *number;
        }
    }

private:
    friend void append_fields(std::string& to, std::span<struct log_field const> fields, log_format format);
    /// The first alternative is an unknown number.
    std::variant<std::monostate, std::string_view, std::int64_t, std::uint64_t, double, bool> value_;
};

/// A field of a log line. The texts that it refers to outlive the call that logs it.
struct log_field {
    std::string_view key;
    log_value value;
};

/// The text as a JSON string (RFC 8259, section 7), so that it can neither end a line nor control a terminal. Control
/// characters, characters that change the writing direction, and Unicode line separators are escaped. Bytes that are
/// not UTF-8 become U+FFFD. A long text is cut.
[[nodiscard]] std::string quote_for_log(std::string_view text);

/// Appends the fields that follow a message: ` key=value` each, or `,"key":value` in JSON. Texts are quoted; an unknown
/// number is `null`.
void append_fields(std::string& to, std::span<log_field const> fields, log_format format);

} // namespace sluice::server
