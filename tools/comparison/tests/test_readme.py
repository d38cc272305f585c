"""The figures in tools/comparison/README.md, and those that the first page repeats."""

from __future__ import annotations

import re
import tempfile
import unittest
from pathlib import Path

from comparison import readme, results, table
from comparison.errors import ComparisonError
from comparison.model import Size
from comparison.rows import make_rows

PAGE = f"# a page\n\n{readme.BEGIN}\nold\n\n{readme.END}\nmore\n"


class Readme(unittest.TestCase):
    """What stands between the marks, and nothing else, is replaced."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        self.out = self.root / "out"
        self.out.mkdir()
        (self.out / "results.json").write_text("{}")
        (self.out / "memory.svg").write_text("<svg/>")
        self.page = self.root / readme.PAGE
        self.page.parent.mkdir(parents=True)

    def test_figures_are_replaced(self) -> None:
        self.page.write_text(PAGE)
        readme.refresh(self.root, self.out, "| a table |\n")
        expected = "| a table |\n\n![Memory per idle connection](results/memory.svg)\n"
        self.assertEqual(self.page.read_text(), f"# a page\n\n{readme.BEGIN}\n{expected}\n{readme.END}\nmore\n")
        self.assertEqual((self.root / readme.KEPT / "memory.svg").read_text(), "<svg/>")

    def test_replacing_twice_changes_nothing_more(self) -> None:
        self.page.write_text(PAGE)
        readme.refresh(self.root, self.out, "text")
        once = self.page.read_text()
        readme.refresh(self.root, self.root / readme.KEPT, "text")
        self.assertEqual(self.page.read_text(), once)

    def test_a_chart_that_is_no_longer_drawn_goes(self) -> None:
        self.page.write_text(PAGE)
        readme.refresh(self.root, self.out, "text")
        (self.out / "memory.svg").unlink()
        readme.refresh(self.root, self.out, "text")
        self.assertNotIn("memory.svg", self.page.read_text())
        self.assertFalse((self.root / readme.KEPT / "memory.svg").exists())

    def test_a_page_without_the_marks_stays_as_it_is(self) -> None:
        self.page.write_text("# a page\n")
        with self.assertRaisesRegex(ComparisonError, "no place for figures"):
            readme.refresh(self.root, self.out, "text")
        self.assertEqual(self.page.read_text(), "# a page\n")

    def test_the_projects_own_page_shows_the_results_that_are_kept(self) -> None:
        root = Path(__file__).resolve().parents[3]
        kept, rows = results.load(root / readme.KEPT / "results.json"), list(make_rows(Size()).values())
        figures = readme.figures(root / readme.KEPT, table.render(kept, rows, table.bars(kept, rows)))
        page = (root / readme.PAGE).read_text()
        self.assertEqual(
            readme.with_figures(page, figures), page, "tools/compare --draw --readme --out " + str(readme.KEPT)
        )

    def test_the_first_page_repeats_figures_of_the_table(self) -> None:
        root = Path(__file__).resolve().parents[3]
        section = (root / "README.md").read_text().split("\n## Performance\n")[1].split("\n## ")[0]
        figures = re.findall(r"\*\*(.+?)\*\*", section)
        self.assertGreater(len(figures), 5)
        table_text = (root / readme.PAGE).read_text()
        for figure in figures:
            with self.subTest(figure=figure):
                self.assertIn(f" {figure} |", table_text)
