"""What rows are made of: the runs, the figures that are shown, and the usual bars."""

from __future__ import annotations

from . import text
from .figures import ratio_of, value_of
from .model import Bar, Case, Line, Size

PER_DELIVERY = "server_cpu_us_per_delivery"
PER_EVENT = "server_cpu_us_per_event"
DELIVERIES = "deliveries_per_server_cpu_s"
PER_CONNECTION = "server_rss_per_connection_bytes"
P50 = "latency_p50_us"
P99 = "latency_p99_us"


def load(size: Size, profile: str, streams: int) -> tuple[str, ...]:
    """What every run of sluice-load is told."""
    return ("--profile", profile, "--streams", str(size.streams(streams)), "--duration", f"{size.duration:g}")


def paced(size: Size, streams: int, rate: float, name: str = "") -> Case:
    """Events at an even rate."""
    return Case((*load(size, "prompt", streams), "--rate", f"{rate:g}", "--warm-up", f"{size.warm_up:g}"), name)


def flat_out(size: Size, profile: str, streams: int, name: str = "") -> Case:
    """As many events as the server takes."""
    return Case((*load(size, profile, streams), "--warm-up", f"{size.warm_up:g}"), name, flat_out=True)


def told(cases: tuple[Case, ...], key: str, how: text.Format) -> tuple[Line, ...]:
    """Figures that are told while measuring and stand in no table."""
    return tuple(Line("", key, how, case.name, is_shown=False) for case in cases)


def ratio_bar(words: str, key: str, limit: float) -> Bar:
    """A figure of sluice's must not be above that many times the floor's."""
    return Bar(words, ratio_of(value_of("sluice", key), value_of("floor", key)), limit, text.times)


def rate_bar(words: str, limit: float) -> Bar:
    """Sluice must deliver that much per second of its CPU time."""
    return Bar(words, value_of("sluice", DELIVERIES), limit, text.rate, at_most=False)


def at_least(words: str, other: str, limit: float) -> Bar:
    """Sluice must deliver that many times what another server does per second of CPU time."""
    measure = ratio_of(value_of("sluice", DELIVERIES), value_of(other, DELIVERIES))
    return Bar(words, measure, limit, text.times, at_most=False)
