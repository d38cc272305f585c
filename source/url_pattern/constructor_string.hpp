#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::url_pattern {

enum class component { protocol, username, password, hostname, port, pathname, search, hash };
inline constexpr std::size_t component_count = 8;

[[nodiscard]] std::string_view name_of(component which) noexcept;

/// The pattern of one component.
struct component_text {
    std::string text;
    /// Where the text begins in the pattern that it was taken from; negative where something of the base stands before.
    std::ptrdiff_t at = 0;
};

/// The components that a pattern names, and those that follow from it.
class component_texts {
public:
    [[nodiscard]] std::optional<component_text>& operator[](component which)
    {
        return texts_[static_cast<std::size_t>(which)];
    }
    [[nodiscard]] std::optional<component_text> const& operator[](component which) const
    {
        return texts_[static_cast<std::size_t>(which)];
    }

private:
    std::array<std::optional<component_text>, component_count> texts_;
};

/// Splits a pattern into its components' patterns (URL Pattern, section 1.6: the constructor string parser).
/// Throws `refused`, at a place of the pattern, if its protocol is no pattern.
[[nodiscard]] component_texts split_pattern(std::string_view pattern);

} // namespace sluice::url_pattern
