"""A stream that cannot be served is told so in one line of the compiler's, which says what it lacks."""

from __future__ import annotations

import os
import re
import subprocess
import unittest

PROGRAM = """
#include <sluice/handler.hpp>
namespace asio = boost::asio;
using request = boost::beast::http::request_header<>;

struct with_executor {
    using executor_type = asio::any_io_executor;
    executor_type get_executor();
};
struct with_reads : with_executor {
    template <class Buffers, class Token>
    void async_read_some(Buffers const&, Token&&);
};
struct with_writes : with_reads {
    template <class Buffers, class Token>
    void async_write_some(Buffers const&, Token&&);
};
struct no_stream {};

template <class Stream>
asio::awaitable<void> serve(sluice::handler const& streams, Stream& stream, request const& r)
{
    auto const refused = co_await streams.serve(stream, r, "192.0.2.1");
    (void)refused;
}
template asio::awaitable<void> serve(sluice::handler const&, no_stream&, request const&);
template asio::awaitable<void> serve(sluice::handler const&, with_writes&, request const&);

asio::awaitable<void> unread(sluice::handler const& streams, with_executor& stream, request const& r)
{
    co_await streams.serve_or_refuse(stream, r, "192.0.2.1");
}
"""


class MessagesTest(unittest.TestCase):
    def test_each_stream_that_cannot_be_served_is_told_each_thing_that_it_lacks_and_nothing_else(self) -> None:
        includes = [f"-I{path}" for path in os.environ["SLUICE_INCLUDES"].split(":") if path]
        command = [os.environ["SLUICE_CXX"], "-std=c++20", "-fsyntax-only", *includes, "-x", "c++", "-"]
        made = subprocess.run(command, input=PROGRAM, capture_output=True, text=True, check=False)
        needs = sorted(re.findall(r"error: .*sluice::handler: .*needs (.*)$", made.stderr, re.MULTILINE))
        self.assertEqual(len(re.findall(r"error: ", made.stderr)), len(needs), made.stderr)
        self.assertEqual([re.split(r"[ (]", need)[0] for need in needs],
                         ["a", "async_read_some", "async_write_some", "close", "close"], made.stderr)  # fmt: skip


if __name__ == "__main__":
    unittest.main()
