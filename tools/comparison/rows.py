"""The rows that can be measured, at full scale those that the bars are about."""

from __future__ import annotations

from dataclasses import replace

from . import text
from .figures import ratio_of, sum_of, value_of
from .model import DISPLAY_NAMES, Bar, Case, Line, Row, Size

ALL = tuple(DISPLAY_NAMES)
ONE_EACH = ("floor", "sluice", "nchan", "better-sse")
COALESCING = ("coalescing", "uring", "sluice", "nchan", "better-sse")
NO_BATCHES = {"nchan": "no batches"}

PER_DELIVERY = "server_cpu_us_per_delivery"
PER_EVENT = "server_cpu_us_per_event"
DELIVERIES = "deliveries_per_server_cpu_s"
PER_CONNECTION = "server_rss_per_connection_bytes"
P50 = "latency_p50_us"
P99 = "latency_p99_us"
DELIVERIES_A_SECOND = 100_000


def prompt(size: Size) -> Row:
    """An even rate, where every event leaves alone."""
    return Row(
        "prompt",
        "1,000 subscribers, 100 events/s of 128 bytes",
        (_paced(size, 1000, 100),),
        ALL,
        (_ratio_bar("CPU per delivery ≤ 1.10 × the floor", PER_DELIVERY, 1.10),),
        (Line("CPU per delivery, 1,000 subscribers, 100 events/s", PER_DELIVERY, text.microseconds),),
    )


def scale(size: Size) -> Row:
    """The same number of deliveries a second to few, to many and to very many subscribers."""
    cases = tuple(_paced(size, count, DELIVERIES_A_SECOND / count, str(count)) for count in (10, 1000, 9000))

    def bar(count: int) -> Bar:
        return Bar(
            f"CPU per delivery at {count:,} ≤ 1.15 × that at 1,000",
            ratio_of(value_of("sluice", PER_DELIVERY, str(count)), value_of("sluice", PER_DELIVERY, "1000")),
            1.15,
            text.times,
        )

    return Row(
        "scale",
        "100,000 deliveries/s to 10, 1,000 and 9,000 subscribers",
        cases,
        ("floor", "sluice"),
        (bar(10), bar(9000)),
        _told(cases, PER_DELIVERY, text.microseconds),
    )


def flat(size: Size) -> Row:
    """As many events as the server takes, each in a request of its own."""
    return Row(
        "flat",
        "64 pipelined `POST /broadcast` outstanding on one connection, 1,000 subscribers",
        (_flat_out(size, "flat", 1000),),
        ALL,
        (
            _rate_bar("≥ 2,000,000 deliveries per CPU second", 2e6),
            _at_least("≥ 20 × nchan", "nchan", 20),
            _at_least("stretch: ≥ half of the coalescing floor", "coalescing", 0.5),
        ),
        (Line("deliveries per CPU second, 64 requests outstanding", DELIVERIES, text.rate),),
    )


def batch(size: Size) -> Row:
    """As many events as the server takes, a hundred in each request."""
    return Row(
        "batch",
        "NDJSON, 100 lines in each request, 1,000 subscribers",
        (_flat_out(size, "batch", 1000),),
        COALESCING,
        (
            _rate_bar("≥ 3,000,000 deliveries per CPU second", 3e6),
            _at_least("stretch: ≥ the coalescing floor", "coalescing", 1),
        ),
        (Line("the same in batches of 100", DELIVERIES, text.rate),),
        NO_BATCHES,
    )


def ingest(size: Size) -> Row:
    """What it costs to take an event in: there is one subscriber only."""
    return Row(
        "ingest",
        "NDJSON, 100 lines in each request, 1 subscriber",
        (_flat_out(size, "batch", 1),),
        COALESCING,
        (_rate_bar("≥ 500,000 events accepted and delivered per CPU second", 5e5),),
        (Line("events per CPU second, in batches, 1 subscriber", DELIVERIES, text.rate),),
        NO_BATCHES,
    )


def idle(size: Size) -> Row:
    """Connections on which nothing happens."""
    share = "server_cpu_share_percent"
    return Row(
        "idle",
        "9,000 connections, no heartbeats",
        (Case((*_load(size, "idle", 9000), "--settle", f"{3 * size.warm_up:g}")),),
        ONE_EACH,
        (
            Bar("≤ 2 KB resident per connection", value_of("sluice", PER_CONNECTION), 2048, text.kilobytes),
            Bar("no CPU: ≤ 0.1 % of a core", value_of("sluice", share), 0.1, text.percent),
        ),
        (Line("resident memory per idle connection, of 9,000", PER_CONNECTION, text.kilobytes),),
    )


def latency(size: Size) -> Row:
    """How late events come where there is time for each."""
    return Row(
        "latency",
        "1,000 subscribers, 20 events/s",
        (_paced(size, 1000, 20),),
        ONE_EACH,
        (_ratio_bar("p99 ≤ 1.2 × the floor", P99, 1.2),),
        (
            Line("latency, p50, 1,000 subscribers, 20 events/s", P50, text.milliseconds),
            Line("latency, p99", P99, text.milliseconds),
        ),
    )


def threads(size: Size) -> Row:
    """What a second thread costs, where the work is the same."""
    cases = tuple(replace(_paced(size, 1000, 100, str(count)), threads=count, shares_core=True) for count in (1, 2))
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
        _told(cases, PER_DELIVERY, text.microseconds),
    )


def throughput(size: Size) -> Row:
    """The chart's own row: flat out, with few and with many subscribers."""
    cases = tuple(_flat_out(size, "flat", count, str(count)) for count in (10, 100, 1000, 9000))
    return Row("throughput", "flat with 10 to 9,000 subscribers", cases, ALL, lines=_told(cases, DELIVERIES, text.rate))


def _load(size: Size, profile: str, streams: int) -> tuple[str, ...]:
    return ("--profile", profile, "--streams", str(size.streams(streams)), "--duration", f"{size.duration:g}")


def _paced(size: Size, streams: int, rate: float, name: str = "") -> Case:
    return Case((*_load(size, "prompt", streams), "--rate", f"{rate:g}", "--warm-up", f"{size.warm_up:g}"), name)


def _flat_out(size: Size, profile: str, streams: int, name: str = "") -> Case:
    return Case((*_load(size, profile, streams), "--warm-up", f"{size.warm_up:g}"), name, flat_out=True)


def _told(cases: tuple[Case, ...], key: str, how: text.Format) -> tuple[Line, ...]:
    """Figures that are told while measuring and stand in no table."""
    return tuple(Line("", key, how, case.name, is_shown=False) for case in cases)


def _ratio_bar(words: str, key: str, limit: float) -> Bar:
    return Bar(words, ratio_of(value_of("sluice", key), value_of("floor", key)), limit, text.times)


def _rate_bar(words: str, limit: float) -> Bar:
    return Bar(words, value_of("sluice", DELIVERIES), limit, text.rate, at_most=False)


def _at_least(words: str, other: str, limit: float) -> Bar:
    measure = ratio_of(value_of("sluice", DELIVERIES), value_of(other, DELIVERIES))
    return Bar(words, measure, limit, text.times, at_most=False)


_MAKERS = {make.__name__: make for make in (prompt, scale, flat, batch, ingest, idle, latency, threads, throughput)}
ROWS = tuple(_MAKERS)


def make_rows(size: Size) -> dict[str, Row]:
    """Every row, measured that much."""
    return {name: make(size) for name, make in _MAKERS.items()}
