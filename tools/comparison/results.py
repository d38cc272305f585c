"""What was measured: kept as JSON, one run a line, and read again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import ComparisonError
from .figures import Figures, Round
from .model import Row

FORMAT = 1


@dataclass
class Run:
    """One run of the load against one server."""

    round: int
    server: str
    case: str
    figures: Figures
    failure: str = ""
    disturbed: bool = False


@dataclass
class RowResults:
    """All runs of a row, and how much each of them measured."""

    settings: dict[str, float]
    absent: dict[str, str] = field(default_factory=dict)
    """Servers that did not take part, and why."""
    runs: list[Run] = field(default_factory=list)

    def rounds(self) -> list[Round]:
        """The rounds in their order."""
        return [self._round(number) for number in sorted({run.round for run in self.runs})]

    def _round(self, number: int) -> Round:
        runs = [run for run in self.runs if run.round == number]
        return Round(
            {(run.server, run.case): run.figures for run in runs if not run.failure},
            {(run.server, run.case) for run in runs if run.failure},
        )

    def failures(self, server: str) -> list[str]:
        """What went wrong in the runs of one server."""
        return [run.failure for run in self.runs if run.server == server and run.failure]


@dataclass
class Results:
    """Everything that a comparison leaves behind."""

    machine: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    rows: dict[str, RowResults] = field(default_factory=dict)

    def why_not(self, row: Row, server: str) -> str:
        """The words for a figure that is not there."""
        measured = self.rows.get(row.name)
        if measured is None:
            return "not measured"
        if server in row.unable:
            return row.unable[server]
        failures = measured.failures(server)
        return f"failed: {failures[0]}" if failures else measured.absent.get(server, "not measured")

    def save(self, path: Path, bars: list[dict[str, Any]]) -> None:
        """Writes the file, with each run on a line of its own so that differences can be read."""
        head = {"format": FORMAT, "machine": self.machine, "versions": self.versions, "bars": bars}
        rows = {name: _row_text(row) for name, row in self.rows.items()}
        body = ",\n".join(f"{json.dumps(name)}: {text}" for name, text in rows.items())
        text = f'{json.dumps(head, indent=1, ensure_ascii=False)[:-2]},\n "rows": {{\n{body}\n}}\n}}\n'
        path.write_text(text, encoding="utf-8")


def _row_text(row: RowResults) -> str:
    runs = ",\n".join(json.dumps(vars(run), ensure_ascii=False) for run in row.runs)
    return f'{{"settings": {json.dumps(row.settings)}, "absent": {json.dumps(row.absent)}, "runs": [\n{runs}\n]}}'


def load(path: Path) -> Results:
    """Reads what `save` wrote."""
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        if given["format"] != FORMAT:
            raise ComparisonError(f"{path}: written by another version of this tool")
        rows = {
            name: RowResults(row["settings"], row["absent"], [Run(**run) for run in row["runs"]])
            for name, row in given["rows"].items()
        }
        return Results(given["machine"], given["versions"], rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ComparisonError(f"{path}: cannot be read: {error}") from error
