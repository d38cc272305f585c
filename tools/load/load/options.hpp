#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace sluice::load {

enum class profile { prompt, flat, batch, idle, resume, stall, churn };

inline constexpr std::array<std::pair<std::string_view, profile>, 7> profile_names{{
    {"prompt", profile::prompt},
    {"flat", profile::flat},
    {"batch", profile::batch},
    {"idle", profile::idle},
    {"resume", profile::resume},
    {"stall", profile::stall},
    {"churn", profile::churn},
}};

struct options {
    profile what = profile::prompt;
    std::string json_file;

    // The server, and how it is asked.
    std::string url;
    std::string path = "/events";
    std::string ready_event = "connected";
    std::string loss_event = "buffer-overflow";
    std::string publish_url; ///< empty: `url`
    std::string publish_method = "POST";
    std::string publish_path = "/broadcast";
    std::string publish_type; ///< empty: JSON, or NDJSON in batches
    std::string publish_body = R"({"type":"{type}","data":"{data}"})";
    std::string event_type = "load";
    std::string event_data = "{data}";
    std::vector<std::string> headers; ///< as `Name: value`
    std::vector<std::string> stream_headers;
    std::vector<std::string> publish_headers;
    std::string stream_tokens; ///< the name of a file; empty: none
    std::optional<pid_t> pid;

    // How much.
    std::size_t streams = 1000;
    std::size_t groups = 1;
    std::size_t connecting = 500;
    std::size_t payload_bytes = 128;
    double rate = 100;             ///< events per second
    std::size_t outstanding = 64;  ///< requests that wait for their answer at the most, flat out
    std::size_t batch_lines = 100; ///< events in a request of a batch
    std::size_t max_behind = 2048; ///< flat out, nothing is published while the streams are further behind on average
    std::size_t missed = 200;      ///< events that pass while all streams are away
    double stall_share = 0.1;      ///< of the streams
    double churn_rate = 100;       ///< streams per second
    bool is_churn_fresh = false;   ///< those that come back are new clients

    // How long, in seconds.
    double warm_up_s = 1;  ///< of publishing that is checked but not measured
    double duration_s = 5; ///< that is measured
    double settle_s = 3;   ///< between the last stream's opening and the first look at an idle server
    double timeout_s = 30; ///< for opening all streams, and for the last events to arrive
};

inline std::chrono::nanoseconds to_duration(double seconds)
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

/// Reads the command line. Nothing to run: the status to exit with is in `status` (0 after --help, 2 for a
/// bad option).
std::optional<options> parse_options(int argc, char** argv, int& status);

} // namespace sluice::load
