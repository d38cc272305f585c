"""The guide's client as it stands in source/examples, on the guide's servers."""

from __future__ import annotations

import os
import signal
import tempfile
import unittest
from pathlib import Path

from front import make_certificate
from process import Child, until

BINARIES = Path(os.environ["SLUICE_EXAMPLES"])


class FollowTest(unittest.TestCase):
    def setUp(self) -> None:
        self.work = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def serve(self, port: str) -> tuple[Child, str]:
        """The smallest server, whose input is its events, and its address."""
        server = Child(self, [BINARIES / "example_smallest_server", port], self.work / "server.log")
        return server, server.read_line()

    def follow(self, url: str, **environment: str) -> Child:
        return Child(self, [BINARIES / "example_follow", url], self.work / "follow.log", **environment)

    def test_it_prints_each_event_and_comes_back_when_the_server_does(self) -> None:
        first, url = self.serve("0")
        follower = self.follow(f"{url}/")
        until(lambda: follower.complaint() == "follow: connected", "it has a stream")
        first.write_line("one")
        self.assertRegex(follower.read_line(), r"^\d+-1 message: one$")
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        until(lambda: len(follower.complaint().splitlines()) > 1, "it says that the stream has ended")
        second, _ = self.serve(url.rpartition(":")[2])
        until(lambda: follower.complaint().endswith("follow: connected"), "it has a stream again")
        # The last id is another log's: what it may have missed cannot be counted.
        self.assertRegex(follower.read_line(), r'^\d+-0 buffer-overflow: \{"dropped":null,"kept":0\}$')
        second.write_line("two")
        self.assertRegex(follower.read_line(), r"^\d+-1 message: two$")
        self.assertEqual(follower.stop(), 0)

    def test_it_trusts_whom_the_system_trusts_and_ends_when_it_is_refused(self) -> None:
        certificate, key = make_certificate(self.work)
        application = Child(
            self, [BINARIES / "example_beast_application", "0", certificate, key], self.work / "application.log"
        )
        url = application.read_line().replace("localhost", "127.0.0.1") + "/events"
        stranger = self.follow(url)
        self.assertEqual(stranger.wait(), 0)
        self.assertIn("certificate verify failed", stranger.complaint())
        # Who is not logged in has no stream, and does not ask again.
        known = self.follow(url, SSL_CERT_FILE=str(certificate))
        self.assertEqual(known.wait(), 0)
        self.assertIn("the server answered 401 Unauthorized", known.complaint())

    def test_an_address_that_is_none_is_said_to_be(self) -> None:
        follower = self.follow("gopher://127.0.0.1/")
        self.assertEqual(follower.wait(), 1)
        self.assertIn("the URL is not http or https", follower.complaint())


if __name__ == "__main__":
    unittest.main()
