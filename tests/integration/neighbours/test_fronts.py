"""A stream, a resume, a publish and a drain through nginx and through HAProxy, as they are run by the examples."""

from __future__ import annotations

import json
import ssl
import tempfile
import time
import unittest
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path

from front import Front, Haproxy, Nginx
from hub import Hub
from process import DEADLINE, until
from stream import Follower, Stream, request

AGENT = "User-Agent: test"
Fields = list[tuple[str, str]]
AT_ONCE = 0.03
"""Below what waits there are: Nagle's with a delayed acknowledgement (40 ms), HAProxy's for more data (200 ms)."""


class FrontTests:
    """What must hold for each. A class of its own, so that it is not run by itself."""

    class Tests(unittest.TestCase):
        front_type: type[Front]
        refused_while_down: int

        def setUp(self) -> None:
            place = tempfile.TemporaryDirectory(prefix="sluice-neighbours-")
            self.addCleanup(place.cleanup)
            self.work = Path(place.name)

        def start(self, *options: str, changes: dict[str, str] | None = None) -> None:
            """The hub writes nothing of its own accord unless an option says so."""
            self.hub = Hub(self, self.work, "--heartbeat-interval", "0", *options)
            self.front = self.front_type(self, self.hub.port, self.work, changes)
            self.events = f"{self.front.url}/events"

        def open(self, *headers: str, query: str = "", version: str = "--http2") -> Stream:
            """A stream through the front."""
            url = self.events + query
            return Stream(self, url, self.front.certificate, self.work, AGENT, *headers, version=version)

        def ask(self, path: str, *options: str) -> tuple[int, str]:
            """A request through the front."""
            return request(self.front.url + path, self.front.certificate, *options)

        @contextmanager
        def send_trailers(self, method: str, path: str, fields: Fields, trailers: Fields) -> Iterator[HTTPResponse]:
            """A chunked request through the front, with trailer fields behind its body; the answer's head has come."""
            trust = ssl.create_default_context(cafile=self.front.certificate)
            connection = HTTPSConnection("127.0.0.1", self.front.port, timeout=DEADLINE, context=trust)
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in [*fields, ("Transfer-Encoding", "chunked")]:
                connection.putheader(name, value)
            section = "".join(f"{name}: {value}\r\n" for name, value in trailers)
            connection.endheaders(f"6\r\ndata=x\r\n0\r\n{section}\r\n".encode())
            with closing(connection), connection.getresponse() as answer:
                yield answer

        def follow(self, query: str = "") -> Follower:
            """An EventSource through the front."""
            return Follower(self, self.events + query, self.front.certificate, self.work)

        def await_streams(self, count: int) -> None:
            """Until the hub has so many."""
            until(lambda: self.hub.stats()["active_clients"] == count, f"{count} streams")

        def check_promptness(self, stream: Stream) -> None:
            """Each event is published when the one before it has come."""
            stream.until_type("connected")
            took = []
            for i in range(20):
                published = time.monotonic()
                self.hub.broadcast(str(i))
                stream.until_data(str(i))
                took.append(time.monotonic() - published)
            # The quickest: what waits, waits each time; what is slow because of others, is not always.
            self.assertLess(min(took), AT_ONCE, took)
            self.assertEqual(stream.published(), [str(i) for i in range(20)])

        def test_events_arrive_at_once(self) -> None:
            self.start()
            for version, status in (("--http2", "HTTP/2 200"), ("--http1.1", "HTTP/1.1 200")):
                with self.subTest(version):
                    stream = self.open(version=version)
                    self.assertTrue(stream.status.startswith(status), stream.status)
                    self.assertEqual(stream.headers["content-type"], "text/event-stream")
                    self.assertEqual(stream.headers["cache-control"], "no-cache, no-transform")
                    self.check_promptness(stream)

        def test_events_arrive_at_once_without_tls(self) -> None:
            self.start(changes=self.front_type.without_tls)
            self.events = self.events.replace("https:", "http:")
            self.check_promptness(self.open(version="--http1.1"))

        def test_a_client_that_drops_gets_exactly_what_it_missed(self) -> None:
            self.start()
            first = self.open()
            session = first.headers["x-sse-session-id"]
            self.assertIn(f"sse-session-id={session};", first.headers["set-cookie"])
            self.assertIn("Secure", first.headers["set-cookie"], "X-Forwarded-Proto did not get through")
            for data in ("one", "two", "three"):
                self.hub.broadcast(data)
            first.until_data("three")
            first.drop()
            self.await_streams(0)
            self.hub.broadcast("four")
            # It says that it had but one of the three that were written to it.
            last = first.until_data("one").id
            second = self.open(f"Cookie: sse-session-id={session}", f"Last-Event-ID: {last}")
            told = json.loads(second.until_type("connected").data)
            self.hub.broadcast("five")
            second.until_data("five")
            self.assertEqual((told["sessionId"], told["resumed"], told["replay"]), (session, True, 3))
            self.assertEqual(told["dropped"], 0)
            self.assertEqual(second.published(), ["two", "three", "four", "five"])

        def test_a_publisher_gets_through_and_another_sites_page_does_not(self) -> None:
            self.start()
            stream = self.open()
            own, foreign = f"Origin: {self.front.url}", "Origin: https://elsewhere.example"
            status, answer = self.ask("/broadcast", "--data", "data=own", "--header", own)
            self.assertEqual((status, json.loads(answer).get("clients")), (200, 1), answer)
            status, answer = self.ask("/broadcast", "--data", "data=foreign", "--header", foreign)
            self.assertEqual(status, 403, answer)
            status, answer = self.ask("/broadcast", "--data", "data=none")
            self.assertEqual(status, 200, answer)
            stream.until_data("none")
            self.assertEqual(stream.published(), ["own", "none"])

        def test_trailers_are_forgotten(self) -> None:
            right, kind = ("Authorization", "Bearer secret"), ("Content-Type", "application/x-www-form-urlencoded")
            wrong = ("Authorization", "Bearer wrong")
            self.start("--publish-token", "secret")
            session = self.open().headers["x-sse-session-id"]
            for name, fields, trailers, expected in (
                ("of another kind", [right, kind], [wrong, ("Content-Type", "text/plain")], 200),
                ("no token but in a trailer", [kind], [right], 401),
                ("no media type but in a trailer", [right], [kind], 415),
            ):
                with self.subTest(name), self.send_trailers("POST", "/broadcast", fields, trailers) as answer:
                    self.assertEqual(answer.status, expected, answer.read())
            foreign = [("X-SSE-Session-ID", session), ("User-Agent", "trailer")]
            for agent in ("test", ""):
                fields = [("User-Agent", agent)] if agent else []
                with self.subTest(agent=agent), self.send_trailers("GET", "/events", fields, foreign) as answer:
                    self.assertEqual(answer.status, 200)
                    new = answer.headers["X-SSE-Session-ID"]
                    self.assertNotEqual(new, session, "a trailer is a claim")
                    status, told = self.hub.request("GET", f"/sessions/{new}", None, Authorization="Bearer secret")
                    self.assertEqual((status, json.loads(told).get("userAgent")), (200, agent))

        def test_a_batch_of_megabytes_gets_through(self) -> None:
            self.start()
            batch = self.work / "batch"
            batch.write_text("".join(json.dumps({"data": f"{i} {'x' * 60_000}"}) + "\n" for i in range(100)))
            kind = "Content-Type: application/x-ndjson"
            stream = self.open()
            status, answer = self.ask("/broadcast", "--data-binary", f"@{batch}", "--header", kind)
            self.assertEqual((status, json.loads(answer)["count"]), (200, 100), answer)
            stream.until(lambda event: event.data.startswith("99 "), "the last of the batch")
            self.assertEqual([data.split()[0] for data in stream.published()], [str(i) for i in range(100)])

        def test_heartbeats_keep_a_quiet_stream_open(self) -> None:
            self.start("--heartbeat-interval", "300ms", changes={"75s": "1s"})
            stream = self.open()
            begin = time.monotonic()
            seen = 0
            while time.monotonic() - begin < 3:
                seen += 1
                stream.until(lambda _: sum(e.type == "heartbeat" for e in stream.events) >= seen, "a heartbeat")
            self.hub.broadcast("still-here")
            stream.until_data("still-here")

        def test_a_stream_that_is_dead_is_ended(self) -> None:
            self.start(changes={"75s": "1s"})
            stream = self.open()
            stream.wait_end()
            self.await_streams(0)

        def test_a_drain_is_seen_and_a_stream_meanwhile_is_told_to_come_back(self) -> None:
            self.start("--retry", "4s", "--drain-spread", "0")
            stream = self.open()
            stream.until_type("connected")
            self.hub.begin_drain()
            shutdown = stream.until_type("shutdown")
            self.assertEqual((shutdown.data, shutdown.retry), ('{"retry":4000}', "4000"))
            self.assertEqual(stream.wait_end(), 0, "the stream was cut, not ended")
            self.assertEqual(self.hub.wait(), 0)
            # Any status but 200 would end an EventSource for good.
            meanwhile = self.open()
            self.assertTrue(meanwhile.status.startswith("HTTP/2 200"), meanwhile.status)
            self.assertEqual(meanwhile.headers["content-type"], "text/event-stream")
            self.assertEqual(meanwhile.wait_end(), 0)
            self.assertEqual([event.retry for event in meanwhile.events], ["2000"])
            for _ in range(10):
                self.assertEqual(self.ask("/broadcast", "--data", "data=x")[0], self.refused_while_down)

        def test_the_pages_figures_are_a_stream_like_the_events(self) -> None:
            self.start()
            self.events = f"{self.front.url}/stats/stream"
            self.open().until_type("stats")
            self.hub.begin_drain()
            self.assertEqual(self.hub.wait(), 0)
            meanwhile = self.open()
            self.assertEqual(meanwhile.wait_end(), 0)
            self.assertEqual([event.retry for event in meanwhile.events], ["2000"])

        def test_a_full_server_tells_a_stream_when_to_come_back(self) -> None:
            self.start("--max-connections", "1", "--retry", "7s", "--drain-spread", "0")
            self.open().until_type("connected")
            second = self.open()
            self.assertTrue(second.status.startswith("HTTP/2 200"), second.status)
            self.assertEqual(second.wait_end(), 0)
            self.assertEqual([event.retry for event in second.events], ["7000"])

        def test_what_else_the_server_refuses_is_passed_on(self) -> None:
            self.start()
            status, answer = self.ask("/events", "--header", "Accept: application/json")
            self.assertEqual((status, json.loads(answer)["status"]), (406, 406))

        def test_tokens_stay_out_of_the_logs(self) -> None:
            self.start("--subscribe-token", "secret")
            self.open(query="?access_token=secret").until_type("connected")
            self.hub.begin_drain()
            self.assertEqual(self.hub.wait(), 0)
            self.open(query="?access_token=secret").wait_end()
            self.front.stop()
            self.assertIn("/events", self.front.logs())
            self.assertNotIn("secret", self.front.logs())

        def test_metrics_are_not_for_the_public(self) -> None:
            self.start()
            for path in ("/metrics", "/%6detrics", "/%6D%65trics?x=y", "/metrics?", "/metric%73"):
                status, answer = self.ask(path)
                self.assertEqual(status, 404, path)
                self.assertIn("<html>", answer, f"sluice was asked for {path}")
            # What is none for the front is none for sluice.
            for path in ("//metrics", "/metrics/", "/%256detrics", "/metrics%3Fx", "/x/../metrics", "/./metrics"):
                self.assertEqual(self.ask(path, "--path-as-is")[0], 404, path)
            self.assertEqual(self.ask("/healthz")[0], 200)

        def test_a_stream_is_one_however_its_path_is_written(self) -> None:
            self.start()
            self.events = f"{self.front.url}/%65vents"
            self.check_promptness(self.open())
            self.hub.begin_drain()
            self.assertEqual(self.hub.wait(), 0)
            status, answer = self.ask("/%65vents")
            self.assertEqual(status, 200)
            self.assertIn("retry: ", answer)

        def test_clients_cannot_say_who_they_are(self) -> None:
            self.start("--trusted-proxy", "127.0.0.1")
            stream = self.open("X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.2")
            stream.until_type("connected")
            status, answer = self.hub.request("GET", "/sessions")
            self.assertEqual(status, 200)
            self.assertEqual([one["address"] for one in json.loads(answer)["sessions"]], ["127.0.0.1"])

        def test_an_eventsource_gets_everything_once_across_a_drop(self) -> None:
            self.start("--retry", "50ms")
            session = json.loads(self.ask("/sessions", "--request", "POST")[1])["sessionId"]
            source = self.follow(f"?session={session}")
            source.next("connected")
            came = []
            for i in range(9):
                self.hub.broadcast(str(i))
                if i % 3 == 1:
                    self.ask(f"/disconnect?session={session}", "--request", "POST")
            while len(came) < 9:
                came.append(source.next("message")["data"])
            self.hub.broadcast("last")
            self.assertEqual(came + [source.next("message")["data"]], [*map(str, range(9)), "last"])

        def test_an_eventsource_survives_a_restart(self) -> None:
            self.start("--retry", "50ms", "--drain-spread", "0")
            source = self.follow()
            source.next("connected")
            self.hub.begin_drain()
            source.next("shutdown")
            self.assertEqual(self.hub.wait(), 0)
            # The end of the stream, and that of at least one that told it to come back.
            for _ in range(2):
                source.next("dropped")
            again = Hub(self, self.work, port=self.hub.port)
            source.next("connected")
            again.broadcast("back")
            self.assertEqual(source.next("message")["data"], "back")


class NginxTest(FrontTests.Tests):
    """`nginx.conf`."""

    front_type = Nginx
    refused_while_down = 502


class HaproxyTest(FrontTests.Tests):
    """`haproxy.cfg`."""

    front_type = Haproxy
    refused_while_down = 503


if __name__ == "__main__":
    unittest.main()
