#pragma once

#include <url_pattern/bundle.hpp>
#include <url_pattern/topic.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace sluice::url_pattern {

/// The patterns whose subjects begin alike. A few are matched one by one, many in bundles, of which there are few:
/// a new one takes in those that are no larger, as long as it stays small enough to be made in a moment.
class bucket {
public:
    void add(bundle::member one);

    /// Removes the pattern with this index, which is there.
    void remove(std::size_t index);

    [[nodiscard]] bool empty() const noexcept { return single_.empty() && bundles_.empty(); }

    /// Appends the indices of those that match the topic; `subject` is what of it they are matched with.
    void match(topic const& t, std::string_view subject, std::vector<std::size_t>& found);

private:
    void put_together();

    std::vector<bundle::member> single_;
    std::vector<std::unique_ptr<bundle>> bundles_;
};

} // namespace sluice::url_pattern
