"""How figures are written: few digits, with their unit."""

from __future__ import annotations

from collections.abc import Callable

Format = Callable[[float], str]


def _significant(value: float, digits: int) -> str:
    """As many digits as say something: 12,300 for 12345.6 with three."""
    if value == 0:
        return "0"
    places = digits - 1 - _exponent(value)
    rounded = round(value, places)
    return f"{rounded:,.{max(0, digits - 1 - _exponent(rounded))}f}"


def _exponent(value: float) -> int:
    return int(f"{abs(value):e}".partition("e")[2])


def rate(value: float) -> str:
    """Something per second."""
    return f"{_significant(value / 1e6, 3)} million" if abs(value) >= 1e6 else _significant(value, 3)


def microseconds(value: float) -> str:
    """A time given in microseconds, told in those."""
    return f"{_significant(value, 3 if abs(value) >= 10 else 2)} µs"


def milliseconds(value: float) -> str:
    """A time given in microseconds, told in milliseconds."""
    return f"{_significant(value / 1e3, 2 if abs(value) < 1e5 else 3)} ms"


def kilobytes(value: float) -> str:
    """A size given in bytes, told in units of 1,024."""
    return f"{value / 1024:.1f} KB"


def times(value: float) -> str:
    """A ratio."""
    return f"{value:.2f} ×" if abs(value) < 10 else f"{_significant(value, 3)} ×"


def percent(value: float) -> str:
    """A share."""
    return f"{value:.2f} %"


def always(value: float) -> str:
    """Of something that must hold in every round: in how many it did not."""
    return "in every round" if value == 0 else f"not in {value:.0f} of the rounds"
