#pragma once

#include <sluice/event/frame.hpp>
#include <sluice/fan_out/pattern_index.hpp>
#include <sluice/fan_out/selector.hpp>
#include <sluice/fan_out/selector_index.hpp>

#include <boost/circular_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// Which selectors a broadcast has: of its type, and of its topics, each once.
struct addressing_entry {
    selector* type = nullptr;
    /// Where its topics end in the index's list of all topics, modulo 2^32.
    std::uint32_t topics_end = 0;
    std::uint32_t topics = 0;
};

/// Whom the broadcasts of a window concern: finds them by their type and by their topics. The window adds each
/// broadcast, and drops the oldest. Confined to the shard's thread.
///
/// An event with the topics `a` and `b` is among the broadcasts of the selectors `a` and `b`, so it is found by either;
/// an event without a topic passes every interest, and is found by `without_topic`.
class audience_index {
public:
    /// `patterns` says what patterns of topics are; null: there are none.
    explicit audience_index(topic_patterns const* patterns = nullptr) noexcept : patterns_{patterns} {}

    /// Adds the broadcast that becomes the window's newest. `likely` is the selector that its type probably has; may be
    /// null. If it throws, nothing has changed.
    [[nodiscard]] addressing_entry add(frame const& newest, selector* likely);
    /// Removes the window's oldest broadcast, which has to live on until then.
    /// `is_loss`: it had not been let go.
    void drop_oldest(addressing_entry const& oldest, bool is_loss) noexcept;

    /// A broadcast has left the log that had not been let go.
    void note_lost(std::uint64_t sequence) noexcept
    {
        types_.note_lost(sequence);
        topics_.note_lost(sequence);
    }

    [[nodiscard]] selector_index& types() noexcept { return types_; }
    [[nodiscard]] selector_index const& types() const noexcept { return types_; }
    [[nodiscard]] selector_index& topics() noexcept { return topics_; }
    [[nodiscard]] selector_index const& topics() const noexcept { return topics_; }
    [[nodiscard]] pattern_index& patterns() noexcept { return patterns_; }
    [[nodiscard]] pattern_index const& patterns() const noexcept { return patterns_; }
    /// The broadcasts without a topic; null until `know_without_topic` was called.
    [[nodiscard]] selector_ptr const& without_topic() const noexcept { return without_topic_; }
    /// Makes `without_topic` of those that the window holds, the first time that a session asks for topics: without
    /// such sessions an event costs nothing for it. `lost_through` is the selector's; `for_each(f)` calls `f(frame
    /// const&)` for each of them.
    template <class ForEach>
    void know_without_topic(std::uint64_t lost_through, ForEach for_each)
    {
        if (!without_topic_) {
            selector_ptr made{new selector{{}, lost_through}};
            for_each([&made](frame const& f) {
                made->make_room();
                made->append(f, {});
            });
            without_topic_ = std::move(made);
        }
    }

    /// The selector of the broadcast's first topic. REQUIRES: it has one.
    [[nodiscard]] selector& canonical_topic(addressing_entry const& e) const noexcept
    {
        return *topics_of_all_[begin_of(e)];
    }
    /// Whether `is(selector const*)` holds for one of the broadcast's topics.
    template <class F>
    [[nodiscard]] bool any_topic(addressing_entry const& e, F is) const
    {
        for (auto i = begin_of(e), end = i + e.topics; i != end; ++i) {
            if (is(static_cast<selector const*>(topics_of_all_[i]))) {
                return true;
            }
        }
        return false;
    }
    /// Calls `f(selector&)` for each of the broadcast's topics.
    template <class F>
    void for_each_topic(addressing_entry const& e, F f) const
    {
        for (auto i = begin_of(e), end = i + e.topics; i != end; ++i) {
            f(*topics_of_all_[i]);
        }
    }
    /// Calls `f(selector&)` for each selector that has the newest broadcast, whose addressing it is, with those of the
    /// lists of patterns that match it.
    template <class F>
    void for_each_newest_selector(addressing_entry const& e, F f) const
    {
        f(*e.type);
        for (auto i = begin_of(e), end = i + e.topics; i != end; ++i) {
            f(*topics_of_all_[i]);
        }
        if (e.topics == 0 && without_topic_) {
            f(*without_topic_);
        }
        for (auto const* const list : patterns_.found()) {
            f(list->newest());
        }
    }

    /// The bytes of memory that the index takes for the window's broadcasts.
    [[nodiscard]] std::size_t bytes() const noexcept
    {
        return selectors_held_ * selector_index::bytes_each + topics_of_all_.size() * bytes_each_topic;
    }
    /// The most by which the broadcast adds to `bytes`, with what each broadcast costs.
    [[nodiscard]] static std::size_t most_bytes(frame const& f) noexcept
    {
        return (1 + f.topic_count()) * selector_index::bytes_each + f.topic_count() * bytes_each_topic;
    }

private:
    static constexpr std::size_t bytes_each_topic = postings::bytes_each + 2 * sizeof(selector*);

    [[nodiscard]] std::size_t begin_of(addressing_entry const& e) const noexcept
    {
        return static_cast<std::uint32_t>(e.topics_end - e.topics - dropped_topics_);
    }
    void find_topics(frame const& newest);
    void release_found() noexcept;
    void append(selector& s, frame const& newest, std::string_view name);
    void forget(selector& topic) noexcept;
    void drop_front(selector& s, bool is_loss) noexcept;

    selector_index types_;
    selector_index topics_;
    pattern_index patterns_;
    selector_ptr without_topic_;
    /// The topics of all broadcasts, oldest first.
    boost::circular_buffer<selector*> topics_of_all_;
    /// How many have been dropped, modulo 2^32.
    std::uint32_t dropped_topics_ = 0;
    struct named_topic {
        selector* topic;
        std::string_view name;
    };
    /// Those of a broadcast that is being added, each once.
    std::vector<named_topic> found_;
    /// How many selectors have a broadcast.
    std::size_t selectors_held_ = 0;
};

} // namespace sluice
