"""TERM and INT end the tool, but not between the start of a process and the moment when it is known."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class _State:
    held_back = False
    came = 0


def exit_on_signals() -> None:
    """From now on a signal raises SystemExit; a second one ends the tool as it is."""
    for number in _SIGNALS:
        signal.signal(number, _on_signal)


@contextmanager
def held_back() -> Iterator[None]:
    """Signals that come meanwhile wait for the end of the block."""
    _State.held_back = True
    try:
        yield
    finally:
        _State.held_back = False
        if _State.came:
            _exit()


def _on_signal(number: int, _: object) -> None:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_DFL)
    _State.came = number
    if not _State.held_back:
        _exit()


def _exit() -> None:
    number, _State.came = _State.came, 0
    sys.exit(128 + number)
