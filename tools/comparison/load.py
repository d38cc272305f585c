"""Runs sluice-load against a server and reads what it measured."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import process
from .errors import ComparisonError
from .figures import Figures
from .model import Case
from .process import Cores
from .servers import Running, Server

BAD_OPTION = 2
LIMIT_SECONDS = 300.0
"""For one run; those of servers that fall far behind take long to drain."""
MUST_BE_ZERO = ("lost", "duplicated", "misordered", "unexpected", "closed", "absent", "refused")


@dataclass(frozen=True)
class Outcome:
    """What a run gave."""

    figures: Figures
    failure: str = ""
    """What went wrong, in a few words; the figures then count for nothing."""


def run(program: Path, server: Server, running: Running, case: Case, cores: Cores, work: Path) -> Outcome:
    """One run of the load, pinned, against a server that listens."""
    log, results = work / "load.log", work / "load.json"
    results.unlink(missing_ok=True)
    command = [str(program), "--url", running.address, "--pid", str(running.pid), "--json", str(results)]
    started = process.start([*command, *server.load_options, *case.load], f"{cores.load}", log)
    try:
        status = started.wait(LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        return Outcome({}, f"not done after {LIMIT_SECONDS:.0f} s")
    finally:
        process.end(started)
    if status == BAD_OPTION:
        raise ComparisonError(f"sluice-load does not take the options of this comparison: {process.last_line(log)}")
    figures = with_derived(json.loads(results.read_text(encoding="utf-8"))) if results.exists() else {}
    return Outcome(figures, "" if status == 0 else what_failed(figures) or process.last_line(log))


def what_failed(figures: Figures) -> str:
    """Which of the numbers that must be zero are not."""
    wrong = [f"{figures[key]} {key}" for key in MUST_BE_ZERO if figures.get(key)]
    return ", ".join(wrong)


def with_derived(figures: dict[str, float | str]) -> Figures:
    """Adds what follows from the numbers of a run."""
    cpu, published = figures.get("server_cpu_s"), figures.get("published")
    if isinstance(cpu, (int, float)) and isinstance(published, (int, float)) and published > 0:
        figures["server_cpu_us_per_event"] = cpu * 1e6 / published
    return figures


def is_disturbed(figures: Figures, case: Case) -> bool:
    """Whether others used the server's core.

    That makes caches cold, and a server that falls behind coalesces, which makes its deliveries look cheap.
    """
    waited, busy = figures.get("server_waited_s"), figures.get("server_cpu_s")
    if case.shares_core or not isinstance(waited, (int, float)) or not isinstance(busy, (int, float)):
        return False
    return waited > 0.1 * busy and waited > 0.001
