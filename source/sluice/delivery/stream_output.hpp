#pragma once

#include <sluice/delivery/stream_end.hpp>

namespace sluice {

/// What carries a stream's bytes to its connection, as the end of the stream sees it.
class stream_output {
public:
    stream_output() = default;
    stream_output(stream_output const&) = delete;
    stream_output& operator=(stream_output const&) = delete;

    /// How the stream stands now.
    [[nodiscard]] virtual stream_standing standing() const noexcept = 0;
    /// Carries out its share of an end: `note_written`, `finish_batch`, `say_shutdown`, `end_body`, `fall_silent`,
    /// `close`, `reset`. The connection is closed before it returns. Throws `std::bad_alloc`, but not for the last
    /// three.
    virtual void perform(end_action what) = 0;

protected:
    ~stream_output() = default;
};

} // namespace sluice
