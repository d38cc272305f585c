"""What a comparison is made of: rows, the runs that a row takes, and the bars that sluice is held to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from .figures import Measure
from .text import Format

DISPLAY_NAMES = {
    "floor": "floor",
    "coalescing": "floor, coalescing",
    "uring": "floor, io_uring",
    "sluice": "sluice",
    "nchan": "nchan",
    "better-sse": "better-sse",
    "mercure": "Mercure",
    "centrifugo": "Centrifugo",
}
"""Every server, in the order of tables, and what it is called there."""


@dataclass(frozen=True)
class Case:
    """One run of sluice-load. A row with several of them compares these with each other."""

    load: tuple[str, ...]
    name: str = ""
    flat_out: bool = False
    """As fast as answers come, so that events arrive together."""
    threads: int = 1
    shares_core: bool = False
    """The server gets a second core, which on a machine with two is the load's."""


@dataclass(frozen=True)
class Bar:
    """What sluice must reach."""

    text: str
    measure: Measure
    limit: float
    format: Format
    at_most: bool = True
    combine: Callable[[Sequence[float]], float] = median

    def is_met(self, figure: float) -> bool:
        """Whether the figure reaches the bar; the bar itself does."""
        return figure <= self.limit if self.at_most else figure >= self.limit


@dataclass(frozen=True)
class Line:
    """A line of the table that sets the servers side by side."""

    text: str
    key: str
    format: Format
    case: str = ""
    is_shown: bool = True
    """Whether it is in the table, or only told while measuring."""


@dataclass(frozen=True)
class Row:
    """One kind of work, done by each of the servers in turn."""

    name: str
    work: str
    cases: tuple[Case, ...]
    servers: tuple[str, ...]
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    unable: Mapping[str, str] = field(default_factory=dict)
    """Servers that cannot do this, and the words for the table."""


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    duration: float = 5.0
    warm_up: float = 1.0
    scale: float = 1.0
    """Of the number of streams; for a quick look or a small machine."""

    def streams(self, count: int) -> int:
        """That many at full scale."""
        return max(1, round(count * self.scale))

    def told(self, count: int) -> str:
        """The same in words: titles say what was measured, whatever the scale."""
        return f"{self.streams(count):,}"
