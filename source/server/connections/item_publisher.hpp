#pragma once

#include <sluice/broker.hpp>
#include <sluice/http/item_reader.hpp>
#include <sluice/http/reply.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

/// Publishes the items of one body while it arrives: what is whole in a part of the body goes to the broker together.
/// Once something is wrong, nothing more is published.
class item_publisher {
public:
    /// Without terms it has given up from the start. The broker outlives the publisher.
    item_publisher(broker& b, expected<item_terms> const& terms);

    /// Publishes the next items of a part of the body, not too many at once, and removes them from its front. When the
    /// last part is used up, so is the body. Returns false if the ring has no room now, or topics are to be closed:
    /// `async_take` does it then.
    [[nodiscard]] bool try_take(std::string_view& part, bool is_last);
    /// The same, but waits for room, without blocking. The part outlives the call.
    [[nodiscard]] boost::asio::awaitable<void> async_take(std::string_view& part, bool is_last);

    /// Whether so much has arrived of one item that processing it would delay other clients.
    [[nodiscard]] bool is_much_work() const noexcept;
    /// How much memory an item takes that is not whole yet.
    [[nodiscard]] std::size_t footprint() const noexcept { return items_.footprint(); }

    /// Says that publishing ends for this reason, unless there is an earlier one.
    void give_up(problem why);
    [[nodiscard]] bool gave_up() const noexcept { return wrong_.has_value(); }

    /// The answer: what was published and, if publishing was given up, why.
    [[nodiscard]] reply answer() const;

private:
    void read(std::string_view& part, bool is_last);
    void note(error_code ec, publish_receipt const& receipt);
    void leave_out_closed();
    void check_right_to_close(item_terms const& terms);
    [[nodiscard]] boost::asio::awaitable<void> close_topics();

    broker& broker_;
    item_reader items_;
    /// Items that were read and are not published yet.
    std::vector<event> pending_;
    /// The topics that are closed when the body has ended in order; empty once they are.
    std::vector<std::string> to_close_;
    /// What is wrong with the item after them.
    std::optional<problem> wrong_item_;
    std::optional<problem> wrong_;
    std::size_t count_ = 0;
    std::string first_;
    std::string last_;
};

} // namespace sluice::server
