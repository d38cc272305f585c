#pragma once

#include "requests/stream_route.hpp"
#include "subscriber.hpp"
#include <sluice/broker.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server::mercure {

/// The subscriptions of the streams that are open. Their beginning and end are published, each as a private event on
/// the subscription's own topic. Safe from any thread.
class active_subscriptions : public std::enable_shared_from_this<active_subscriptions> {
public:
    explicit active_subscriptions(broker& b) : broker_{&b} {}
    active_subscriptions(active_subscriptions const&) = delete;
    active_subscriptions& operator=(active_subscriptions const&) = delete;
    ~active_subscriptions() = default;
    /// Nothing is published any more, and the broker not used. Called while no stream begins or ends.
    void stop() noexcept { broker_ = nullptr; }

    /// A stream has begun; it has ended when the result is destroyed. The documents are of the dialect of its
    /// selectors.
    [[nodiscard]] std::unique_ptr<stream_attendance> begin(std::vector<subscription> what);

    /// Which subscriptions are wanted.
    struct query {
        /// Only those with this selector; null: all.
        subscription const* like = nullptr;
        /// Only those of this subscriber; empty: of all.
        std::string_view subscriber_id{};
        /// Only those of subscribers that come after this one in the order of their ids; empty: from the first on.
        std::string_view after{};
    };
    /// A part of the answer.
    struct page {
        std::vector<std::string> documents;
        /// For `query::after`: there are more; empty: there are not.
        std::string next;
    };
    /// At most so many subscriptions are listed at once, and those of one subscriber more.
    static constexpr std::size_t most_listed = 10'000;
    /// The documents of those that match, in the order of their subscribers' ids. `last_event_id` is for `describe`.
    [[nodiscard]] page list(query const& wanted, document_form form, std::string_view last_event_id = {}) const;

private:
    class open_stream;
    using stream_list = std::map<std::string, std::vector<subscription>, std::less<>>;

    void publish(stream_list::value_type const& of, bool active) noexcept;

    broker* broker_;
    mutable std::mutex mutex_;
    stream_list streams_;
};

} // namespace sluice::server::mercure
