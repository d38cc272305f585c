#include "active_subscriptions.hpp"

#include <boost/asio/detached.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <exception>
#include <utility>

namespace sluice::server::mercure {
namespace {

[[nodiscard]] std::string draw_id()
{
    static thread_local boost::uuids::random_generator draw;
    return "urn:uuid:" + to_string(draw());
}

[[nodiscard]] bool is_like(subscription const& one, subscription const* wanted)
{
    return wanted == nullptr || (one.match_type == wanted->match_type && one.match == wanted->match);
}

} // namespace

/// What a stream holds while it is open.
class active_subscriptions::open_stream final : public stream_attendance {
public:
    open_stream(std::shared_ptr<active_subscriptions> all, stream_list::iterator where)
        : all_{std::move(all)}, where_{where}
    {
    }
    open_stream(open_stream const&) = delete;
    open_stream& operator=(open_stream const&) = delete;
    ~open_stream() override
    {
        stream_list::node_type ended;
        {
            std::lock_guard const lock{all_->mutex_};
            ended = all_->streams_.extract(where_);
        }
        all_->publish({ended.key(), std::move(ended.mapped())}, false);
    }

private:
    std::shared_ptr<active_subscriptions> all_;
    stream_list::iterator where_;
};

std::unique_ptr<stream_attendance> active_subscriptions::begin(std::vector<subscription> what)
{
    stream_list one;
    auto const begun = one.emplace(draw_id(), std::move(what)).first;
    auto where = streams_.end();
    {
        std::lock_guard const lock{mutex_};
        where = streams_.insert(one.extract(begun)).position;
    }
    publish(*where, true);
    return std::make_unique<open_stream>(shared_from_this(), where);
}

/// Where memory is short, or the server ends, nothing is published; nor for a selector that is too long to be in a
/// topic.
void active_subscriptions::publish(stream_list::value_type const& of, bool active) noexcept
{
    if (broker_ == nullptr) {
        return;
    }
    try {
        std::vector<event> events;
        for (auto const& one : of.second) {
            auto topic = path_of(one, of.first);
            if (topic.size() > max_topic_bytes) {
                continue;
            }
            auto const form = one.match_type.empty() ? document_form::v0 : document_form::v1;
            event e{.type = form == document_form::v1 ? "mercure" : "",
                    .data = describe(one, of.first, active, form),
                    .is_private = true};
            e.topics.push_back(std::move(topic));
            events.push_back(std::move(e));
        }
        if (!events.empty()) {
            broker_->async_broadcast(std::move(events), boost::asio::detached);
        }
    } catch (std::exception const&) { // NOLINT(bugprone-empty-catch): see above
    }
}

active_subscriptions::page active_subscriptions::list(query const& wanted, document_form form,
                                                      std::string_view last_event_id) const
{
    page found;
    std::lock_guard const lock{mutex_};
    bool const is_one = !wanted.subscriber_id.empty();
    auto at = is_one                 ? streams_.find(wanted.subscriber_id)
              : wanted.after.empty() ? streams_.begin()
                                     : streams_.upper_bound(wanted.after);
    for (; at != streams_.end(); ++at) {
        if (found.documents.size() >= most_listed) {
            found.next = std::prev(at)->first;
            break;
        }
        for (auto const& one : at->second) {
            if (is_like(one, wanted.like)) {
                found.documents.push_back(describe(one, at->first, true, form, last_event_id));
            }
        }
        if (is_one) {
            break;
        }
    }
    return found;
}

} // namespace sluice::server::mercure
