"""The servers of this project: whether each is there, how it is started, and what the load must know of it."""

from __future__ import annotations

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import process
from .model import Case
from .process import Cores

NO_IO_URING = 3
"""The status with which sluice-floor says that the kernel gives it no io_uring."""


@dataclass(frozen=True)
class Running:
    """A server that takes connections."""

    address: str
    pid: int
    """The process that does the work."""


class Server(ABC):
    """One contestant."""

    name: str
    load_options: tuple[str, ...] = ()
    """What sluice-load must be told to speak with it."""

    @abstractmethod
    def absence(self) -> str:
        """Why it cannot take part, in a few words; empty when it can."""

    @abstractmethod
    def version(self) -> str:
        """What it calls itself, and what it is built on."""

    @abstractmethod
    def running(self, case: Case, cores: Cores, work: Path) -> AbstractContextManager[Running]:
        """Runs the server for one run of the load; it ends with the block."""


class Listening(Server):
    """A server that takes port 0 and says on a line where it listens."""

    @abstractmethod
    def command(self, case: Case) -> list[str]:
        """With its options."""

    @contextmanager
    def running(self, case: Case, cores: Cores, work: Path) -> Iterator[Running]:
        log = work / f"{self.name}.log"
        started = process.start(self.command(case), cores.of_server(case.shares_core), log, reads_output=True)
        try:
            yield Running(process.read_address(started, log), started.pid)
        finally:
            process.end(started)


class Floor(Listening):
    """One send of ready bytes for each subscriber and event, or for all events that arrived together."""

    def __init__(self, name: str, program: Path, paced: str = "each", flat_out: str = "each") -> None:
        self.name = name
        self._program = program
        self._sending = {True: flat_out, False: paced}

    def command(self, case: Case) -> list[str]:
        return self._command(self._sending[case.flat_out])

    def _command(self, sending: str) -> list[str]:
        return [str(self._program), "--listen", "127.0.0.1:0", *(("--send", sending) if sending != "each" else ())]

    def absence(self) -> str:
        """The kernel may have no io_uring, or keep it from us."""
        sending = self._sending[False]
        if not sending.startswith("uring"):
            return ""
        try:
            tried = subprocess.run(
                self._command(sending), stdin=subprocess.DEVNULL, capture_output=True, timeout=0.5, check=False
            )
        except subprocess.TimeoutExpired:  # it serves
            return ""
        return "no io_uring" if tried.returncode == NO_IO_URING else ""

    def version(self) -> str:
        return "one thread"


class Sluice(Listening):
    """What all this is about."""

    name = "sluice"

    def __init__(self, program: Path) -> None:
        self._program = program

    def command(self, case: Case) -> list[str]:
        quiet = ("--heartbeat-interval", "0", "--log-level", "error")
        return [str(self._program), "--listen", "127.0.0.1:0", "--threads", str(case.threads), *quiet]

    def absence(self) -> str:
        return ""

    def version(self) -> str:
        said = subprocess.run([str(self._program), "--version"], capture_output=True, text=True, check=False)
        return said.stdout.strip().removeprefix("sluice ")
