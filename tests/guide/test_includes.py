"""What the public headers bring with them: Beast where `handler` takes its requests, OpenSSL and warnings nowhere."""

from __future__ import annotations

import os
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(os.environ["SLUICE_SOURCE"])
INCLUDES = [f"-I{directory}" for directory in os.environ["SLUICE_INCLUDES"].split(":") if directory]

WHERE_BEAST_MUST_BE = {
    "sluice/handler.hpp": {"http/fields.hpp", "http/message.hpp"},
    "sluice/http/authorize.hpp": {"http/message.hpp"},
    "sluice/http/subscribe.hpp": {"http/fields.hpp", "http/message.hpp"},
    # The lowest layer of Beast's streams, and of Asio's.
    "sluice/http/served_stream.hpp": {"core/stream_traits.hpp"},
    "sluice/http/stream_closer.hpp": {"core/stream_traits.hpp"},
}

# All that is a template of the library's own and takes a connection.
EMBEDS = """
#include <boost/asio/ip/tcp.hpp>
#include <sluice/sluice.hpp>
namespace asio = boost::asio;
using request = boost::beast::http::request_header<>;
asio::awaitable<void> one(sluice::handler const& streams, asio::ip::tcp::socket& socket, request const& head)
{
    if (auto const refused = co_await streams.serve(socket, head, "192.0.2.1")) {
        co_await streams.serve_or_refuse(socket, head, "192.0.2.1");
    }
}
"""


def included_by(*headers: str) -> list[str]:
    """All files that come with the headers."""
    source = "".join(f"#include <{header}>\n" for header in headers)
    rule = subprocess.run([os.environ["SLUICE_CXX"], "-std=c++20", *INCLUDES, "-M", "-x", "c++", "-"], input=source,
                          capture_output=True, text=True, check=True, timeout=60)  # fmt: skip
    return rule.stdout.replace("\\\n", " ").split()[1:]


class IncludesTest(unittest.TestCase):
    def test_sluice_hpp_includes_beast_only_where_it_must(self) -> None:
        files = included_by("sluice/sluice.hpp")
        self.assertTrue(any("boost/beast/" in file for file in files))
        beast = {}
        for file in files:
            if "/source/sluice/" in os.path.normpath(file):
                found = set(re.findall(r"#include <boost/beast/(.*)>", Path(file).read_text(encoding="utf-8")))
                if found:
                    beast["sluice/" + os.path.normpath(file).rpartition("/source/sluice/")[2]] = found
        self.assertEqual(beast, WHERE_BEAST_MUST_BE)

    def test_what_takes_no_request_of_beasts_includes_none_of_it(self) -> None:
        parts = ("accept", "form", "problem", "publish_request", "reply")
        files = included_by("sluice/broker.hpp", "sluice/event_source.hpp", "sluice/test_endpoints.hpp",
                            *(f"sluice/http/{part}.hpp" for part in parts))  # fmt: skip
        self.assertTrue(any("boost/asio/" in file for file in files))
        self.assertEqual([file for file in files if "boost/beast" in file], [])

    def test_openssl_comes_with_the_header_for_tls_alone(self) -> None:
        files = included_by("sluice/sluice.hpp", "sluice/event_source.hpp")
        self.assertEqual([file for file in files if "openssl/" in file or "boost/asio/ssl" in file], [])

    def test_a_program_that_includes_them_compiles_without_a_warning(self) -> None:
        # The sanitizer makes g++ 12 see more of what may be uninitialized.
        flags = ["-std=c++20", "-O2", "-fsanitize=address", "-Wall", "-Wextra", "-Werror", *INCLUDES]
        done = subprocess.run([os.environ["SLUICE_CXX"], *flags, "-x", "c++", "-c", "-o", os.devnull, "-"], input=EMBEDS,
                              capture_output=True, text=True, check=False, timeout=240)  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
