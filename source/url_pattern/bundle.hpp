#pragma once

#include <url_pattern/pattern.hpp>

#include <re2/set.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::url_pattern {

/// Patterns that are matched as one automaton. It does not change, except that patterns are removed from it.
class bundle {
public:
    struct member {
        std::size_t index;
        pattern matcher;
    };

    explicit bundle(std::vector<member> members);

    /// Those that are there yet.
    [[nodiscard]] std::size_t size() const noexcept { return live_; }
    /// Those that were there at the beginning.
    [[nodiscard]] std::size_t room() const noexcept { return members_.size(); }

    /// Removes the member with this index; false if there is none.
    bool remove(std::size_t index);

    /// The members that are there yet, out of the bundle.
    [[nodiscard]] std::vector<member> release();

    /// Appends the indices of the members that match the subject.
    void match(topic const& t, std::string_view subject, std::vector<std::size_t>& found);

private:
    static constexpr auto removed = static_cast<std::size_t>(-1);

    std::vector<member> members_;
    std::size_t live_;
    re2::RE2::Set automaton_;
    /// False if it, or a state of it, needs more memory than the members get: then they are matched one by one.
    bool works_ = true;
    std::vector<int> hits_;
};

} // namespace sluice::url_pattern
