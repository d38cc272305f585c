"""Rows about topics: events that few of many streams are for."""

from __future__ import annotations

from dataclasses import replace

from . import text
from .figures import ratio_of, value_of
from .model import Bar, Case, Row, Size
from .row_parts import PER_DELIVERY, paced, ratio_bar, told

TOPICS_OF_A_STREAM = 20
"""Of which an event of the row overlap has three."""


def topics(size: Size) -> Row:
    """As many topics as streams: each event is for one socket, which no cache holds."""
    streams = size.streams(10_000)
    case = _grouped(paced(size, 10_000, 10_000 * size.scale), streams, "topic=/t/{group}", "topic=/t/{group}")
    return Row(
        "topics",
        f"{streams:,} streams on {streams:,} topics, {10_000 * size.scale:,.0f} events/s to one each",
        (case,),
        ("floor", "sluice"),
        (ratio_bar("CPU per delivery ≤ 1.15 × the floor", PER_DELIVERY, 1.15),),
        told((case,), PER_DELIVERY, text.microseconds),
    )


def patterns(size: Size) -> Row:
    """Many different patterns, of which each event matches one."""
    streams = size.streams(10_000)
    groups = min(1000, streams)
    paces = {name: paced(size, 10_000, 1000 * size.scale, name) for name in ("names", "patterns")}
    cases = (
        _grouped(paces["names"], groups, "topic=/t/{group}/a", "topic=/t/{group}/a"),
        _grouped(paces["patterns"], groups, "topic_pattern=/t/{group}/:x", "topic=/t/{group}/a"),
    )
    return Row(
        "patterns",
        f"{streams:,} streams with {groups:,} patterns, every event matches one",
        cases,
        ("sluice",),
        (_against("CPU per delivery ≤ 1.5 × that with names", "patterns", "names", 1.5),),
        told(cases, PER_DELIVERY, text.microseconds),
    )


def overlap(size: Size) -> Row:
    """Streams that want an event by several of its topics, and get it once."""
    streams = size.streams(1000)
    groups = min(10, streams)
    wanted = "&".join(f"topic=/t/{{group}}/{i}" for i in range(TOPICS_OF_A_STREAM))
    about = "&".join(f"topic=/t/{{group}}/{i}" for i in (0, TOPICS_OF_A_STREAM // 2, TOPICS_OF_A_STREAM - 1))
    one = "topic=/t/{group}/0"
    cases = (
        _grouped(paced(size, 1000, 1000, "one"), groups, one, one),
        _grouped(paced(size, 1000, 1000, "several"), groups, wanted, about),
    )
    return Row(
        "overlap",
        f"{size.told(1000)} streams with {TOPICS_OF_A_STREAM} topics each, events with 3 topics",
        cases,
        ("sluice",),
        (_against("CPU per delivery ≤ 1.2 × that with one topic each", "several", "one", 1.2),),
        told(cases, PER_DELIVERY, text.microseconds),
    )


def _grouped(case: Case, groups: int, wanted: str, about: str) -> Case:
    """In groups that ask for different topics. The floor tells them apart by their queries."""
    paths = ("--path", f"/events?{wanted}", "--publish-path", f"/broadcast?{about}")
    return replace(case, load=(*case.load, "--groups", str(groups), *paths))


def _against(words: str, upper: str, lower: str, limit: float) -> Bar:
    measure = ratio_of(value_of("sluice", PER_DELIVERY, upper), value_of("sluice", PER_DELIVERY, lower))
    return Bar(words, measure, limit, text.times)
