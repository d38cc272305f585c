#pragma once

#include <sluice/session/revocation.hpp>
#include <sluice/session/session_meta.hpp>

#include <memory>

namespace sluice {

/// A `session_meta` in one block of memory, little longer than its texts. Every session has one, and it is read only
/// for claims, reports and lists.
class packed_meta {
public:
    packed_meta() = default;
    explicit packed_meta(session_meta const& m);

    [[nodiscard]] session_meta unpack() const;
    /// What is known of the token, as views into the block: for searches, which examine many sessions.
    [[nodiscard]] grant_terms terms() const noexcept;

private:
    /// Each text follows its length, each list its count; null until it is filled.
    std::unique_ptr<char[]> bytes_;
};

} // namespace sluice
