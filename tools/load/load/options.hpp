#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include <sys/types.h>

namespace sluice::load {

enum class profile { prompt, flat, batch, idle };

struct options {
    profile what = profile::prompt;
    std::string url;
    std::string path = "/events";
    std::string publish_path = "/broadcast";
    std::string ready_event = "connected";
    std::size_t streams = 1000;
    std::size_t payload_bytes = 128;
    double rate = 100;             ///< events per second
    std::size_t outstanding = 64;  ///< requests that wait for their answer at the most, flat out
    std::size_t batch_lines = 100; ///< events in a request of a batch
    std::size_t max_behind = 2048; ///< flat out, nothing is published while the streams are further behind on average
    double warm_up_s = 1;          ///< of publishing that is checked but not measured
    double duration_s = 5;         ///< that is measured
    double settle_s = 3;           ///< between the last stream's opening and the first look at an idle server
    double timeout_s = 30;         ///< for opening all streams, and for the last events to arrive
    std::optional<pid_t> pid;
    std::string json_file;
};

inline std::chrono::nanoseconds to_duration(double seconds)
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

/// Reads the command line. Nothing to run: the status to exit with is in `status` (0 after --help, 2 for a
/// bad option).
std::optional<options> parse_options(int argc, char** argv, int& status);

} // namespace sluice::load
