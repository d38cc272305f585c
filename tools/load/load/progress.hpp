#pragma once

#include "../common/reactor.hpp"
#include "../common/unique_fd.hpp"
#include "clock.hpp"
#include "tally.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::load {

/// How far it is, on standard error while the loop runs: on a terminal one line, rewritten every second; else, as in a
/// log, a line every ten seconds.
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
    bool is_terminal_;
    unique_fd timer_; ///< none: it is over
    std::uint64_t ticks_ = 0;
    clock::time_point start_;
    std::string phase_;
    std::uint64_t delivered_before_ = 0;
};

/// The line's text. `delivered_before` is what was delivered a second ago.
std::string progress_text(std::string_view phase, double seconds, const tally& counts, std::uint64_t delivered_before);

} // namespace sluice::load
