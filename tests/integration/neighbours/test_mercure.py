"""Mercure's publishers: Symfony's component, which also makes tokens, and curl as Mercure's documentation uses it."""

from __future__ import annotations

import json
import os
import tempfile
import unittest
from pathlib import Path
from typing import Any

from hub import BINARY, Hub
from process import Child, run
from stream import Stream

SECRET = "!ChangeThisMercureHubJWTSecretKey!"
HUB = "/.well-known/mercure"
NOTHING = Path("/dev/null")
"""In place of a certificate: the hub is asked directly, without TLS."""


def updates(stream: Stream) -> list[tuple[str, str, str, str]]:
    """Type, id, data and retry of all that has come."""
    return [(event.type, event.id, event.data, event.retry) for event in stream.events]


class MercureTest(unittest.TestCase):
    def setUp(self) -> None:
        place = tempfile.TemporaryDirectory(prefix="sluice-mercure-")
        self.addCleanup(place.cleanup)
        self.work = Path(place.name)
        key = self.work / "key"
        key.write_text(SECRET, encoding="ascii")
        self.hub = Hub(self, self.work, "--jwt-key-file", str(key), "--anonymous", "--heartbeat-interval", "0")
        self.url = f"http://127.0.0.1:{self.hub.port}{HUB}"
        self.key = key

    def subscribe(self, query: str, *headers: str) -> Stream:
        """A stream of the hub's."""
        stream = Stream(self, f"{self.url}?{query}", NOTHING, self.work, *headers, version="--http1.1")
        self.assertEqual(stream.status, "HTTP/1.1 200 OK")
        return stream

    def token(self, *rights: str) -> str:
        """One of our own."""
        return run(BINARY, "token", "make", "--key-file", self.key, *rights).strip()

    def test_symfony_publishes_and_makes_tokens(self) -> None:
        symfony = Child(self, [os.environ["PHP"], Path(__file__).parent / "symfony.php", self.url, SECRET],
                        self.work / "symfony.log")  # fmt: skip

        def ask(command: dict[str, Any]) -> dict[str, str]:
            symfony.write_line(json.dumps(command))
            answer: dict[str, str] = json.loads(symfony.read_line())
            self.assertNotIn("failure", answer)
            return answer

        cookie = ask({"cookie": ["https://example.com/users/{id}"]})
        self.assertEqual((cookie["name"], cookie["path"]), ("mercureAuthorization", HUB))
        allowed = self.subscribe("topic=*", f"Cookie: {cookie['name']}={cookie['value']}")
        stranger = self.subscribe("topic=https%3A%2F%2Fexample.com%2F%7B%2Bpath%7D")
        private = ask({"publish": {"topics": ["https://example.com/users/7"], "data": "for 7", "private": True}})
        other = ask({"publish": {"topics": ["https://example.com/books/7"], "data": "a private book", "private": True}})
        public = ask(
            {
                "publish": {
                    "topics": ["https://example.com/books/1", "https://example.com/all"],
                    "data": json.dumps({"status": "OutOfStock"}),
                    "id": "urn:uuid:1",
                    "type": "said",
                    "retry": 4000,
                }
            }
        )
        self.assertRegex(private["id"], r"^\d+-\d+$")
        self.assertRegex(other["id"], r"^\d+-\d+$")
        self.assertEqual(public["id"], "urn:uuid:1")
        wanted = ("said", "urn:uuid:1", '{"status": "OutOfStock"}', "4000")
        allowed.until_type("said")
        self.assertEqual(updates(allowed), [("message", private["id"], "for 7", ""), wanted])
        stranger.until_type("said")
        self.assertEqual(updates(stranger), [wanted])

    def test_curl_publishes_as_documented(self) -> None:
        stream = self.subscribe("match_urlpattern=https%3A%2F%2Fexample.com%2Fbooks%2F%3Aid")
        for dialect in ("0.x", "1.0"):
            bearer = f"Authorization: Bearer {self.token('--publish', '*', '--dialect', dialect)}"
            answer = run("curl", "--silent", "--show-error", "--fail-with-body", "--max-time", "30",
                         "-d", "topic=https://example.com/books/1", "-d", 'data={"title":"a new title"}',
                         "-H", bearer, "-X", "POST", self.url)  # fmt: skip
            stream.until(lambda event, id=answer: event.id == id, f"the update {answer}")
            self.assertEqual(updates(stream)[-1], ("message", answer, '{"title":"a new title"}', ""))
