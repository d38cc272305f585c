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
    /// The events of these types; none, when no type is named. (An event without a type has the type `message`.)
    [[nodiscard]] static selection of_types(std::vector<std::string> types)
    {
        selection some;
        some.types_ = std::move(types);
        return some;
    }

    /// Whether it is `everything`.
    [[nodiscard]] bool is_everything() const noexcept { return everything_; }
    /// The types that it names; none where it is every event or no event.
    [[nodiscard]] std::vector<std::string> const& types() const noexcept { return types_; }

    /// Whether both name the same, in the same order.
    friend bool operator==(selection const&, selection const&) = default;

private:
    bool everything_ = false;
    std::vector<std::string> types_;
};

/// What the application says of a client: who it is, and what it may have. Each claim to a session brings a grant,
/// which replaces the session's older one, for what is replayed too. Nothing is merged, and what a grant does not give
/// the client does not have.
/// @code
/// sluice::grant{.subject = "ann", .may_subscribe = sluice::selection::of_types({"news", "weather"})}
/// @endcode
struct grant {
    /// Who the client is, if that was authenticated: the ownership rule `token` compares it. Empty: nobody in
    /// particular.
    std::string subject{};
    /// What the client may have of the events. It gets those of them that it asks for, or all of them when it asks for
    /// none. No event unless it is set.
    selection may_subscribe{};

    /// A grant of every event, as where nobody is asked.
    [[nodiscard]] static grant of_everything(std::string subject = {})
    {
        return {.subject = std::move(subject), .may_subscribe = selection::everything()};
    }

    /// Whether both give the same to the same.
    friend bool operator==(grant const&, grant const&) = default;
};

} // namespace sluice
