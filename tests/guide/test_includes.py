"""What the public headers bring with them: Beast where `handler` takes its requests, OpenSSL nowhere."""

from __future__ import annotations

import os
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(os.environ["SLUICE_SOURCE"])
INCLUDES = [f"-I{directory}" for directory in os.environ["SLUICE_INCLUDES"].split(":") if directory]

WHERE_BEAST_MUST_BE = {
    "sluice/connection/handler.hpp": {"http/fields.hpp", "http/message.hpp"},
    "sluice/connection/subscribe.hpp": {"http/fields.hpp", "http/message.hpp"},
    # The lowest layer of Beast's streams, and of Asio's.
    "sluice/connection/served_stream.hpp": {"core/stream_traits.hpp"},
    "sluice/connection/stream_closer.hpp": {"core/stream_traits.hpp"},
}


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


if __name__ == "__main__":
    unittest.main()
