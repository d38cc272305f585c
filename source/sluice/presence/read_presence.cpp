#include <sluice/presence/read_presence.hpp>

#include <sluice/event/event.hpp>
#include <sluice/fan_out/async_call.hpp>

#include <boost/asio/deferred.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

namespace asio = boost::asio;

namespace {

/// How many topics a shard compares with a pattern before other work has its turn.
constexpr std::size_t topics_per_slice = 256;

/// Which topics an answer may speak of. For one thread at a time.
class topic_filter {
public:
    topic_filter(presence_query const& wanted, topic_patterns const* patterns)
        : allowed_{wanted.grant.private_topics}, every_{wanted.topic_pattern == every_topic}
    {
        if (patterns != nullptr) {
            allowed_patterns_ = patterns->make_set();
            for (auto const& text : allowed_.patterns()) {
                (void)allowed_patterns_->add(text);
            }
            wanted_ = patterns->make_set();
            (void)wanted_->add(wanted.topic_pattern);
        }
    }

    [[nodiscard]] bool allows(std::string_view topic)
    {
        return allowed_.is_everything() || std::ranges::find(allowed_.topics(), topic) != allowed_.topics().end() ||
               matches(allowed_patterns_.get(), topic);
    }
    [[nodiscard]] bool wants(std::string_view topic)
    {
        return (every_ || matches(wanted_.get(), topic)) && allows(topic);
    }

private:
    [[nodiscard]] bool matches(topic_patterns::set* set, std::string_view topic)
    {
        found_.clear();
        if (set != nullptr) {
            set->match(topic, found_);
        }
        return !found_.empty();
    }

    topic_selection const& allowed_;
    bool every_;
    std::unique_ptr<topic_patterns::set> allowed_patterns_;
    std::unique_ptr<topic_patterns::set> wanted_;
    std::vector<std::size_t> found_;
};

/// Texts in order. Behind the last one there may be more, unless they are complete.
struct some_topics {
    std::vector<std::string> names{};
    bool is_complete = true;
};

/// At most `limit` topics of the shard after the text that the filter wants.
[[nodiscard]] asio::awaitable<some_topics> topics_on(std::shared_ptr<shard> const& s, topic_filter& filter,
                                                     std::string after, std::size_t limit)
{
    some_topics found;
    for (bool at_end = false; !at_end;) {
        auto const look = [&](shard& there) {
            return there.attendance().for_each_topic_after(after, topics_per_slice, [&](std::string_view topic) {
                if (filter.wants(topic)) {
                    found.names.emplace_back(topic);
                }
                after = topic;
                return found.names.size() <= limit;
            });
        };
        at_end = (co_await async_call(s, look, asio::deferred)).get();
        if (found.names.size() > limit) {
            found.names.pop_back();
            found.is_complete = false;
            break;
        }
    }
    co_return found;
}

/// The first topics after the text that the filter wants, of all shards together.
[[nodiscard]] asio::awaitable<some_topics> topics_on_all(shard_list const& all, topic_filter& filter,
                                                         std::string const& after, std::size_t limit)
{
    some_topics merged;
    for (auto const& s : all) {
        auto some = co_await topics_on(s, filter, after, limit);
        std::ranges::move(some.names, std::back_inserter(merged.names));
        merged.is_complete = merged.is_complete && some.is_complete;
    }
    std::ranges::sort(merged.names);
    auto const same = std::ranges::unique(merged.names);
    merged.names.erase(same.begin(), same.end());
    if (merged.names.size() > limit) {
        // What one shard may have left out is behind so many of its own.
        merged.names.resize(limit);
        merged.is_complete = false;
    }
    co_return merged;
}

/// How much of a page is taken up.
struct page_room {
    std::size_t subjects;
    std::size_t bytes;

    [[nodiscard]] bool is_used_up() const noexcept { return subjects == 0 || bytes == 0; }
    void take(topic_presence const& t) noexcept
    {
        for (auto const& each : t.subjects) {
            subjects -= std::min<std::size_t>(subjects, 1);
            bytes -= std::min(bytes, each.subject.size() + each.payload.size());
        }
    }
};

/// What one shard knows of the topics, up to the one that takes up the room: the page ends there in any case.
[[nodiscard]] std::vector<topic_presence> read_on(attendance const& there, std::vector<std::string> const& topics,
                                                  presence_query const& wanted, std::string_view after)
{
    std::vector<topic_presence> found;
    page_room room{.subjects = wanted.limit, .bytes = wanted.max_bytes};
    for (auto const& topic : topics) {
        found.push_back(there.read(topic, after, wanted.limit, wanted.max_bytes));
        room.take(found.back());
        if (room.is_used_up()) {
            break;
        }
    }
    return found;
}

/// Adds what another shard knows of the topic: of a subject that is on both, the streams.
void merge_into(topic_presence& to, topic_presence from)
{
    to.streams += from.streams;
    std::vector<present_subject> both;
    both.reserve(to.subjects.size() + from.subjects.size());
    std::ranges::merge(std::make_move_iterator(to.subjects.begin()), std::make_move_iterator(to.subjects.end()),
                       std::make_move_iterator(from.subjects.begin()), std::make_move_iterator(from.subjects.end()),
                       std::back_inserter(both), {}, &present_subject::subject, &present_subject::subject);
    to.subjects.clear();
    for (auto& each : both) {
        if (to.subjects.empty() || to.subjects.back().subject != each.subject) {
            to.subjects.push_back(std::move(each));
        } else {
            auto& same = to.subjects.back();
            same.streams += each.streams;
            if (same.payload.empty()) {
                same.payload = std::move(each.payload);
            }
        }
    }
    // Behind its last one a shard may have more, of which nothing is known.
    if (!from.next.empty() && (to.next.empty() || from.next < to.next)) {
        to.next = std::move(from.next);
    }
}

/// Cuts the topic to what all shards know of it and what a page may have.
void cut_to_page(topic_presence& t, presence_query const& wanted)
{
    std::size_t bytes = 0;
    std::size_t kept = 0;
    for (; kept != t.subjects.size() && kept != wanted.limit && bytes < wanted.max_bytes; ++kept) {
        auto const& each = t.subjects[kept];
        if (!t.next.empty() && each.subject > t.next) {
            break;
        }
        bytes += each.subject.size() + each.payload.size();
    }
    if (kept != t.subjects.size()) {
        t.subjects.resize(kept);
        t.next = t.subjects.back().subject;
    }
}

/// Who has the topics open, up to the one that takes up the room of a page.
[[nodiscard]] asio::awaitable<std::vector<topic_presence>> read_all(shard_list const& all,
                                                                    std::vector<std::string> const& topics,
                                                                    presence_query const& wanted,
                                                                    std::string_view after)
{
    std::optional<std::vector<topic_presence>> merged;
    for (auto const& s : all) {
        auto const read = [&](shard& there) { return read_on(there.attendance(), topics, wanted, after); };
        auto found = (co_await async_call(s, read, asio::deferred)).get();
        if (!merged) {
            merged = std::move(found);
            continue;
        }
        merged->resize(std::min(merged->size(), found.size()));
        for (std::size_t i = 0; i != merged->size(); ++i) {
            merge_into((*merged)[i], std::move(found[i]));
        }
    }
    page_room room{.subjects = wanted.limit, .bytes = wanted.max_bytes};
    std::size_t kept = 0;
    for (; kept != merged->size() && !room.is_used_up(); ++kept) {
        cut_to_page((*merged)[kept], wanted);
        room.take((*merged)[kept]);
    }
    merged->resize(kept);
    co_return std::move(*merged);
}

} // namespace

asio::awaitable<presence_page> read_presence(shard_list all, presence_query wanted, topic_patterns const* patterns)
{
    wanted.limit = std::max<std::size_t>(wanted.limit, 1);
    wanted.max_bytes = std::max<std::size_t>(wanted.max_bytes, 1);
    topic_filter filter{wanted, patterns};
    presence_page page;
    if (!wanted.topic.empty()) {
        if (filter.allows(wanted.topic)) {
            std::vector<std::string> const one{wanted.topic};
            page.topics = co_await read_all(all, one, wanted, wanted.after);
        }
        co_return page;
    }
    auto const topics = co_await topics_on_all(all, filter, wanted.after, wanted.limit);
    std::string_view const from_the_first;
    page.topics = co_await read_all(all, topics.names, wanted, from_the_first);
    auto const read = page.topics.size();
    if (read != topics.names.size() || !topics.is_complete) {
        page.next = page.topics.empty() ? std::string{} : page.topics.back().topic;
    }
    // Who left meanwhile.
    std::erase_if(page.topics, [](topic_presence const& t) { return t.streams == 0; });
    co_return page;
}

} // namespace sluice
