#pragma once

#include <sluice/export.hpp>
#include <sluice/http/problem.hpp>
#include <sluice/session/session_meta.hpp>
#include <sluice/topic_patterns.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

/// Reads which events a client asks for, a parameter at a time: `types`, a list, repeatable, at most 1,000 types;
/// `topic`, repeatable, where `*` stands for every topic, and `topic_pattern`, repeatable: together at most 1,000 of at
/// most 4,096 bytes.
class SLUICE_EXPORT interest_parameters {
public:
    /// `patterns` says what patterns of topics are; null: one that is named is refused. `place`, for what is wrong,
    /// says where the parameters stand, for example `query`. Both outlive it.
    interest_parameters(topic_patterns const* patterns, std::string_view place) noexcept
        : patterns_{patterns}, place_{place}
    {
    }

    /// Whether the parameter is one of these.
    [[nodiscard]] static bool has(std::string_view name) noexcept;
    /// Moves the parameter's value into the metadata. REQUIRES: `has(name)`.
    [[nodiscard]] expected<void> take(std::string_view name, std::string& value, session_meta& to);

    /// @name The same bounds for parameters of other names, by which refusals call them
    /// @{
    /// A topic, or `*` for every one.
    [[nodiscard]] expected<void> add_topic(std::string_view name, std::string text, session_meta& to);
    /// A pattern, which is judged.
    [[nodiscard]] expected<void> add_pattern(std::string_view name, std::string text, session_meta& to);
    /// Counts the steps of a pattern that the caller adds itself.
    [[nodiscard]] expected<void> count_steps(std::string_view name, std::size_t steps);
    /// @}

private:
    [[nodiscard]] expected<void> add_types(std::string_view list, session_meta& to) const;
    [[nodiscard]] expected<void> count_topic(std::string_view name, std::string_view text);

    topic_patterns const* patterns_;
    std::string_view place_;
    /// How many topics and patterns there are so far.
    std::size_t topics_ = 0;
    /// How many steps the patterns so far take.
    std::size_t steps_ = 0;
};

} // namespace sluice
