"""Results as a measurement leaves them, made by hand."""

from __future__ import annotations

from collections.abc import Mapping

from comparison.figures import ratio_of, value_of
from comparison.model import Bar, Case, Line, Row
from comparison.results import Results, RowResults, Run
from comparison.text import microseconds, times

COST = "server_cpu_us_per_delivery"
MACHINE = {
    "processor": "A Processor",
    "cores": "2",
    "virtual": "yes",
    "system": "Debian 12",
    "kernel": "6.1",
    "date": "2026-01-31",
}


def row(limit: float = 1.1) -> Row:
    """A row like `prompt`, but one that better-sse is not able to do."""
    ratio = ratio_of(value_of("sluice", COST), value_of("floor", COST))
    return Row(
        "work",
        "some work",
        (Case(()),),
        ("floor", "sluice", "nchan", "better-sse"),
        (Bar("≤ the floor's", ratio, limit, times),),
        (Line("cost", COST, microseconds),),
        {"better-sse": "no such thing"},
    )


def results(*rounds: Mapping[str, float | str]) -> Results:
    """Each round gives the cost of every server, or says how its run failed."""
    runs = []
    for number, costs in enumerate(rounds):
        for server, cost in costs.items():
            if isinstance(cost, str):
                runs.append(Run(number, server, "", {}, cost))
            else:
                runs.append(Run(number, server, "", {COST: cost}))
    settings = {"duration": 5.0, "warm_up": 1.0, "scale": 1.0}
    return Results(dict(MACHINE), {"sluice": "0.1.0"}, {"work": RowResults(settings, {"nchan": "not installed"}, runs)})
