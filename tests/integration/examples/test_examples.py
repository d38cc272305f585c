"""The guide's programs as they stand in source/examples, with curl, npm's `eventsource` and our own client on them."""

from __future__ import annotations

import os
import re
import tempfile
import unittest
from pathlib import Path

from front import make_certificate
from process import DEADLINE, Child
from stream import EventTeller, Follower, OwnFollower, Stream, request

BINARIES = Path(os.environ["SLUICE_EXAMPLES"])


class ExamplesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.work = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.certificate, self.key = make_certificate(self.work)

    def start(self, name: str, *arguments: str | Path) -> tuple[Child, str]:
        """The program, on a port that it takes itself, and its address."""
        program = Child(self, [BINARIES / f"example_{name}", "0", *arguments], self.work / f"{name}.log")
        self.addCleanup(lambda: self.assertEqual(program.complaint(), "", str(program)))
        return program, program.read_line()

    def assert_ends_well(self, program: Child, status: int) -> None:
        """With 0 and without a complaint, of a sanitizer for one."""
        self.assertEqual((status, program.complaint()), (0, ""), str(program))

    def open(self, url: str, *headers: str) -> Stream:
        stream = Stream(self, url, self.certificate, self.work, *headers, version="--http1.1")
        self.assertEqual(stream.status, "HTTP/1.1 200 OK")
        stream.until_type("connected")
        return stream

    def follow(self, url: str, *fields: str) -> list[EventTeller]:
        """The clients that follow a stream, each with one."""
        clients = [kind(self, url, self.certificate, self.work, *fields) for kind in (Follower, OwnFollower)]
        for client in clients:
            client.next("connected")
        return clients

    def assert_dropped(self, clients: list[EventTeller]) -> None:
        """They were told that the server goes, and try to come back; ours ends well when it is told to."""
        for client in clients:
            client.next("shutdown")
            client.next("dropped")
        npm, own = clients
        npm.stop()
        self.assert_ends_well(own, own.stop())

    def test_the_smallest_server_tells_everybody_each_line(self) -> None:
        program, address = self.start("smallest_server")
        url = f"{address}/"
        stream = self.open(url)
        clients = self.follow(url)
        program.write_line("one")
        first = stream.until_data("one")
        for client in clients:
            self.assertEqual(client.next("message")["data"], "one")
        stream.drop()
        program.write_line("two")
        for client in clients:
            self.assertEqual(client.next("message")["data"], "two")
        again = self.open(url, f"X-SSE-Session-ID: {stream.headers['x-sse-session-id']}",
                          f"Last-Event-ID: {first.id}")  # fmt: skip
        again.until_data("two")
        self.assertEqual(again.published(), ["two"])
        # Its input ends, and so does it, in good order.
        program.end_input()
        self.assertEqual(again.wait_end(), 0)
        self.assertEqual(again.events[-1].type, "shutdown")
        self.assert_ends_well(program, program.wait())
        self.assert_dropped(clients)

    def test_what_the_smallest_server_refuses_it_answers(self) -> None:
        program, url = self.start("smallest_server")
        status, body = request(f"{url}/", self.certificate, "--http1.1", "--header", "Accept: text/html")
        self.assertEqual(status, 406)
        self.assertIn("text/event-stream", body)
        program.end_input()
        self.assert_ends_well(program, program.wait())

    def test_the_beast_application_has_its_routes_its_tls_and_its_users(self) -> None:
        program, url = self.start("beast_application", self.certificate, self.key)
        url = url.replace("localhost", "127.0.0.1")
        self.assertEqual(request(f"{url}/events", self.certificate, "--http1.1")[0], 401)
        stream = self.open(f"{url}/events", "Cookie: user=ann")
        clients = self.follow(f"{url}/events", "Cookie", "user=eve")
        status, page = request(f"{url}/", self.certificate, "--http1.1")
        self.assertEqual(status, 200)
        self.assertIn("new EventSource('/events')", page)
        status, said_id = request(f"{url}/say", self.certificate, "--http1.1", "--data", "hello")
        self.assertEqual(status, 200)
        said = stream.until_type("said")
        self.assertEqual((said.data, said.id), ("hello", said_id.strip()))
        for client in clients:
            self.assertEqual(client.next("said"), {"type": "said", "id": said.id, "data": "hello"})
        self.assertEqual(request(f"{url}/nothing", self.certificate, "--http1.1")[0], 404)
        # A session is its user's.
        claim = f"{url}/events?session={stream.headers['x-sse-session-id']}"
        self.assertEqual(request(claim, self.certificate, "--http1.1", "--cookie", "user=bob")[0], 403)
        self.assert_ends_well(program, program.stop())
        self.assertEqual(stream.wait_end(), 0)
        self.assertEqual(stream.events[-1].type, "shutdown")
        self.assert_dropped(clients)

    def test_worker_threads_publish_and_the_shutdown_loses_nothing(self) -> None:
        program, url = self.start("worker_threads")
        streams = [self.open(f"{url}/") for _ in range(4)]
        own = OwnFollower(self, f"{url}/", self.certificate, self.work)
        clients = self.follow(f"{url}/?types=none")
        for stream in streams:
            # Wherever the workers were when it came, ten steps further each.
            first = int(stream.until_type("progress").data.rpartition(" ")[2])
            for worker in (1, 2, 3):
                wanted = f"worker {worker} step {first + 10}"
                stream.until(lambda event, wanted=wanted: event.data == wanted, wanted)
        followed = [own.next("progress") for _ in range(40)]
        self.assertEqual(program.stop(), 0)
        published = re.fullmatch(r"published (\d+) events", program.read_line())
        self.assertIsNotNone(published)
        self.assert_ends_well(program, program.wait())
        for stream in streams:
            self.assertEqual(stream.wait_end(), 0)
            self.assertEqual(stream.events[-1].type, "shutdown")
            self.assert_every_step([event.data for event in stream.events])
        self.assert_dropped(clients)
        followed += own.until("shutdown")
        self.assert_every_step([event["data"] for event in followed])
        self.assert_ends_well(own, own.stop())

    def test_match_topics_tells_which_patterns_match(self) -> None:
        patterns = ["/chat/:room", "https://*.example/*", "template:/chat/{room}{?page}"]
        program = Child(self, [BINARIES / "example_match_topics", "https://hub.example/", *patterns], self.work / "log")
        rows = {
            "/chat/7": set(patterns),
            "/chat/7?page=2": set(patterns),
            "https://a.example/b": {"https://*.example/*"},
            "chat/7": set(),
        }
        for topic, matching in rows.items():
            program.write_line(topic)
            told, _, found = program.read_line().rpartition(": ")
            with self.subTest(topic=topic):
                if matching:
                    self.assertEqual((told, set(found.split(" "))), (topic, matching))
                else:
                    self.assertEqual(found, f"{topic}:")
        program.end_input()
        self.assert_ends_well(program, program.wait())
        wrong = Child(self, [BINARIES / "example_match_topics", "https://hub.example/", "/(a"], self.work / "wrong")
        self.assertEqual(wrong.wait(), 2)
        self.assertEqual(wrong.complaint(), "match_topics: /(a: byte 1 (pathname): a parenthesis without its end")

    def assert_every_step(self, received: list[str]) -> None:
        """From its first event on a client has every step of each worker, in order."""
        for worker in (1, 2, 3):
            steps = [int(data.rpartition(" ")[2]) for data in received if data.startswith(f"worker {worker} ")]
            self.assertTrue(steps)
            self.assertEqual(steps, list(range(steps[0], steps[0] + len(steps))))


if __name__ == "__main__":
    unittest.main()
