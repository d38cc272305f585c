#pragma once

#include <sluice/session/session_meta.hpp>

#include <memory>
#include <string_view>

namespace sluice {

/// A `session_meta` in one block of memory, as long as its text: there is one for every session, and it is read when
/// a claim, a report or a person asks.
class packed_meta {
public:
    packed_meta() = default;
    explicit packed_meta(session_meta const& m);

    [[nodiscard]] session_meta unpack() const;
    /// The subject alone, as it stands there: for searches, which look at many.
    [[nodiscard]] std::string_view subject() const noexcept;

private:
    /// Each text behind its length, each list behind its count; null until it is filled.
    std::unique_ptr<char[]> bytes_;
};

} // namespace sluice
