"""The Markdown: what sluice must reach and whether it does, and the servers side by side."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from . import machine
from .figures import over_rounds, value_of
from .model import DISPLAY_NAMES, Bar, Row
from .results import Results


def bars(results: Results, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Each bar with its figure, every round's own figures, and whether it is met (None: not known)."""
    judged = []
    for row in rows:
        if row.name in results.rows:
            judged += [_judge(results, row, bar) for bar in row.bars]
    return judged


def _judge(results: Results, row: Row, bar: Bar) -> dict[str, Any]:
    rounds = results.rows[row.name].rounds()
    figure = over_rounds(bar.measure, rounds, bar.combine)
    return {
        "row": row.name,
        "bar": bar.text,
        "figure": figure,
        "text": why_unknown(results, row) if figure is None else bar.format(figure),
        "rounds": [bar.measure(given) for given in rounds],
        "met": None if figure is None else bar.is_met(figure),
    }


def why_unknown(results: Results, row: Row) -> str:
    """Why a bar has no figure: what its server, or the one that it is compared with, lacks."""
    rounds = results.rows[row.name].rounds()
    for server in ("sluice", *row.servers):
        if not any((server, case.name) in given.runs for given in rounds for case in row.cases):
            return f"{server}: {results.why_not(row, server)}"
    return "no figure"


def bar_table(judged: Sequence[dict[str, Any]], rows: Sequence[Row]) -> str:
    """What sluice is held to."""
    words = {None: "–", True: "yes", False: "**no**"}
    work = {row.name: row.work for row in rows}
    lines = [["", "work", "bar", "sluice", "met"]]
    before = ""
    for one in judged:
        again = one["row"] == before
        before = one["row"]
        lines.append(
            ["" if again else one["row"], "" if again else work[before], one["bar"], one["text"], words[one["met"]]]
        )
    return markdown(lines)


def side_by_side(results: Results, rows: Sequence[Row]) -> str:
    """The main figures of every server that takes part anywhere."""
    shown = [row for row in rows if row.name in results.rows and any(line.is_shown for line in row.lines)]
    servers = [name for name in DISPLAY_NAMES if any(_took_part(results, row, name) for row in shown)]
    if not servers:
        return ""
    lines = [["median", *(DISPLAY_NAMES[server] for server in servers)]]
    for row in shown:
        rounds = results.rows[row.name].rounds()
        for line in filter(lambda line: line.is_shown, row.lines):
            cells = [line.text]
            for server in servers:
                figure = over_rounds(value_of(server, line.key, line.case), rounds)
                cells.append(results.why_not(row, server) if figure is None else line.format(figure))
            lines.append(cells)
    return markdown(lines)


def _took_part(results: Results, row: Row, server: str) -> bool:
    return any(run.server == server for run in results.rows[row.name].runs)


def notes(results: Results) -> str:
    """Where, with what and how often it was measured, and what disturbed it."""
    runs = [run for row in results.rows.values() for run in row.runs]
    measured = list(results.rows.values())
    scales = {row.settings["scale"] for row in measured} - {1.0}
    share = f" and with {_span(scales)} of the subscribers" if scales else ""
    said = [
        f"Measured on {machine.sentence(results.machine)}{share}; the server on one core, the load on another.",
        f"Medians of {_span([len(row.rounds()) for row in measured])} rounds, ratios within a round, "
        f"{_span([row.settings['duration'] for row in measured])} s a run.",
    ]
    versions = [f"{DISPLAY_NAMES[name]} {version}" for name, version in results.versions.items() if version]
    said.append(f"Versions: {', '.join(versions)}.")
    disturbed = sum(run.disturbed for run in runs)
    if disturbed:
        said.append(f"{disturbed} of {len(runs)} runs were disturbed: something else used the server's core.")
    return " ".join(said)


def _span(numbers: Collection[float]) -> str:
    low, high = min(numbers, default=0), max(numbers, default=0)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def render(results: Results, rows: Sequence[Row], judged: Sequence[dict[str, Any]]) -> str:
    """The whole text."""
    parts = [side_by_side(results, rows), bar_table(judged, rows) if judged else "", notes(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """A table; its first line is the head."""
    head, *body = [f"| {' | '.join(cell.replace('|', '∣') for cell in line)} |" for line in lines]
    return "\n".join([head, "|" + "---|" * len(lines[0]), *body])
