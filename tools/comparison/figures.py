"""The arithmetic: what one round of a row gave, ratios within a round, and what stands for all rounds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Figures = Mapping[str, float | str]
"""What sluice-load said of one run, by the keys of its JSON."""

Measure = Callable[["Round"], "float | None"]
"""A figure of one round; None where a run that it needs is missing or failed."""


@dataclass(frozen=True)
class Round:
    """The figures of one round of a row, by server and case."""

    runs: Mapping[tuple[str, str], Figures]
    """Of the runs that went well."""
    failed: Collection[tuple[str, str]] = ()

    def figure(self, server: str, key: str, case: str = "") -> float | None:
        """One number of one run; None when there is none."""
        value = self.runs.get((server, case), {}).get(key)
        return float(value) if isinstance(value, (int, float)) else None


def value_of(server: str, key: str, case: str = "") -> Measure:
    """A number as the run gave it."""
    return lambda given: given.figure(server, key, case)


def is_wrong(server: str, case: str = "") -> Measure:
    """One where something was lost, doubled, out of order or refused in the run, else zero."""

    def measure(given: Round) -> float | None:
        if (server, case) in given.failed:
            return 1.0
        return 0.0 if (server, case) in given.runs else None

    return measure


def ratio_of(upper: Measure, lower: Measure) -> Measure:
    """One number over another of the same round."""

    def measure(given: Round) -> float | None:
        above, below = upper(given), lower(given)
        return above / below if above is not None and below else None

    return measure


def over_rounds(
    measure: Measure, rounds: Sequence[Round], combine: Callable[[Sequence[float]], float] = median
) -> float | None:
    """The median over the rounds that have the figure (or what else `combine` makes of them)."""
    values = [value for value in map(measure, rounds) if value is not None]
    return combine(values) if values else None


def turns(runs: Sequence[tuple[str, str]], round_number: int) -> list[tuple[str, str]]:
    """The order of a round: every second round goes backwards, and each pair of rounds begins with another run.

    So a machine that drifts favours none, and who follows whom changes.
    """
    if not runs:
        return []
    first = round_number // 2 % len(runs)
    rotated = [*runs[first:], *runs[:first]]
    return rotated[::-1] if round_number % 2 else rotated
