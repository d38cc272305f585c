"""Runs the rows, round after round, the servers of a row in turn."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import load
from .figures import turns
from .model import Case, Row
from .process import Cores
from .results import Results, RowResults, Run
from .servers import Server


@dataclass(frozen=True)
class Contest:
    """What takes part, and where it runs."""

    load_program: Path
    servers: Mapping[str, Server]
    """Those that are there."""
    absent: Mapping[str, str]
    """The others, and why."""
    cores: Cores
    work: Path

    def runs_of(self, row: Row) -> list[tuple[str, str]]:
        """Every server with every case of a row."""
        able = [name for name in row.servers if name in self.servers and name not in row.unable]
        return [(name, case.name) for name in able for case in row.cases]

    def run(self, server: str, case: Case) -> load.Outcome:
        """One server, one run of the load against it."""
        with self.servers[server].running(case, self.cores, self.work) as running:
            return load.run(self.load_program, self.servers[server], running, case, self.cores, self.work)


def measure(
    contest: Contest, rows: Sequence[Row], rounds: int, settings: Mapping[str, float], results: Results
) -> Iterator[int]:
    """Measures all rows `rounds` times; yields after each round, when the results so far are complete."""
    for row in rows:
        results.rows[row.name] = RowResults(dict(settings), dict(contest.absent))
    for number in range(rounds):
        for row in rows:
            cases = {case.name: case for case in row.cases}
            for server, name in turns(contest.runs_of(row), number):
                started = time.monotonic()
                run = _run(contest, server, cases[name], number)
                results.rows[row.name].runs.append(run)
                _tell(f"round {number + 1} of {rounds}", row, run, time.monotonic() - started)
        yield number


def _run(contest: Contest, server: str, case: Case, number: int) -> Run:
    outcome = contest.run(server, case)
    disturbed = load.is_disturbed(outcome.figures, case)
    return Run(number, server, case.name, outcome.figures, outcome.failure, disturbed)


def _tell(when: str, row: Row, run: Run, seconds: float) -> None:
    """A line for each run, with the row's own figure where it has one."""
    line = next((line for line in row.lines if line.case == run.case), None)
    value = run.figures.get(line.key) if line is not None else None
    figure = line.format(value) if line is not None and isinstance(value, (int, float)) else ""
    said = f"FAILED: {run.failure}" if run.failure else figure
    waited = f"  (disturbed: waited {run.figures['server_waited_s']:.2f} s for its core)" if run.disturbed else ""
    print(
        f"{when}  {row.name:<10} {run.server:<10} {run.case:>6}  {said}{waited}  [{seconds:.0f} s]",
        file=sys.stderr,
        flush=True,
    )
