"""The guide's client as it stands in source/examples, on the guide's servers."""

from __future__ import annotations

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from front import make_certificate
from process import DEADLINE, Child, until

BINARIES = Path(os.environ["SLUICE_EXAMPLES"])


class Server:
    """The smallest server, whose standard input is its events."""

    def __init__(self, test: unittest.TestCase, port: str = "0") -> None:
        self._process = test.enterContext(
            subprocess.Popen([BINARIES / "example_smallest_server", port], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True))  # fmt: skip
        test.addCleanup(self._process.kill)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip() + "/"
        self.port = self.url.strip("/").rpartition(":")[2]

    def publish(self, data: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{data}\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(DEADLINE)


class FollowTest(unittest.TestCase):
    def setUp(self) -> None:
        self.work = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def follow(self, url: str, **environment: str) -> Child:
        return Child(self, [BINARIES / "example_follow", url], self.work / "follow.log", **environment)

    def test_it_prints_each_event_and_comes_back_when_the_server_does(self) -> None:
        first = Server(self)
        follower = self.follow(first.url)
        until(lambda: follower.complaint() == "follow: connected", "it has a stream")
        first.publish("one")
        self.assertRegex(follower.read_line(), r"^\d+-1 message: one$")
        first.kill()
        until(lambda: len(follower.complaint().splitlines()) > 1, "it says that the stream has ended")
        second = Server(self, first.port)
        until(lambda: follower.complaint().endswith("follow: connected"), "it has a stream again")
        second.publish("two")
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
