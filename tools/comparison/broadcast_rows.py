"""Rows about broadcasts to subscribers that read, and about subscribers that wait."""

from __future__ import annotations

from dataclasses import replace

from . import text
from .figures import ratio_of, value_of
from .model import DISPLAY_NAMES, Bar, Case, Line, Row, Size
from .row_parts import (
    DELIVERIES,
    P50,
    P99,
    PER_CONNECTION,
    PER_DELIVERY,
    at_least,
    flat_out,
    load,
    paced,
    rate_bar,
    ratio_bar,
    told,
)

ALL = tuple(DISPLAY_NAMES)
ONE_EACH = ("floor", "sluice", "nchan", "better-sse", "mercure", "centrifugo")
COALESCING = ("coalescing", "uring", "sluice", "nchan", "better-sse")
NO_BATCHES = {"nchan": "no batches", "mercure": "no batches", "centrifugo": "no batches"}

DELIVERIES_A_SECOND = 100_000


def prompt(size: Size) -> Row:
    """An even rate, where every event leaves alone."""
    return Row(
        "prompt",
        f"{size.told(1000)} subscribers, 100 events/s of 128 bytes",
        (paced(size, 1000, 100),),
        ALL,
        (ratio_bar("CPU per delivery ≤ 1.10 × the floor", PER_DELIVERY, 1.10),),
        (Line(f"CPU per delivery, {size.told(1000)} subscribers, 100 events/s", PER_DELIVERY, text.microseconds),),
    )


def scale(size: Size) -> Row:
    """The same number of deliveries a second to few, to many and to very many subscribers."""
    cases = tuple(paced(size, count, DELIVERIES_A_SECOND / count, str(count)) for count in (10, 1000, 9000))

    def bar(count: int) -> Bar:
        return Bar(
            f"CPU per delivery at {size.told(count)} ≤ 1.15 × that at {size.told(1000)}",
            ratio_of(value_of("sluice", PER_DELIVERY, str(count)), value_of("sluice", PER_DELIVERY, "1000")),
            1.15,
            text.times,
        )

    return Row(
        "scale",
        f"{DELIVERIES_A_SECOND * size.scale:,.0f} deliveries/s to {size.told(10)}, {size.told(1000)} and {size.told(9000)} subscribers",
        cases,
        ("floor", "sluice"),
        (bar(10), bar(9000)),
        told(cases, PER_DELIVERY, text.microseconds),
    )


def flat(size: Size) -> Row:
    """As many events as the server takes, each in a request of its own."""
    return Row(
        "flat",
        f"64 pipelined `POST /broadcast` outstanding on one connection, {size.told(1000)} subscribers",
        (flat_out(size, "flat", 1000),),
        ALL,
        (
            rate_bar("≥ 2,000,000 deliveries per CPU second", 2e6),
            at_least("≥ 20 × nchan", "nchan", 20),
            at_least("stretch: ≥ half of the coalescing floor", "coalescing", 0.5),
        ),
        (Line("deliveries per CPU second, 64 requests outstanding", DELIVERIES, text.rate),),
    )


def batch(size: Size) -> Row:
    """As many events as the server takes, a hundred in each request."""
    return Row(
        "batch",
        f"NDJSON, 100 lines in each request, {size.told(1000)} subscribers",
        (flat_out(size, "batch", 1000),),
        COALESCING,
        (
            rate_bar("≥ 3,000,000 deliveries per CPU second", 3e6),
            at_least("stretch: ≥ the coalescing floor", "coalescing", 1),
        ),
        (Line("the same in batches of 100", DELIVERIES, text.rate),),
        NO_BATCHES,
    )


def ingest(size: Size) -> Row:
    """What it costs to take an event in: there is one subscriber only."""
    return Row(
        "ingest",
        "NDJSON, 100 lines in each request, 1 subscriber",
        (flat_out(size, "batch", 1),),
        COALESCING,
        (rate_bar("≥ 500,000 events accepted and delivered per CPU second", 5e5),),
        (Line("events per CPU second, in batches, 1 subscriber", DELIVERIES, text.rate),),
        NO_BATCHES,
    )


def idle(size: Size) -> Row:
    """Connections on which nothing happens."""
    share = "server_cpu_share_percent"
    return Row(
        "idle",
        f"{size.told(9000)} connections, no heartbeats",
        (Case((*load(size, "idle", 9000), "--settle", f"{3 * size.warm_up:g}")),),
        ONE_EACH,
        (
            Bar("≤ 2 KB resident per connection", value_of("sluice", PER_CONNECTION), 2048, text.kilobytes),
            Bar("no CPU: ≤ 0.1 % of a core", value_of("sluice", share), 0.1, text.percent),
        ),
        (Line(f"resident memory per idle connection, of {size.told(9000)}", PER_CONNECTION, text.kilobytes),),
    )


def latency(size: Size) -> Row:
    """How late events come where there is time for each."""
    return Row(
        "latency",
        f"{size.told(1000)} subscribers, 20 events/s",
        (paced(size, 1000, 20),),
        ONE_EACH,
        (ratio_bar("p99 ≤ 1.2 × the floor", P99, 1.2),),
        (
            Line(f"latency, p50, {size.told(1000)} subscribers, 20 events/s", P50, text.milliseconds),
            Line("latency, p99", P99, text.milliseconds),
        ),
    )


def throughput(size: Size) -> Row:
    """The chart's own row: flat out, with few and with many subscribers. Shorter, for there are many runs."""
    short = replace(size, duration=0.4 * size.duration, warm_up=0.5 * size.warm_up)
    cases = tuple(flat_out(short, "flat", count, str(count)) for count in (10, 100, 1000, 9000))
    return Row("throughput", f"flat with {size.told(10)} to {size.told(9000)} subscribers", cases, ALL, lines=told(cases, DELIVERIES, text.rate))
