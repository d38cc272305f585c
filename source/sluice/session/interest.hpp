#pragma once

#include <sluice/fan_out/pattern_list.hpp>
#include <sluice/fan_out/selector.hpp>
#include <sluice/fan_out/window.hpp>
#include <sluice/session/session_meta.hpp>

#include <boost/container/vector.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sluice {

/// Which broadcasts a session gets, by the selectors of its shard's window: those of its types that are about its
/// topics, or about none; of private ones, those about a topic that its grant allows. Confined to the shard's thread.
///
/// Example: the topics are `a` and `b`, the type is `news`. An event of this type about `b` and `c` passes, once. If it
/// is private, the grant has to allow `b` or `c`.
class interest {
public:
    /// Every event, also the private ones.
    explicit interest(window& w) noexcept : window_{&w} {}
    ~interest() { release(named_); }
    interest(interest const&) = delete;
    interest& operator=(interest const&) = delete;

    /// Takes what the metadata asks for, as far as its grant allows. Returns whether it is another interest than
    /// before. If it throws, nothing has changed.
    bool set(session_meta const& m);

    /// Leaves out of a replay what had been let go when it began.
    void leave_out(let_go_view view) noexcept { leaves_out_ = view; }
    [[nodiscard]] let_go_view const& leaves_out() const noexcept { return leaves_out_; }
    /// Leaves out the broadcasts without a topic up to the sequence, where topics or patterns are asked for.
    void leave_out_topicless(std::uint64_t through) noexcept { topicless_after_ = through; }
    /// The last sequence up to which they are left out.
    [[nodiscard]] std::uint64_t topicless_after() const noexcept { return topicless_after_; }
    /// Whether no type and no topic is left out, so that nothing but private broadcasts is.
    [[nodiscard]] bool is_everything() const noexcept { return !by_type_ && !by_topic_; }
    /// Whether it leaves no broadcast out after the sequence.
    [[nodiscard]] bool is_whole_after(std::uint64_t sequence) const noexcept
    {
        return is_everything() && may_have_all_after(window_->newest(), sequence) && !leaves_out_let_go_after(sequence);
    }
    /// Whether events of the type pass.
    [[nodiscard]] bool wants_type(std::string_view type) const noexcept;
    /// Whether the topic is one of those that are asked for by their names.
    [[nodiscard]] bool names_topic(std::string_view topic) const noexcept;
    /// The topic, if broadcasts of one topic alone are asked for, by its name; else null.
    [[nodiscard]] selector const* only_topic() const noexcept
    {
        return by_topic_ && named_.topics == 1 && !named_.patterns ? topics().front().get() : nullptr;
    }
    /// Calls `f(selector&)` for selectors that have, between them, each new broadcast that passes; none if it
    /// `is_everything`.
    template <class F>
    void for_each_list(F f) const
    {
        for (std::size_t i = 0; i != list_count(); ++i) {
            f(list(i));
        }
    }
    /// Whether what those lists have after the sequence may yet not pass.
    [[nodiscard]] bool may_refuse_after(std::uint64_t sequence) const noexcept
    {
        return (by_type_ && by_topic_) || leaves_out_topicless_after(sequence) || leaves_out_let_go_after(sequence) ||
               !may_have_all_after(window_->newest(), sequence);
    }

    /// With so few lists, each is asked for its next broadcast; with more, broadcasts are asked for their selectors.
    static constexpr std::size_t few_lists = 4;
    /// Where to look for the next broadcast that passes: in the window, or in each list where they are few and have all
    /// that is looked for.
    struct cursor {
        bool by_lists = false;
        std::size_t index = 0;
        std::array<std::size_t, few_lists> in_list{};
    };
    [[nodiscard]] cursor cursor_after(std::uint64_t sequence) const noexcept;
    /// The next broadcast that passes; null if there is none. Moves the cursor behind it.
    [[nodiscard]] frame const* next(cursor& c) const noexcept;

    /// How many broadcasts after the sequence pass and are held.
    [[nodiscard]] std::uint64_t held_after(std::uint64_t sequence) const noexcept;
    /// How many of those up to the sequence are held, as its selectors count them. REQUIRES: `!is_everything()`.
    [[nodiscard]] std::uint64_t listed_up_to(std::uint64_t sequence) const noexcept;
    /// How many of its broadcasts have left the window, as far as its selectors have counted them.
    [[nodiscard]] std::uint64_t lost() const noexcept;
    /// Whether no broadcast after the sequence that may pass has left the window before it was let go.
    [[nodiscard]] bool misses_nothing_after(std::uint64_t sequence) const noexcept;
    /// Whether they count each broadcast that passes, and no other, among those after the sequence that are lost.
    [[nodiscard]] bool counts_lost_after(std::uint64_t sequence) const noexcept;

    /// How many lists `for_each_list` visits.
    [[nodiscard]] std::size_t list_count() const noexcept { return selector_count() + (named_.patterns ? 1U : 0U); }

private:
    using some_selectors = std::span<selector_ptr const>;
    /// Short, because there are millions of sessions, and most name few.
    using selector_list =
        boost::container::vector<selector_ptr, void,
                                 boost::container::vector_options_t<boost::container::stored_size<std::uint32_t>>>;

    /// What the metadata names.
    struct named {
        /// First the types, then the topics, then the topics whose private events the session may have: in each of
        /// these parts by address, each once.
        selector_list selectors{};
        std::uint32_t types = 0;
        std::uint32_t topics = 0;
        /// Null where no pattern is named.
        pattern_list_ptr patterns{};
        /// Of topics whose private events the session may have; null where there are none.
        pattern_list_ptr allowed_patterns{};

        bool operator==(named const&) const = default;
    };

    [[nodiscard]] some_selectors all_selectors() const noexcept
    {
        return {named_.selectors.data(), named_.selectors.size()};
    }
    [[nodiscard]] some_selectors types() const noexcept { return all_selectors().first(named_.types); }
    [[nodiscard]] some_selectors topics() const noexcept
    {
        return all_selectors().subspan(named_.types, named_.topics);
    }
    [[nodiscard]] some_selectors allowed() const noexcept
    {
        return all_selectors().subspan(std::size_t{named_.types} + named_.topics);
    }
    /// How many selectors have between them what passes, but for what patterns match.
    [[nodiscard]] std::size_t selector_count() const noexcept
    {
        return by_topic_ ? named_.topics + 1U : by_type_ ? named_.types : 0U;
    }
    [[nodiscard]] bool leaves_out_topicless_after(std::uint64_t sequence) const noexcept
    {
        return by_topic_ && topicless_after_ > sequence;
    }
    /// Whether broadcasts after the sequence may be left out because they were let go.
    [[nodiscard]] bool leaves_out_let_go_after(std::uint64_t sequence) const noexcept
    {
        return sequence < leaves_out_.through && sequence < window_->newest().perishable;
    }
    [[nodiscard]] bool is_let_go(std::size_t index) const noexcept { return window_->is_let_go(index, leaves_out_); }
    [[nodiscard]] selector& list(std::size_t i) const noexcept;
    [[nodiscard]] bool lists_all_after(std::uint64_t sequence) const noexcept;
    [[nodiscard]] bool asks_for_topic_of(std::size_t index) const noexcept;
    [[nodiscard]] bool matches(std::size_t index) const noexcept;
    [[nodiscard]] bool passes(frame const& listed) const noexcept;
    [[nodiscard]] bool may_have(frame const& f) const noexcept;
    [[nodiscard]] frame const* next_in_few(cursor& c) const noexcept;
    [[nodiscard]] frame const* next_in_many(std::size_t& index) const noexcept;
    [[nodiscard]] std::size_t nearest_listed(std::size_t index) const noexcept;
    /// Whether none of the private broadcasts after the sequence is kept from the session.
    [[nodiscard]] bool may_have_all_after(newest_broadcasts const& of, std::uint64_t sequence) const noexcept
    {
        return every_private_ || of.private_one <= sequence;
    }
    [[nodiscard]] bool selectors_are_exact_after(newest_broadcasts const& of, std::uint64_t sequence) const noexcept;
    void release(named& all) const noexcept;

    window* window_;
    named named_{};
    bool by_type_ = false;
    bool by_topic_ = false;
    bool every_private_ = true;
    std::uint64_t topicless_after_ = 0;
    let_go_view leaves_out_{};
};

} // namespace sluice
