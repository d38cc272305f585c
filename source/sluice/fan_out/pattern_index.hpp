#pragma once

#include <sluice/fan_out/pattern_list.hpp>
#include <sluice/fan_out/selector.hpp>
#include <sluice/fan_out/selector_index.hpp>
#include <sluice/fan_out/topic_numbers.hpp>
#include <sluice/topic_patterns.hpp>

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The patterns that sessions of a shard name. Each topic of a new broadcast is matched once with all of them together,
/// whatever number of sessions there is. While no session names any, nothing is matched. Confined to the shard's
/// thread.
class pattern_index {
public:
    /// `engine` says what patterns are; null: there are none, and no topic matches.
    explicit pattern_index(topic_patterns const* engine) noexcept : engine_{engine} {}

    /// The list of these patterns; it is made if there is none, for which each of the topics in the window is matched.
    /// A text that is no pattern matches nothing. Throws `std::bad_alloc`; then nothing has changed.
    [[nodiscard]] pattern_list_ptr get(std::vector<std::string> texts, selector_index& topics, std::uint64_t head);
    /// Removes the list if only the index and the caller refer to it.
    void release(pattern_list_ptr const& list) noexcept;

    /// @name The newest broadcast
    /// @{
    /// Begins with a broadcast, which no list matches yet.
    void begin() noexcept;
    /// Finds the lists that match the broadcast's topic, and makes room in them. Throws `std::bad_alloc`.
    void find(selector& topic);
    /// Adds the broadcast to the lists that were found.
    void append(frame const& newest);
    /// The lists that were found, each once.
    [[nodiscard]] std::span<pattern_list* const> found() const noexcept { return found_; }
    /// @}

    /// The topic has no broadcast in the window any more.
    void forget(selector& topic) noexcept { numbers_.give_back(topic); }

    /// Whether the text is a pattern that matches the topic. One that a session names costs no more than a look. Throws
    /// `std::bad_alloc`.
    [[nodiscard]] bool matches(std::string const& text, std::string_view topic);
    /// How many different patterns there are.
    [[nodiscard]] std::size_t size() const noexcept { return by_text_.size(); }

private:
    struct pattern {
        std::string text;
        boost::unordered_flat_set<pattern_list*> lists;
    };
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::vector<std::string> const& texts) const noexcept
        {
            return boost::hash_range(texts.begin(), texts.end());
        }
        std::size_t operator()(pattern_list_ptr const& list) const noexcept { return (*this)(list->texts_); }
    };
    struct equal {
        using is_transparent = void;
        bool operator()(pattern_list_ptr const& a, pattern_list_ptr const& b) const noexcept { return a == b; }
        bool operator()(std::vector<std::string> const& texts, pattern_list_ptr const& list) const noexcept
        {
            return texts == list->texts_;
        }
        bool operator()(pattern_list_ptr const& list, std::vector<std::string> const& texts) const noexcept
        {
            return texts == list->texts_;
        }
    };
    void take_number(selector& topic);
    void include_all(pattern_list& list);
    [[nodiscard]] std::optional<std::size_t> find_or_add(std::string const& text);
    void exclude(pattern_list& list) noexcept;
    void match_window(pattern_list& list, selector_index& topics);

    topic_patterns const* engine_;
    std::unique_ptr<topic_patterns::set> all_;
    /// By the numbers that `all_` has given; null where there is none.
    std::vector<std::unique_ptr<pattern>> by_number_;
    boost::unordered_flat_map<std::string_view, std::size_t> by_text_;
    boost::unordered_flat_set<pattern_list_ptr, hash, equal> lists_;
    topic_numbers numbers_;
    std::vector<pattern_list*> found_;
    std::uint64_t broadcasts_ = 0;
    /// Used while a topic is matched.
    std::vector<std::size_t> matching_;
};

} // namespace sluice
