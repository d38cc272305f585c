"""All rows, in the order in which they are measured and shown."""

from __future__ import annotations

from .broadcast_rows import batch, flat, idle, ingest, latency, prompt, scale, throughput
from .client_rows import churn, filters, resume, stall, threads
from .model import Row, Size

_MAKERS = {
    make.__name__: make
    for make in (
        prompt, scale, flat, batch, ingest, idle, latency, stall, resume, threads, filters, churn, throughput,
    )
}  # fmt: skip
NAMES = tuple(_MAKERS)


def make_rows(size: Size) -> dict[str, Row]:
    """Every row, measured that much."""
    return {name: make(size) for name, make in _MAKERS.items()}
