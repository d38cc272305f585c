#include <sluice/http/accept.hpp>

#include <doctest/doctest.h>

#include <array>

namespace sluice {
namespace {

TEST_SUITE_BEGIN("http/accept");

TEST_CASE("accepts_event_stream · the most specific range decides, and a weight of 0 excludes")
{
    struct row {
        std::string_view accept;
        bool accepted;
    };
    std::array const rows{
        row{"", true},
        row{" \t", true},
        row{"*/*", true},
        row{"text/*", true},
        row{"text/event-stream", true},
        row{"Text/Event-Stream", true},
        row{"text/event-stream;charset=utf-8", true},
        row{"text/html, text/event-stream", true},
        row{"text/html,application/xml;q=0.9,*/*;q=0.8", true},
        row{"text/event-stream;q=0.001", true},
        row{"*/*;q=0, text/event-stream", true},
        row{"text/*;q=0, text/event-stream;q=0.1", true},
        row{"text/html", false},
        row{"application/*", false},
        row{"text/event", false},
        row{"text/event-stream2", false},
        row{"text/event-stream;q=0", false},
        row{"text/event-stream ; Q=0.000", false},
        row{"*/*, text/event-stream;q=0", false},
        row{"*/*, text/*;q=0", false},
        row{"*/*;q=0", false},
    };
    for (auto const& r : rows) {
        CAPTURE(r.accept);
        CHECK(accepts_event_stream(r.accept) == r.accepted);
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
