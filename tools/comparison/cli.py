"""The command line of tools/compare."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from . import charts, machine, process, readme, results, table
from .errors import ComparisonError
from .interruption import exit_on_signals
from .model import DISPLAY_NAMES, Row, Size
from .peers import BetterSse, Centrifugo, Mercure, Nchan
from .process import Cores, allowed_cores
from .results import Results
from .rounds import Contest, measure
from .rows import NAMES, make_rows
from .servers import Floor, Server, Sluice

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("sluice", "sluice-floor", "sluice-load")
DESCRIPTION = """\
Runs the floor, sluice and its peers through the same work in turn, the server on one core and the load on another,
and writes DIR/table.md, DIR/results.json and charts as DIR/*.svg. Peers that are not installed are left out.
Builds nothing. Exit status: 0 all is measured; 1 a run of the floor or of sluice failed (a peer's failure stands in the
table), or something is missing; 2 a bad option.
Whether sluice meets its bars is told in the table and does not change the status."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Reads the command line; a bad option ends the program with status 2."""
    parser = argparse.ArgumentParser(
        "tools/compare", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    option = parser.add_argument
    option(
        "--rows", type=_names(NAMES), default=list(NAMES), metavar="LIST", help=f"what to measure ({','.join(NAMES)})"
    )
    option(
        "--servers",
        type=_names(DISPLAY_NAMES),
        default=list(DISPLAY_NAMES),
        metavar="LIST",
        help=f"whom ({','.join(DISPLAY_NAMES)})",
    )
    option("--rounds", type=_rounds, default=5, metavar="N", help="how often everything is run (5)")
    option("--duration", type=_positive, default=5.0, metavar="S", help="seconds measured in each run (5)")
    option("--warm-up", type=_positive, default=1.0, metavar="S", help="seconds before those (1)")
    option("--scale", type=_positive, default=1.0, metavar="F", help="of the number of streams, for a quick look (1)")
    option(
        "--bin",
        type=Path,
        default=ROOT / "build/release/bin",
        metavar="DIR",
        help="where sluice, sluice-floor and sluice-load are (build/release/bin)",
    )
    option("--mercure", type=Path, metavar="PATH", help="the program mercure (0.x), to take part")
    option("--centrifugo", type=Path, metavar="PATH", help="the program centrifugo (6.x), to take part")
    option(
        "--out",
        type=Path,
        default=ROOT / "build/comparison",
        metavar="DIR",
        help="where the results go (build/comparison)",
    )
    option("--add", action="store_true", help="keep the rows of DIR/results.json that are not measured now")
    option(
        "--draw", action="store_true", help="measure nothing: make the table and the charts from DIR/results.json again"
    )
    option("--readme", action="store_true", help="put the table into tools/comparison/README.md and the charts beside it")
    option("--install", action="store_true", help="install the peers and what draws the charts, then end")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Runs the tool; the result is its exit status."""
    given = parse(arguments)
    exit_on_signals()
    try:
        return _run(given)
    except ComparisonError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    finally:
        process.end_all()


def _run(given: argparse.Namespace) -> int:
    if given.install:
        return subprocess.run([ROOT / "tools/setup", "--peers"], check=False).returncode
    size = Size(given.duration, given.warm_up, given.scale)
    rows = make_rows(size)
    given.out.mkdir(parents=True, exist_ok=True)
    kept = given.out / "results.json"
    gathered = results.load(kept) if given.draw or (given.add and kept.exists()) else Results()
    if not given.draw:
        _measure(given, [rows[name] for name in given.rows], list(rows.values()), gathered)
    # Rows that are kept from another time may have been measured at another scale: their titles say so.
    measured = {name: row.settings for name, row in gathered.rows.items()}
    text = _write(given.out, gathered, list(make_rows(size, measured).values()))
    if given.readme:
        readme.refresh(ROOT, given.out, text)
    print(text)
    return 1 if _tell_failures(gathered) else 0


def _measure(given: argparse.Namespace, chosen: Sequence[Row], rows: Sequence[Row], gathered: Results) -> None:
    for program in PROGRAMS:
        if not shutil.which(given.bin / program):
            raise ComparisonError(f"{given.bin / program} is missing: build the release preset first")
    cores = Cores.pick(allowed_cores())
    servers, absent = _contestants(given)
    gathered.machine = machine.describe()
    gathered.versions |= {name: server.version() for name, server in servers.items()}
    settings = {"duration": given.duration, "warm_up": given.warm_up, "scale": given.scale}
    with tempfile.TemporaryDirectory(prefix="compare-") as work:
        contest = Contest(given.bin / "sluice-load", servers, absent, cores, Path(work))
        for _ in measure(contest, chosen, given.rounds, settings, gathered):
            gathered.save(given.out / "results.json", table.bars(gathered, rows))


def _contestants(given: argparse.Namespace) -> tuple[dict[str, Server], dict[str, str]]:
    """Those that are there, and why the others are not."""
    floor = given.bin / "sluice-floor"
    everyone: list[Server] = [
        Floor("floor", floor),
        Floor("coalescing", floor, "coalesced", "coalesced"),
        Floor("uring", floor, "uring", "uring-coalesced"),
        Sluice(given.bin / "sluice"),
        Nchan(),
        BetterSse(),
        Mercure(given.mercure),
        Centrifugo(given.centrifugo),
    ]
    servers, absent = {}, {}
    for server in everyone:
        why = server.absence() if server.name in given.servers else "not asked for"
        if not why:
            servers[server.name] = server
            continue
        absent[server.name] = why
        if server.name in given.servers:
            print(f"compare: without {server.name}: {why}", file=sys.stderr)
    return servers, absent


def _write(out: Path, gathered: Results, rows: Sequence[Row]) -> str:
    judged = table.bars(gathered, rows)
    gathered.save(out / "results.json", judged)
    text = table.render(gathered, rows, judged)
    (out / "table.md").write_text(text, encoding="utf-8")
    if charts.is_possible():
        charts.draw(gathered, out)
    else:
        print("compare: without charts: gnuplot is not installed", file=sys.stderr)
    return text


def _tell_failures(gathered: Results) -> bool:
    """Names the runs that failed; whether those of our own programs are among them."""
    failed = [(name, run) for name, row in gathered.rows.items() for run in row.runs if run.failure]
    for name, run in failed:
        print(f"compare: {name}, {run.server}, round {run.round + 1}: {run.failure}", file=sys.stderr)
    peers = (Nchan.name, BetterSse.name, Mercure.name, Centrifugo.name)
    return any(run.server not in peers for _, run in failed)


def _names(known: Collection[str]) -> Callable[[str], list[str]]:
    """Reads a list of names, each of which must be known."""

    def parse_names(text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"unknown: {name or '(empty)'}")
        return names

    return parse_names


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value <= 3600:
        raise argparse.ArgumentTypeError(f"not above 0 and at most 3600: {text}")
    return value


def _rounds(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"not between 1 and 1000: {text}")
    return value
