#pragma once

#include <utility>

namespace sluice {

/// @cond internal
/// Calls a function at the end of its scope unless `keep` was called: what is half done when something throws is taken
/// back. The function does not throw.
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

    /// What was done stays.
    void keep() noexcept { armed_ = false; }

private:
    F f_;
    bool armed_ = true;
};
/// @endcond

} // namespace sluice
