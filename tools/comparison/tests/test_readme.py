"""The figures in README.md."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from comparison import readme
from comparison.errors import ComparisonError

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
        self.page = self.root / "README.md"

    def test_figures_are_replaced(self) -> None:
        self.page.write_text(PAGE)
        readme.refresh(self.root, self.out, "| a table |\n")
        expected = "| a table |\n\n![memory](tools/comparison/results/memory.svg)\n"
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
        self.assertNotIn("memory", self.page.read_text())
        self.assertFalse((self.root / readme.KEPT / "memory.svg").exists())

    def test_a_page_without_the_marks_stays_as_it_is(self) -> None:
        self.page.write_text("# a page\n")
        with self.assertRaisesRegex(ComparisonError, "no place for figures"):
            readme.refresh(self.root, self.out, "text")
        self.assertEqual(self.page.read_text(), "# a page\n")
