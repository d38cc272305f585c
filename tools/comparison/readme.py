"""Puts the figures into the README.md of this directory, and the charts beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

from .errors import ComparisonError

BEGIN = "<!-- figures: written by tools/compare --readme -->\n"
END = "<!-- end of figures -->\n"
PAGE = Path("tools/comparison/README.md")
KEPT = PAGE.parent / "results"
CHARTS = {
    "throughput": "Deliveries per second of server CPU against the number of subscribers",
    "latency": "Latency by percentile",
    "memory": "Memory per idle connection",
}


def refresh(root: Path, out: Path, text: str) -> None:
    """Copies the charts and the results, and replaces what stands between the two marks of the page."""
    kept = root / KEPT
    kept.mkdir(parents=True, exist_ok=True)
    for old in kept.glob("*.svg"):
        if kept.resolve() != out.resolve():
            old.unlink()
    for file in (out / "results.json", *out.glob("*.svg")):
        if file.resolve() != (kept / file.name).resolve():
            shutil.copyfile(file, kept / file.name)
    page = root / PAGE
    page.write_text(with_figures(page.read_text(encoding="utf-8"), figures(kept, text)), encoding="utf-8")


def figures(kept: Path, text: str) -> str:
    """The table, and the charts that there are."""
    charts = [f"![{words}]({KEPT.name}/{name}.svg)" for name, words in CHARTS.items() if (kept / f"{name}.svg").exists()]
    return "\n\n".join([text.strip(), *charts]) + "\n"


def with_figures(page: str, figures: str) -> str:
    """The page with other figures."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ComparisonError(f"{PAGE} has no place for figures: {BEGIN.strip()} … {END.strip()}")
    return f"{before}{begin}\n{figures}\n{end}{after}"
