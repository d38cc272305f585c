#include "fire_client.hpp"

#include "publisher.hpp"
#include <support/event_stream.hpp>
#include <support/failure.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <random>
#include <utility>

namespace sluice::test {
namespace {

using clock = std::chrono::steady_clock;

/// The server refuses above 100 reconnections in two seconds; the client stays a little below that.
class pace {
public:
    [[nodiscard]] bool may_leave() const
    {
        return recent_.size() < 80 || recent_.front() + std::chrono::milliseconds(2200) < clock::now();
    }
    void came()
    {
        recent_.push_back(clock::now());
        if (recent_.size() > 80) {
            recent_.pop_front();
        }
    }

private:
    std::deque<clock::time_point> recent_;
};

class client {
public:
    client(const fire_client_options& options, const std::atomic<bool>& calm)
        : options_(options), calm_(calm), random_(options.seed)
    {
    }

    client_record run(const std::function<void(const std::string&)>& ready)
    {
        record_.types = options_.types;
        come(stream_options{.types = options_.types});
        record_.session = stream_->session_id();
        // Without any id it would have nothing to come back with but the server's own place.
        for (const deadline until; last_event_id_.empty();) {
            if (!read_once(until, piece()) && (stream_->end() || until.passed())) {
                fail("the first block of a stream", "nothing");
            }
        }
        ready(record_.session);
        while (!calm_) {
            read_for_a_while();
            if (!calm_ && pace_.may_leave()) {
                leave_and_come_back();
            }
        }
        while (!seen_last_) {
            if (!read_once(deadline(), 65536) && !stream_->end()) {
                fail("the last event", fmt::format("nothing more for session {}", record_.session));
            }
            if (stream_->end() && !seen_last_) {
                come_back(true); // the server found it too slow
            }
        }
        return std::move(record_);
    }

private:
    void come(const stream_options& as)
    {
        stream_ = std::make_unique<event_stream>(options_.to, as);
        record_.connections.push_back({.last_event_id = as.last_event_id, .blocks = {}});
        pace_.came();
    }

    void come_back(bool with_last_id)
    {
        stream_options claim;
        auto& named = below(2) == 0 ? claim.session : claim.session_header;
        named = record_.session;
        if (with_last_id) {
            claim.last_event_id = last_event_id_;
        }
        // The old stream stands until the new one does, and may still bring something; but it is not read
        // again.
        come(claim);
    }

    void leave_and_come_back()
    {
        switch (below(6)) {
        case 0:
            come_back(true); // takes over
            break;
        case 1: { // says that it goes and reads what was written for it: the server's own place is the
                  // client's
            stream_->connection().shutdown_write();
            for (const deadline until; !stream_->end();) {
                if (!read_once(until, piece()) && until.passed()) {
                    fail("the server to end a stream whose client has closed its side", "it goes on");
                }
            }
            // What a reset threw away the server counts as written; and what a connection was only told of,
            // and did not yet get, may be told once or twice: then, too, the client says where it is.
            come_back(stream_->end() == stream_end::reset || !has_event() || below(2) == 0);
            break;
        }
        default:
            stream_->reset();
            come_back(true);
        }
    }

    /// A random number of bytes, in pieces of random sizes, within a random time.
    void read_for_a_while()
    {
        const auto until = clock::now() + std::chrono::milliseconds(below(60));
        auto bytes_left = static_cast<std::int64_t>(std::size_t{1} << below(17));
        while (bytes_left > 0 && clock::now() < until && !calm_) {
            const auto limit = std::min<std::size_t>(piece(), static_cast<std::size_t>(bytes_left));
            if (!read_once(deadline::unscaled(std::chrono::milliseconds(5)), limit)) {
                if (stream_->end()) {
                    come_back(true);
                    return;
                }
                continue;
            }
            bytes_left -= static_cast<std::int64_t>(limit);
        }
    }

    bool read_once(deadline until, std::size_t limit)
    {
        const bool more = stream_->read_some(until, limit);
        // A stream that was cut before its first block takes nothing away from what the client has.
        if (!stream_->last_event_id().empty()) {
            last_event_id_ = stream_->last_event_id();
        }
        while (auto block = stream_->try_next()) {
            block->raw.clear();
            seen_last_ = seen_last_ || (block->data == last_data && block->type == last_type());
            record_.connections.back().blocks.push_back(std::move(*block));
        }
        return more;
    }

    /// Whether the connection has brought a published event.
    [[nodiscard]] bool has_event() const
    {
        const auto& blocks = record_.connections.back().blocks;
        return std::any_of(blocks.begin(), blocks.end(),
                           [](const auto& block) { return block.has_id && block.type != "connected"; });
    }

    /// Of the types that it asks for the one that is published last.
    [[nodiscard]] const std::string& last_type() const
    {
        const auto wanted = std::find_if(fire_types.rbegin(), fire_types.rend(), [&](const auto& type) {
            return options_.types.empty() ||
                   std::find(options_.types.begin(), options_.types.end(), type) != options_.types.end();
        });
        return *wanted;
    }

    std::size_t piece() { return 1 + below(std::size_t{1} << below(14)); }
    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }

    const fire_client_options& options_;
    const std::atomic<bool>& calm_;
    std::mt19937_64 random_;
    pace pace_;
    client_record record_;
    std::string last_event_id_;
    std::unique_ptr<event_stream> stream_;
    bool seen_last_ = false;
};

} // namespace

client_record run_fire_client(const fire_client_options& options, const std::atomic<bool>& calm,
                              const std::function<void(const std::string&)>& ready)
{
    return client(options, calm).run(ready);
}

} // namespace sluice::test
