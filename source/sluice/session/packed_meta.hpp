#pragma once

#include <sluice/session/session_meta.hpp>

#include <memory>
#include <string_view>

namespace sluice {

/// A `session_meta` in one block of memory, little longer than its texts. Every session has one, and it is read only
/// for claims, reports and lists.
class packed_meta {
public:
    packed_meta() = default;
    explicit packed_meta(session_meta const& m);

    [[nodiscard]] session_meta unpack() const;
    /// The subject only, as a view into the block: for searches, which examine many sessions.
    [[nodiscard]] std::string_view subject() const noexcept;

private:
    /// Each text follows its length, each list its count; null until it is filled.
    std::unique_ptr<char[]> bytes_;
};

} // namespace sluice
