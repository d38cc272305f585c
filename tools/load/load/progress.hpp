#pragma once

#include "../common/reactor.hpp"
#include "../common/unique_fd.hpp"
#include "clock.hpp"
#include "tally.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::load {

/// One line on the terminal's standard error, rewritten every second while the loop runs. Nothing when standard error
/// is no terminal.
class progress final : private io_handler {
public:
    progress(reactor& loop, const tally& counts);
    ~progress() override { finish(); }
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;

    /// What is going on from now on.
    void say(std::string_view phase);
    /// Takes the line away, for good.
    void finish();

private:
    void on_ready(std::uint32_t events) override;
    void show();

    const tally& counts_;
    unique_fd timer_; ///< none: nobody looks
    clock::time_point start_;
    std::string phase_;
    std::uint64_t delivered_before_ = 0;
};

/// The line's text. `delivered_before` is what was delivered a second ago.
std::string progress_text(std::string_view phase, double seconds, const tally& counts, std::uint64_t delivered_before);

} // namespace sluice::load
