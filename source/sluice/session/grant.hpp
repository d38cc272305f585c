#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// Which events: every one, or those that one of its selectors names, or none. Today there are selectors of types.
class selection {
public:
    /// No event, whatever its type.
    selection() = default;

    /// Every event.
    [[nodiscard]] static selection everything()
    {
        selection all;
        all.everything_ = true;
        return all;
    }
    /// The events of these types; no event if the list is empty. (An event without a type has the type `message`.)
    [[nodiscard]] static selection of_types(std::vector<std::string> types)
    {
        selection some;
        some.types_ = std::move(types);
        return some;
    }

    /// Whether it is `everything`.
    [[nodiscard]] bool is_everything() const noexcept { return everything_; }
    /// The types that it names; empty if it is every event or no event.
    [[nodiscard]] std::vector<std::string> const& types() const noexcept { return types_; }

    /// Whether both name the same types in the same order.
    friend bool operator==(selection const&, selection const&) = default;

private:
    bool everything_ = false;
    std::vector<std::string> types_;
};

/// Who a client is and what it may have, as the application decides. Each claim to a session brings a grant, which
/// replaces the session's earlier one, also for what is replayed. Nothing is merged: what the grant does not give, the
/// client does not have.
/// @code
/// sluice::grant{.subject = "ann", .may_subscribe = sluice::selection::of_types({"news", "weather"})}
/// @endcode
struct grant {
    /// The authenticated user, which the ownership rule `token` compares; empty if there is none.
    std::string subject{};
    /// The events that the client may have. It gets those of them that it asks for, or all of them if it asks for none.
    /// Unless this is set, it gets no event.
    selection may_subscribe{};

    /// A grant of every event, as without `handler_options::authorize`.
    [[nodiscard]] static grant of_everything(std::string subject = {})
    {
        return {.subject = std::move(subject), .may_subscribe = selection::everything()};
    }

    /// Whether subject and selection are equal.
    friend bool operator==(grant const&, grant const&) = default;
};

} // namespace sluice
