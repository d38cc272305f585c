#pragma once

#include <boost/circular_buffer.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice {

class client;
class topic;
using topic_ptr = boost::intrusive_ptr<topic>;

/// A connected client's interest in a topic.
struct subscription : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    explicit subscription(client& c) : subscriber{c} {}
    client& subscriber;
};
using subscription_list = boost::intrusive::list<subscription, boost::intrusive::constant_time_size<false>>;

/// The broadcasts of one type in a shard's history, so that a session with a filter finds what matches without
/// looking at what does not. Confined to the shard's thread.
class topic : public boost::intrusive_ref_counter<topic, boost::thread_unsafe_counter> {
public:
    explicit topic(std::string type) : type_{std::move(type)} {}

    [[nodiscard]] std::string const& type() const noexcept { return type_; }

    /// Notes the newest broadcast, by its ordinal in the history.
    void append(std::uint64_t ordinal);
    /// Forgets the oldest broadcast: it has left the log.
    void drop_front() noexcept;

    /// The ordinal of the first broadcast in the log at or after the given one; `none` when there is no such.
    [[nodiscard]] std::uint64_t first_from(std::uint64_t ordinal) const noexcept;
    /// How many broadcasts in the log are at or after the given one.
    [[nodiscard]] std::uint64_t count_from(std::uint64_t ordinal) const noexcept;
    /// How many broadcasts the topic has had in all, while it was known.
    [[nodiscard]] std::uint64_t total() const noexcept { return lost_ + ordinals_.size(); }

    [[nodiscard]] bool has_any() const noexcept { return !ordinals_.empty(); }

    /// Connected clients whose filter has the topic.
    subscription_list subscribers;
    /// Whether the topic has had a broadcast since its subscribers were last woken.
    bool touched = false;

    static constexpr std::uint64_t none = ~std::uint64_t{0};

private:
    /// The index of the first broadcast at or after the given one; their number when there is none.
    [[nodiscard]] std::size_t index_from(std::uint64_t ordinal) const noexcept;

    std::string type_;
    boost::circular_buffer<std::uint64_t> ordinals_;
    std::uint64_t lost_ = 0;
};

/// The topics of a shard: those that have a broadcast in the log, and those that a session's filter names.
class topic_index {
public:
    /// The topic of the type, made when there is none.
    [[nodiscard]] topic_ptr get(std::string_view type);
    /// Forgets the topic when nothing but the index refers to it and it has no broadcast in the log.
    void release(topic_ptr const& t);
    [[nodiscard]] std::size_t size() const noexcept { return topics_.size(); }

private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, topic_ptr, hash, std::equal_to<>> topics_;
};

} // namespace sluice
