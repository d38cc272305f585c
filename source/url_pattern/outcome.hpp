#pragma once

#include <string>
#include <utility>
#include <variant>

namespace sluice::url_pattern {

/// Why a text was refused: one line that names what is wrong and where, for example
/// `byte 8 (pathname): a back-reference cannot be matched in linear time`.
struct failure {
    /// The line.
    std::string message;
};

/// A value, or why there is none.
template <class T>
class outcome {
public:
    /// Either can be returned as it is.
    outcome(T value) : held_{std::move(value)} {} // NOLINT(google-explicit-constructor)
    /// Likewise.
    outcome(failure why) : held_{std::move(why)} {} // NOLINT(google-explicit-constructor)

    /// Whether there is a value.
    [[nodiscard]] explicit operator bool() const noexcept { return std::holds_alternative<T>(held_); }

    /// The value. Throws std::bad_variant_access if there is none.
    [[nodiscard]] T& operator*() { return std::get<T>(held_); }
    /// Likewise.
    [[nodiscard]] T const& operator*() const { return std::get<T>(held_); }
    /// Likewise.
    [[nodiscard]] T* operator->() { return &std::get<T>(held_); }
    /// Likewise.
    [[nodiscard]] T const* operator->() const { return &std::get<T>(held_); }

    /// Why there is no value. Throws std::bad_variant_access if there is one.
    [[nodiscard]] std::string const& error() const { return std::get<failure>(held_).message; }

private:
    std::variant<T, failure> held_;
};

} // namespace sluice::url_pattern
