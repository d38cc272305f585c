#pragma once

#include <utility>

namespace sluice {

/// @cond internal
/// Calls a function at the end of its scope unless `keep` was called, so that half-done work is undone when something
/// throws. The function does not throw.
template <class F>
class undo {
public:
    explicit undo(F f) : f_{std::move(f)} {}
    ~undo()
    {
        if (armed_) {
            f_();
        }
    }
    undo(undo const&) = delete;
    undo& operator=(undo const&) = delete;

    /// Keeps what was done.
    void keep() noexcept { armed_ = false; }

private:
    F f_;
    bool armed_ = true;
};
/// @endcond

} // namespace sluice
