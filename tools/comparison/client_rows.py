"""Rows about what clients do, and about more than one thread: what sluice promises beside a plain broadcast."""

from __future__ import annotations

from dataclasses import replace

from . import text
from .figures import is_wrong, ratio_of, value_of
from .model import Bar, Case, Line, Row, Size
from .row_parts import PER_DELIVERY, PER_EVENT, load, paced, told

NO_REPLAY = {name: "no replay" for name in ("floor", "better-sse", "mercure", "centrifugo")}


def stall(size: Size) -> Row:
    """Whether clients that do not read disturb those that do."""
    rates = ("--stall-share", "0.1", "--rate", "50", "--payload", "1024", "--warm-up", f"{size.warm_up:g}")
    return Row(
        "stall",
        f"50 events/s of 1 KB, 10 % of {size.told(1000)} subscribers stop reading",
        (Case((*load(size, "stall", 1000), *rates)),),
        ("sluice", "nchan", "better-sse", "mercure", "centrifugo"),
        (Bar("p99 of the others ≤ 1.2 × that without", value_of("sluice", "latency_p99_ratio"), 1.2, text.times),),
        (
            Line(f"latency, p99, {size.told(1000)} subscribers, 50 events/s of 1 KB", "baseline_latency_p99_us", text.milliseconds),
            Line("the same while 10 % do not read, of the others", "stall_latency_p99_us", text.milliseconds),
        ),
        {"floor": "drops who is slow"},
    )


def resume(size: Size) -> Row:
    """A crowd that comes back at once."""
    cost = "server_cpu_us_per_replayed_event_gross"
    return Row(
        "resume",
        f"{size.told(5000)} sessions drop, 200 events pass, all return at once",
        (Case((*load(size, "resume", 5000), "--missed", "200", "--rate", "5", "--warm-up", f"{size.warm_up:g}")),),
        ("sluice", "nchan"),
        (
            _always("all caught up, none lost or doubled"),
            Bar("CPU per replayed event, reconnection and all, ≤ 1 µs", value_of("sluice", cost), 1, text.microseconds),
        ),
        (
            Line("CPU per replayed event, reconnection and all", cost, text.microseconds),
            Line("CPU per reconnection alone", "server_cpu_us_per_reconnection", text.microseconds),
        ),
        NO_REPLAY,
    )


def threads(size: Size) -> Row:
    """What a second thread costs, where the work is the same."""
    cases = tuple(replace(paced(size, 1000, 100, str(count)), threads=count, shares_core=True) for count in (1, 2))
    return Row(
        "threads",
        "prompt with `--threads 2` and with 1, the server on two cores",
        cases,
        ("sluice",),
        (
            Bar(
                "CPU per delivery with 2 threads ≤ 1.15 × that with 1",
                ratio_of(value_of("sluice", PER_DELIVERY, "2"), value_of("sluice", PER_DELIVERY, "1")),
                1.15,
                text.times,
            ),
        ),
        told(cases, PER_DELIVERY, text.microseconds),
    )


def filters(size: Size) -> Row:
    """What the sessions cost that an event does not concern."""
    few = paced(size, 100, 100, "unfiltered")
    streams = size.streams(10_000)
    groups = min(100, streams)
    grouped = (
        "--groups",
        str(groups),
        "--path",
        "/events?types=load-{group}",
        "--event-type",
        "load-{group}",
    )
    many = paced(size, 10_000, 100, "filtered")
    cases = (few, replace(many, load=(*many.load, *grouped)))
    return Row(
        "filters",
        f"{streams:,} sessions of which each event matches {streams / groups:.3g}, "
        f"beside {size.told(100)} sessions without a filter",
        cases,
        ("sluice",),
        (
            Bar(
                "CPU per event ≤ 1.5 × that without",
                ratio_of(value_of("sluice", PER_EVENT, "filtered"), value_of("sluice", PER_EVENT, "unfiltered")),
                1.5,
                text.times,
            ),
        ),
        told(cases, PER_EVENT, text.microseconds),
    )


def churn(size: Size) -> Row:
    """Clients that come and go."""
    leaving = f"{100 * size.scale:g}"
    rates = ("--rate", "100", "--churn-rate", leaving, "--warm-up", f"{size.warm_up:g}")
    return Row(
        "churn",
        f"{size.told(1000)} subscribers, 100 events/s, {leaving} clients/s drop and come back",
        (Case((*load(size, "churn", 1000), *rates)),),
        ("sluice", "nchan"),
        (_always("none lost or doubled"),),
        (Line(f"CPU per delivery while {leaving} clients/s drop and come back", PER_DELIVERY, text.microseconds),),
        NO_REPLAY,
    )


def _always(words: str) -> Bar:
    return Bar(words, is_wrong("sluice"), 0, text.always, combine=sum)
