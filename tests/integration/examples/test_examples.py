"""The guide's programs as they stand in source/examples, with curl and npm's `eventsource` on them."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from front import make_certificate
from process import DEADLINE, Child
from stream import Follower, Stream, request

BINARIES = Path(os.environ["SLUICE_EXAMPLES"])


class ExamplesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.work = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.certificate, self.key = make_certificate(self.work)

    def start(self, name: str, *arguments: str | Path) -> tuple[Child, str]:
        """The program, on a port that it takes itself, and its address."""
        program = Child(self, [BINARIES / f"example_{name}", "0", *arguments], self.work / f"{name}.log")
        return program, program.read_line()

    def start_smallest(self) -> tuple[subprocess.Popen[str], str]:
        """The smallest server, which has a standard input."""
        with (self.work / "smallest.log").open("wb") as errors:
            program = self.enterContext(
                subprocess.Popen([BINARIES / "example_smallest_server", "0"], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=errors, text=True))  # fmt: skip
        self.addCleanup(program.kill)
        assert program.stdout is not None
        return program, program.stdout.readline().strip() + "/"

    def open(self, url: str, *headers: str) -> Stream:
        stream = Stream(self, url, self.certificate, self.work, *headers, version="--http1.1")
        self.assertEqual(stream.status, "HTTP/1.1 200 OK")
        stream.until_type("connected")
        return stream

    def test_the_smallest_server_tells_everybody_each_line(self) -> None:
        program, url = self.start_smallest()
        assert program.stdin is not None
        stream = self.open(url)
        follower = Follower(self, url, self.certificate, self.work)
        follower.next("connected")
        program.stdin.write("one\n")
        program.stdin.flush()
        first = stream.until_data("one")
        self.assertEqual(follower.next("message")["data"], "one")
        stream.drop()
        program.stdin.write("two\n")
        program.stdin.flush()
        self.assertEqual(follower.next("message")["data"], "two")
        again = self.open(url, f"X-SSE-Session-ID: {stream.headers['x-sse-session-id']}",
                          f"Last-Event-ID: {first.id}")  # fmt: skip
        again.until_data("two")
        self.assertEqual(again.published(), ["two"])
        # Its input ends, and so does it, in good order.
        program.stdin.close()
        self.assertEqual(again.wait_end(), 0)
        self.assertEqual(again.events[-1].type, "shutdown")
        self.assertEqual(program.wait(DEADLINE), 0)

    def test_what_the_smallest_server_refuses_it_answers(self) -> None:
        _, url = self.start_smallest()
        status, body = request(url, self.certificate, "--http1.1", "--header", "Accept: text/html")
        self.assertEqual(status, 406)
        self.assertIn("text/event-stream", body)

    def test_the_beast_application_has_its_routes_its_tls_and_its_users(self) -> None:
        program, url = self.start("beast_application", self.certificate, self.key)
        url = url.replace("localhost", "127.0.0.1")
        self.assertEqual(request(f"{url}/events", self.certificate, "--http1.1")[0], 401)
        stream = self.open(f"{url}/events", "Cookie: user=ann")
        status, page = request(f"{url}/", self.certificate, "--http1.1")
        self.assertEqual(status, 200)
        self.assertIn("new EventSource('/events')", page)
        status, said_id = request(f"{url}/say", self.certificate, "--http1.1", "--data", "hello")
        self.assertEqual(status, 200)
        said = stream.until_type("said")
        self.assertEqual((said.data, said.id), ("hello", said_id.strip()))
        self.assertEqual(request(f"{url}/nothing", self.certificate, "--http1.1")[0], 404)
        # A session is its user's.
        claim = f"{url}/events?session={stream.headers['x-sse-session-id']}"
        self.assertEqual(request(claim, self.certificate, "--http1.1", "--cookie", "user=bob")[0], 403)
        program_ended = program.stop()
        self.assertEqual(stream.wait_end(), 0)
        self.assertEqual(stream.events[-1].type, "shutdown")
        self.assertEqual(program_ended, 0)

    def test_worker_threads_publish_and_the_shutdown_loses_nothing(self) -> None:
        program, url = self.start("worker_threads")
        streams = [self.open(f"{url}/") for _ in range(4)]
        followers = [Follower(self, f"{url}/?types=none", self.certificate, self.work) for _ in range(2)]
        for follower in followers:
            follower.next("connected")
        for stream in streams:
            # Wherever the workers were when it came, ten steps further each.
            first = int(stream.until_type("progress").data.rpartition(" ")[2])
            for worker in (1, 2, 3):
                wanted = f"worker {worker} step {first + 10}"
                stream.until(lambda event, wanted=wanted: event.data == wanted, wanted)
        self.assertEqual(program.stop(), 0)
        published = re.fullmatch(r"published (\d+) events", program.read_line())
        self.assertIsNotNone(published)
        for stream in streams:
            self.assertEqual(stream.wait_end(), 0)
            self.assertEqual(stream.events[-1].type, "shutdown")
            # From its first event on it has every step of each worker, in order.
            for worker in (1, 2, 3):
                steps = [int(event.data.rpartition(" ")[2]) for event in stream.events
                         if event.data.startswith(f"worker {worker} ")]  # fmt: skip
                self.assertEqual(steps, list(range(steps[0], steps[0] + len(steps))))
        for follower in followers:
            follower.next("shutdown")


if __name__ == "__main__":
    unittest.main()
