"""The clients: curl, for a stream that is read as it comes or for one request, npm's `eventsource`, and our own."""

from __future__ import annotations

import json
import os
import time
import unittest
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from process import DEADLINE, Child, run


@dataclass
class Event:
    """A block of the stream, as it was written."""

    type: str = "message"
    id: str = ""
    data: str = ""
    retry: str = ""
    comments: list[str] = field(default_factory=list)


def parse_event(block: str) -> Event:
    """The fields of a block. What the server writes has one space after a colon, and one line of data here."""
    event = Event()
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "":
            event.comments.append(value)
        elif name == "event":
            event.type = value
        elif name in ("id", "data", "retry"):
            setattr(event, name, value)
        else:
            raise AssertionError(f"no field of a stream: '{line}'")
    return event


class Stream:
    """curl -N with its answer's head; `version` is --http2 or --http1.1."""

    def __init__(
        self, test: unittest.TestCase, url: str, certificate: Path, work: Path, *headers: str, version: str = "--http2"
    ) -> None:
        options = ["--silent", "--show-error", "--no-buffer", "--include", "--max-time", "120", version]
        named = [part for header in headers for part in ("--header", header)]
        self._curl = Child(test, ["curl", *options, "--cacert", certificate, *named, url], work / "curl.log")
        self._unread = b""
        self._is_over = False
        self.events: list[Event] = []
        deadline = time.monotonic() + DEADLINE
        while b"\r\n\r\n" not in self._unread:
            self._read(deadline, "the head of the answer")
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        self.status, *lines = head.decode().split("\r\n")
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        self._parse()

    def until(self, matches: Callable[[Event], bool], what: str, within: float = DEADLINE) -> Event:
        """The first event that matches, of those that have come and that will come."""
        deadline = time.monotonic() + within
        looked_at = 0
        while True:
            for event in self.events[looked_at:]:
                if matches(event):
                    return event
            looked_at = len(self.events)
            self._read(deadline, what)
            self._parse()

    def until_data(self, data: str, within: float = DEADLINE) -> Event:
        """The published event with this data."""
        return self.until(lambda event: event.type == "message" and event.data == data, f"data '{data}'", within)

    def until_type(self, kind: str) -> Event:
        """The first event of this type."""
        return self.until(lambda event: event.type == kind, f"event '{kind}'")

    def published(self) -> list[str]:
        """The data of the published events that have come, in order."""
        return [event.data for event in self.events if event.type == "message" and event.data]

    def wait_end(self) -> int:
        """Reads to the end; curl's status, 0 when the stream was ended as it should be."""
        deadline = time.monotonic() + DEADLINE
        while not self._is_over:
            self._read(deadline, "the stream's end", or_end=True)
        self._parse()
        return self._curl.wait()

    def drop(self) -> None:
        """Ends curl without a word to the server."""
        self._curl.stop()

    def _read(self, deadline: float, what: str, or_end: bool = False) -> None:
        try:
            part = self._curl.read(deadline)
        except TimeoutError:
            raise AssertionError(f"{what}: not in time; came: {self.events} {self._unread!r}") from None
        if not part and not or_end:
            raise AssertionError(f"{what}: the stream ended; came: {self.events} {self._curl.complaint()}")
        self._is_over = not part
        self._unread += part

    def _parse(self) -> None:
        *blocks, self._unread = self._unread.split(b"\n\n")
        self.events += [parse_event(block.decode()) for block in blocks]


class EventTeller(Child):
    """A client that tells on a line what comes to it."""

    def next(self, kind: str) -> dict[str, str]:
        """The next event of this type, past all that come before it."""
        return self.until(kind)[-1]

    def until(self, kind: str, within: float = DEADLINE) -> list[dict[str, str]]:
        """All events up to the next one of this type."""
        deadline = time.monotonic() + within
        events: list[dict[str, str]] = []
        while not events or events[-1]["type"] != kind:
            # One that only tries to come back tells of it without end.
            if time.monotonic() > deadline:
                raise AssertionError(f"no event '{kind}' within {within} s; came: {events[-10:]}")
            events.append(json.loads(self.read_line(max(0.0, deadline - time.monotonic()))))
            if events[-1]["type"] == "closed" != kind:
                raise AssertionError(f"{self} gave up: {events[-1]}")
        return events


class Follower(EventTeller):
    """npm's `eventsource`. `fields`: names and values, by turns, for the request."""

    def __init__(self, test: unittest.TestCase, url: str, certificate: Path, work: Path, *fields: str) -> None:
        command = [os.environ["NODE"], os.environ["SLUICE_FOLLOW"], url, *fields]
        super().__init__(test, command, work / "follow.log", NODE_EXTRA_CA_CERTS=str(certificate))


class OwnFollower(EventTeller):
    """Our own client, likewise."""

    def __init__(self, test: unittest.TestCase, url: str, certificate: Path, work: Path, *fields: str) -> None:
        super().__init__(test, [os.environ["SLUICE_CLIENT"], url, certificate, *fields], work / "own.log")


def request(url: str, certificate: Path, *options: str) -> tuple[int, str]:
    """Status and body of the answer to one request by HTTP/2."""
    said = run("curl", "--silent", "--show-error", "--http2", "--max-time", "30", "--cacert", certificate,
               "--write-out", "\n%{http_code}", *options, url)  # fmt: skip
    body, _, status = said.rpartition("\n")
    return int(status), body
