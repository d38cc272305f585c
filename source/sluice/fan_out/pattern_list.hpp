#pragma once

#include <sluice/fan_out/number_set.hpp>
#include <sluice/fan_out/selector.hpp>

#include <boost/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

class pattern_list;
using pattern_list_ptr = boost::intrusive_ptr<pattern_list>;

/// A list of patterns that sessions of a shard name, and which topics in the shard's window one of them matches.
/// Sessions that name the same patterns share it. Confined to the shard's thread.
///
/// What it keeps is bounded by the topics in the window, not by the events: an event that many lists match must not
/// take memory in each of them. Therefore it lists the newest broadcasts alone, by which live connections are served;
/// older ones are found by asking each broadcast in the window for its topics.
class pattern_list : public boost::intrusive_ref_counter<pattern_list, boost::thread_unsafe_counter> {
public:
    /// Whether one of the patterns matches the topic, which has a broadcast in the window.
    [[nodiscard]] bool matches(selector const& topic) const noexcept { return matched_.contains(topic.number()); }
    /// The newest broadcasts that it matches, and the connections that wait for them. Those at its front may have left
    /// the window.
    [[nodiscard]] selector& newest() const noexcept { return *newest_; }
    /// `newest` has each broadcast after this sequence.
    [[nodiscard]] std::uint64_t complete_after() const noexcept { return complete_after_; }

private:
    friend class pattern_index;
    /// So many broadcasts are listed at most.
    static constexpr std::size_t most_listed = 128;

    /// Sorted, each once.
    std::vector<std::string> texts_;
    /// Their numbers among all patterns of the shard.
    std::vector<std::size_t> numbers_;
    /// The numbers of the topics.
    number_set matched_;
    selector_ptr newest_{new selector{{}}};
    std::uint64_t complete_after_ = 0;
    /// The last broadcast that it was found for, as the index counts them.
    std::uint64_t found_for_ = 0;
};

} // namespace sluice
