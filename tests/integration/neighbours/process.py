"""Processes that end with the test that started them, each by its own id; all that is waited for has a deadline."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import time
import unittest
from collections.abc import Callable
from pathlib import Path

SCALE = 5 if os.environ.get("SLUICE_TEST_SLOW") else 1
DEADLINE = 20.0 * SCALE


def until(condition: Callable[[], bool], what: str, within: float = DEADLINE) -> None:
    """Waits for what can only be looked at again and again."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what}")
        time.sleep(0.01)


def free_port() -> int:
    """A port that was free a moment ago, for programs that cannot say which one they took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Child:
    """A running program. The test writes its input and reads its output; what it complains of goes to a file."""

    def __init__(self, test: unittest.TestCase, command: list[str | Path], log: Path, **environment: str) -> None:
        self.log = log
        with log.open("ab") as errors:
            # Asked to end also when the test is killed: nginx and HAProxy have children of their own to end.
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=os.environ | environment,
            )
        self._name = Path(command[0]).name
        self._unread = b""
        self.pid = self._process.pid
        test.addCleanup(self._close)

    def read(self, deadline: float) -> bytes:
        """What it has written since, as soon as there is something; nothing at its end."""
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        return os.read(self._process.stdout.fileno(), 65536)

    def read_line(self, within: float = DEADLINE) -> str:
        """Its next line."""
        deadline = time.monotonic() + within
        while b"\n" not in self._unread:
            try:
                part = self.read(deadline)
            except TimeoutError:
                raise AssertionError(f"{self} wrote no line within {within} s: {self.complaint()}") from None
            if not part:
                raise AssertionError(f"{self} ended: {self.complaint()}")
            self._unread += part
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode()

    def write_line(self, line: str) -> None:
        """A line for it to read."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def end_input(self) -> None:
        """There is no more for it to read."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def ended(self) -> bool:
        """Whether it has."""
        return self._process.poll() is not None

    def wait(self, within: float = DEADLINE) -> int:
        """Waits for its end; its status."""
        return self._process.wait(within)

    def stop(self, within: float = DEADLINE) -> int:
        """Asks it to end, and waits; its status."""
        self._process.terminate()
        return self.wait(within)

    def complaint(self) -> str:
        """What it wrote to standard error."""
        return self.log.read_text(encoding="utf-8", errors="replace").strip()

    def __str__(self) -> str:
        return self._name

    def _close(self) -> None:
        if not self.ended():
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()


def run(*command: str | Path) -> str:
    """Runs a program to its end and gives what it wrote, which must be without a failure."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {done.returncode}: {done.stderr}{done.stdout}")
    return done.stdout
