"""All rows, in the order in which they are measured and shown."""

from __future__ import annotations

from collections.abc import Mapping

from .broadcast_rows import batch, flat, idle, ingest, latency, prompt, scale, throughput
from .client_rows import churn, filters, resume, stall, threads
from .model import Row, Size
from .topic_rows import overlap, patterns, topics

_MAKERS = {
    make.__name__: make
    for make in (
        prompt, scale, flat, batch, ingest, idle, latency, stall, resume, threads, filters, topics, patterns, overlap,
        churn, throughput,
    )
}  # fmt: skip
NAMES = tuple(_MAKERS)


def make_rows(size: Size, measured: Mapping[str, Mapping[str, float]] | None = None) -> dict[str, Row]:
    """Every row, measured that much; those in `measured`, by their settings, as much as they were."""
    sizes = {name: Size(**settings) for name, settings in (measured or {}).items()}
    return {name: make(sizes.get(name, size)) for name, make in _MAKERS.items()}
