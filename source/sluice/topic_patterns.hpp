#pragma once

#include <sluice/export.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// What patterns of topics are. The library itself knows no syntax of them: a broker whose streams may name topics by
/// patterns is given one of these (`broker_config::patterns`). The component `sluice::url_pattern` has URL Patterns.
class SLUICE_EXPORT topic_patterns {
public:
    topic_patterns() = default;
    topic_patterns(topic_patterns const&) = delete;
    topic_patterns& operator=(topic_patterns const&) = delete;
    virtual ~topic_patterns() = default;

    /// What is to be known of a text before it is used.
    struct verdict {
        /// Why it is no pattern, in one line; empty if it is one.
        std::string refusal{};
        /// About how many steps matching takes at most for each byte of a topic. A stream's patterns may take
        /// `most_steps` together, because every event with a topic is matched with them.
        std::size_t steps = 0;
    };
    /// How many steps the patterns of one stream may take together.
    static constexpr std::size_t most_steps = 50'000;

    /// Judges the text. Safe from any thread.
    [[nodiscard]] virtual verdict judge(std::string_view text) const = 0;

    /// Patterns, of which those that match a topic are found at once. For one thread at a time.
    class set {
    public:
        set() = default;
        set(set const&) = delete;
        set& operator=(set const&) = delete;
        virtual ~set() = default;

        /// Adds the pattern and returns its number, which is small and no other's; nothing if the text is no pattern.
        /// If it throws, nothing has changed.
        virtual std::optional<std::size_t> add(std::string_view text) = 0;
        /// Removes the pattern with the number, which may then be given again. A set that cannot remove it, for want of
        /// memory, goes on to find it and does not give its number again.
        virtual void remove(std::size_t number) noexcept = 0;
        /// Appends the numbers of the patterns that match the topic, each once.
        virtual void match(std::string_view topic, std::vector<std::size_t>& found) = 0;
    };
    /// An empty set. Safe from any thread.
    [[nodiscard]] virtual std::unique_ptr<set> make_set() const = 0;
};

} // namespace sluice
