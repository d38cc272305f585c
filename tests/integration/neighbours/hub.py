"""The server under test, and what is asked of it directly, past any front."""

from __future__ import annotations

import http.client
import json
import os
import re
import unittest
from pathlib import Path
from typing import Any

from process import DEADLINE, Child

BINARY = Path(os.environ["SLUICE_BINARY"])


class Hub:
    """A running sluice."""

    def __init__(self, test: unittest.TestCase, work: Path, *options: str, port: int = 0) -> None:
        listen = ["--listen", f"127.0.0.1:{port}"]
        self._child = Child(test, [BINARY, *listen, *options], work / "sluice.log")
        line = self._child.read_line()
        ready = re.fullmatch(r"sluice listening on http://127\.0\.0\.1:(\d+)", line)
        assert ready, f"sluice said '{line}'"
        self.port = int(ready[1])

    def request(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        """Status and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def broadcast(self, data: str) -> str:
        """Publishes, and gives the event's id."""
        status, answer = self.request("POST", f"/broadcast?data={data}")
        assert status == 200, answer
        return str(json.loads(answer)["id"])

    def stats(self) -> dict[str, Any]:
        """Its counters."""
        status, answer = self.request("GET", "/stats")
        assert status == 200, answer
        counters: dict[str, Any] = json.loads(answer)
        return counters

    def begin_drain(self) -> None:
        """Asks it to end, as systemd does."""
        os.kill(self._child.pid, 15)

    def wait(self) -> int:
        """Its status, once it has ended."""
        return self._child.wait()
