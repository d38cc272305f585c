"""Starts, pins and ends the processes of a comparison, each by its own id."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from .errors import ComparisonError
from .interruption import held_back

READY_SECONDS = 20.0
END_SECONDS = 15.0
"""Longer than a server may take to drain."""

_running: list[subprocess.Popen[str]] = []


@dataclass(frozen=True)
class Cores:
    """Which cores the server and the load run on."""

    server: int
    load: int
    second: int
    """The one that a server of two threads gets beside its own."""

    @staticmethod
    def pick(allowed: Sequence[int]) -> Cores:
        """The first core for the server, the last for the load."""
        if len(allowed) < 2:
            raise ComparisonError("needs two cores: one for the server, one for the load")
        return Cores(allowed[0], allowed[-1], allowed[1])

    def of_server(self, both: bool) -> str:
        """As taskset takes it."""
        return f"{self.server},{self.second}" if both else f"{self.server}"


def start(
    command: Sequence[str],
    cores: str,
    log: Path,
    *,
    reads_output: bool = False,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """Starts a program on these cores; what it says goes to the log, or standard output to a pipe."""
    with log.open("w", encoding="utf-8") as errors, held_back():
        started = subprocess.Popen(
            ["taskset", "-c", cores, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if reads_output else errors,
            stderr=errors,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        _running.append(started)
    return started


def end(process: subprocess.Popen[str]) -> None:
    """Asks it to end, waits, and kills it if it does not. Once it has ended this does nothing."""
    if process not in _running:
        return
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
    _running.remove(process)


def end_all() -> None:
    """Ends what still runs, the latest first."""
    for process in reversed(_running.copy()):
        end(process)


def read_address(process: subprocess.Popen[str], log: Path) -> str:
    """HOST:PORT from the line with which a server says that it listens."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], READY_SECONDS)
    line = process.stdout.readline().strip() if ready else ""
    _, found, address = line.partition("listening on http://")
    if not found:
        raise ComparisonError(f"{_name(process)} did not get ready: {line or last_line(log) or 'it said nothing'}")
    return address


def await_answer(process: subprocess.Popen[str], address: tuple[str, int], log: Path) -> None:
    """Waits until a server that says nothing answers a request: it may take connections before it can serve them."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, HTTPException):
            connection = HTTPConnection(*address, timeout=1)
            connection.request("GET", "/")
            connection.getresponse().read()
            connection.close()
            return
        time.sleep(0.02)
    raise ComparisonError(f"{_name(process)} did not get ready: {last_line(log) or 'it said nothing'}")


def free_port() -> int:
    """A port that was free a moment ago, for servers that cannot say which one they took."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children_of(pid: int) -> list[int]:
    """The processes that this one started and that still run."""
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def last_line(log: Path) -> str:
    """What a program said at the end."""
    with suppress(OSError):
        lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        return lines[-1] if lines else ""
    return ""


def allowed_cores() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0))


def _name(process: subprocess.Popen[str]) -> str:
    assert isinstance(process.args, list)
    return Path(str(process.args[3])).name
