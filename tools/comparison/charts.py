"""The charts, drawn by gnuplot as SVG: no background and middle tones, so that they read on light and dark pages."""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import ComparisonError
from .figures import over_rounds, value_of
from .model import DISPLAY_NAMES, Size
from .results import Results
from .row_parts import DELIVERIES, PER_CONNECTION

INK = "#7a828c"
GRID = "#7a828c50"
WIDTH, HEIGHT = 760, 400
LABEL_GAP = 0.055
"""Between two labels at the ends of lines, as a share of the chart's height."""

STYLES = {
    "floor": ("#8d96a0", 2),
    "coalescing": ("#a371f7", 2),
    "uring": ("#c2679c", 2),
    "sluice": ("#2f81f7", 4),
    "nchan": ("#d1772b", 2),
    "better-sse": ("#3f9e4d", 2),
    "mercure": ("#c9a227", 2),
    "centrifugo": ("#d1503f", 2),
}

QUANTILES = (
    ("50 %", "latency_p50_us"),
    ("90 %", "latency_p90_us"),
    ("99 %", "latency_p99_us"),
    ("99.9 %", "latency_p999_us"),
)


@dataclass(frozen=True)
class Series:
    """One server's line."""

    server: str
    points: tuple[tuple[float, float], ...]

    @property
    def colour(self) -> str:
        return STYLES[self.server][0]


def draw(results: Results, directory: Path) -> list[Path]:
    """Draws every chart that there are figures for."""
    scripts = {"throughput": _throughput(results), "latency": _latency(results), "memory": _memory(results)}
    drawn = []
    for name, script in scripts.items():
        file = directory / f"{name}.svg"
        file.unlink(missing_ok=True)
        if script:
            _plot(script, file)
            drawn.append(file)
    return drawn


def is_possible() -> bool:
    """Whether gnuplot is there."""
    return shutil.which("gnuplot") is not None


def _throughput(results: Results) -> str:
    lines = _lines(results, "throughput", DELIVERIES)
    size = _size(results, "throughput")
    ticks_at = ", ".join(f'"{size.told(count)}" {count}' for count in (10, 100, 1000, 9000))
    return "" if not lines else _line_chart(
        "Deliveries per second of server CPU, 64 publishes outstanding",
        lines,
        'set logscale xy; set format y "%.0s %c"; set xlabel "subscribers"; set ylabel "deliveries per CPU second"\n'
        f"set xtics ({ticks_at}); set xrange [9.5:9500]",
    )  # fmt: skip


def _latency(results: Results) -> str:
    if "latency" not in results.rows:
        return ""
    rounds = results.rows["latency"].rounds()
    lines = []
    for server in DISPLAY_NAMES:
        values = [over_rounds(value_of(server, key), rounds) for _, key in QUANTILES]
        points = tuple((float(at), value / 1e3) for at, value in enumerate(values) if value)
        lines += [Series(server, points)] if points else []
    ticks = ", ".join(f'"{name.replace("%", "%%")}" {at}' for at, (name, _) in enumerate(QUANTILES))
    return "" if not lines else _line_chart(
        f"Latency from the moment an event is due, {_size(results, 'latency').told(1000)} subscribers, 20 events/s",
        lines,
        f'set logscale y; set xlabel "share of deliveries that came within"; set ylabel "latency, ms"; set xtics ({ticks})',
    )  # fmt: skip


def _memory(results: Results) -> str:
    if "idle" not in results.rows:
        return ""
    rounds = results.rows["idle"].rounds()
    values = [(server, over_rounds(value_of(server, PER_CONNECTION), rounds)) for server in DISPLAY_NAMES]
    bars = [(server, value / 1024) for server, value in values if value is not None]
    if not bars:
        return ""
    ticks = ", ".join(f'"{DISPLAY_NAMES[server]}" {at}' for at, (server, _) in enumerate(bars))
    lines = [
        _head(f"Resident memory of the server per idle connection, of {_size(results, 'idle').told(9000)}"),
        f'set ylabel "KB"; set xtics ({ticks}) textcolor rgb "{INK}"; set boxwidth 0.5; set style fill solid noborder',
        f"set xrange [-0.6:{len(bars) - 0.4}]; set yrange [0:{max(value for _, value in bars) * 1.15 or 1}]; unset key",
    ]
    for at, (server, value) in enumerate(bars):
        lines.append(
            f'set label "{value:.1f} KB" at {at},{max(value, 0)} center offset 0,0.7 textcolor rgb "{STYLES[server][0]}"'
        )
    boxes = [f"$data{at} using 1:2 with boxes lc rgb '{STYLES[server][0]}'" for at, (server, _) in enumerate(bars)]
    data = [f"$data{at} << E\n{at} {max(value, 0)}\nE" for at, (_, value) in enumerate(bars)]
    return "\n".join([*lines, *data, f"plot {', '.join(boxes)}"])


def _size(results: Results, row: str) -> Size:
    """How much of a row was measured."""
    return Size(**results.rows[row].settings) if row in results.rows else Size()


def _lines(results: Results, row: str, key: str) -> list[Series]:
    """A figure of a row against its cases, which are numbers."""
    if row not in results.rows:
        return []
    rounds = results.rows[row].rounds()
    cases = sorted({run.case for run in results.rows[row].runs}, key=int)
    lines = []
    for server in DISPLAY_NAMES:
        values = [(float(case), over_rounds(value_of(server, key, case), rounds)) for case in cases]
        points = tuple((x, y) for x, y in values if y)
        lines += [Series(server, points)] if points else []
    return lines


def _line_chart(title: str, lines: Sequence[Series], settings: str) -> str:
    """Lines with their names at their ends, on a logarithmic scale."""
    ys = [math.log10(y) for line in lines for _, y in line.points]
    low, high = min(ys) - 0.1, max(ys) + 0.1
    ends = spread([math.log10(line.points[-1][1]) for line in lines], (high - low) * LABEL_GAP)
    script = [_head(title), settings, f"set rmargin 20; set yrange [{10**low:.6g}:{10**high:.6g}]; unset key"]
    script.append(f"set ytics ({', '.join(f'{tick:.6g}' for tick in ticks(10**low, 10**high))})")
    plots = []
    for at, (line, end) in enumerate(zip(lines, ends, strict=True)):
        data = "\n".join(f"{x:.6g} {y:.6g}" for x, y in line.points)
        place = f"{line.points[-1][0]:.6g},{10**end:.6g}"
        script.append(f"$data{at} << E\n{data}\nE")
        script.append(
            f'set label "{DISPLAY_NAMES[line.server]}" at {place} left offset 1,0 textcolor rgb "{line.colour}"'
        )
        plots.append(f"$data{at} with linespoints lw {STYLES[line.server][1]} pt 7 ps 0.5 lc rgb '{line.colour}'")
    return "\n".join([*script, f"plot {', '.join(plots)}"])


def ticks(low: float, high: float) -> list[float]:
    """Round numbers between the two: powers of ten, or 1, 2 and 5 times those where few powers lie in between."""
    steps = (1, 2, 5) if high / low < 200 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Places for labels, each as near as may be to where it is wanted, and none nearer to another than `gap`."""
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    groups: list[list[int]] = []
    for at in order:  # a group stands around the middle of what its members want; groups that touch become one
        groups.append([at])
        while len(groups) > 1 and _top(groups[-2], wanted, gap) + gap > _bottom(groups[-1], wanted, gap):
            last = groups.pop()
            groups[-1] += last
    places = [0.0] * len(wanted)
    for group in groups:
        for step, at in enumerate(group):
            places[at] = _bottom(group, wanted, gap) + step * gap
    return places


def _bottom(group: Sequence[int], wanted: Sequence[float], gap: float) -> float:
    return sum(wanted[at] for at in group) / len(group) - gap * (len(group) - 1) / 2


def _top(group: Sequence[int], wanted: Sequence[float], gap: float) -> float:
    return _bottom(group, wanted, gap) + gap * (len(group) - 1)


def _head(title: str) -> str:
    return "\n".join([
        f'set title "{title}" font ",16" textcolor rgb "{INK}"',
        f'set border 3 lc rgb "{INK}"; set tics nomirror out textcolor rgb "{INK}"; set xtics scale 0',
        f'set xlabel textcolor rgb "{INK}"; set ylabel textcolor rgb "{INK}"',
        f"set grid ytics lc rgb '{INK}' lw 0.3",
    ])  # fmt: skip


def _plot(script: str, file: Path) -> None:
    terminal = f'set terminal svg size {WIDTH},{HEIGHT} dynamic noenhanced font "sans-serif,14"\nset output "{file}"\n'
    done = subprocess.run(
        ["gnuplot"], input=f"set encoding utf8\n{terminal}{script}\n", capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ComparisonError(f"gnuplot cannot draw {file.name}: {' '.join(done.stderr.split())}")
