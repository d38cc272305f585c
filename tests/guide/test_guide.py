"""The guide says what is: its code is compiled code, its links lead somewhere, and it knows every error and every name."""

from __future__ import annotations

import os
import re
import textwrap
import unittest
from pathlib import Path

ROOT = Path(os.environ["SLUICE_SOURCE"])
GUIDE = ROOT / "source/guide"
PAGES = sorted(GUIDE.glob("*.md"))
SNIPPETS = ROOT / "tests/embedding/guide_test.cpp"
INSIDE = [GUIDE / "architecture.md", GUIDE / "decisions.md"]  # the pages about what may change at any time
COMPILED = [*sorted((ROOT / "source/examples").glob("*.cpp")), SNIPPETS]
HEADERS = sorted([*(ROOT / "source/sluice").rglob("*.hpp*"), *(ROOT / "source/url_pattern").glob("*.hpp")])  # and version.hpp.in


def lines(code: str) -> list[str]:
    """The lines as they are compared: without what indents all of them, and without empty ones at the ends."""
    return [line.rstrip() for line in textwrap.dedent(code).strip("\n").split("\n")]


def code_in(page: Path) -> list[str]:
    return re.findall(r"^```cpp\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def prose_in(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def stands_in(block: list[str], source: str) -> bool:
    """Whether the block is so many lines of the source, one behind the other."""
    of_source = source.split("\n")
    starts = (at for at, line in enumerate(of_source) if line.strip() == block[0].strip())
    return any(lines("\n".join(of_source[at : at + len(block)])) == block for at in starts)


def enumerators(header: str, enum: str) -> list[str]:
    text = (ROOT / "source/sluice" / header).read_text(encoding="utf-8")
    body = re.search(rf"enum class {enum} \{{(.*?)\}};", text, re.DOTALL)
    assert body is not None
    return re.findall(r"^\s*(\w+)(?: = 1)?,$", body[1], re.MULTILINE)


class GuideTest(unittest.TestCase):
    def test_its_code_stands_in_a_file_that_is_compiled(self) -> None:
        sources = [source.read_text(encoding="utf-8") for source in COMPILED]
        blocks = [(page, block) for page in PAGES for block in code_in(page)]
        self.assertGreater(len(blocks), 10)
        for page, block in blocks:
            with self.subTest(page=page.name, code=block):
                self.assertTrue(any(stands_in(lines(block), source) for source in sources))

    def test_what_is_compiled_for_it_stands_in_it(self) -> None:
        shown = [lines(block) for page in PAGES for block in code_in(page)]
        regions = re.findall(r"^ *// \[\n(.*?)^ *// \]$", SNIPPETS.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        self.assertGreater(len(regions), 3)
        for region in regions:
            with self.subTest(code=region):
                self.assertIn(lines(region), shown)

    def test_its_links_lead_somewhere(self) -> None:
        links = [(page, link) for page in [ROOT / "README.md", ROOT / "tools/comparison/README.md", *PAGES]
                 for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", prose_in(page))]  # fmt: skip
        self.assertGreater(len(links), 8)
        for page, link in links:
            with self.subTest(page=page.name, link=link):
                self.assertTrue(link.startswith("https://") or (page.parent / link).exists())

    def test_the_files_that_it_names_are_there(self) -> None:
        trees = re.compile(r"`((?:source|tests|tools|bench)/[\w/.-]+)`")
        own = re.compile(r"`((?:event|log|fan_out|session|delivery|http|client)/[\w.]*|(?:broker|handler)\w*\.\w+)`")
        names = [(page, name) for page in [ROOT / "README.md", *PAGES] for name in trees.findall(prose_in(page))]
        names += [(page, f"source/sluice/{name}") for page in INSIDE for name in own.findall(prose_in(page))]
        self.assertGreater(len(names), 60)
        for page, name in names:
            with self.subTest(page=page.name, name=name):
                self.assertTrue((ROOT / name).exists(), f"{page.name} names {name}, which is not in the tree: name there "
                                "what has taken its place, and look whether the sentence is still true")  # fmt: skip

    def test_the_tests_that_it_names_are_there(self) -> None:
        named = [(page, *found) for page in INSIDE
                 for found in re.findall(r"`((?:tests|bench)/[\w/.]+)` “([^”]+)”", prose_in(page))]  # fmt: skip
        self.assertGreater(len(named), 15)
        self.assertEqual(len(named), sum(prose_in(page).count("“") for page in INSIDE), "a test's name without its file")
        for page, file, name in named:
            with self.subTest(page=page.name, file=file, name=name):
                source = (ROOT / file).read_text(encoding="utf-8") if (ROOT / file).exists() else ""
                spelt = (f'"{name}"', f"'{name}'", f"BENCHMARK({name})")
                self.assertTrue(any(text in source for text in spelt), f"{page.name} names a test that {file} does not "
                                "have: name there the one that holds the same now")  # fmt: skip

    def test_every_page_can_be_reached_from_the_first(self) -> None:
        first = (GUIDE / "README.md").read_text(encoding="utf-8")
        for page in PAGES:
            if page.name != "README.md":
                with self.subTest(page=page.name):
                    self.assertIn(f"]({page.name})", first)

    def test_it_says_who_meets_each_error(self) -> None:
        table_rows = re.findall(r"^\| (`.*?) \|", (GUIDE / "concurrency.md").read_text(encoding="utf-8"), re.MULTILINE)
        told = set(re.findall(r"`(\w+)`", " ".join(table_rows)))
        errors = [*enumerators("error.hpp", "errc"), *enumerators("error.hpp", "end_reason"),
                  *enumerators("client/error.hpp", "event_source_errc")]  # fmt: skip
        self.assertGreater(len(errors), 28)
        for error in errors:
            with self.subTest(error=error):
                self.assertIn(error, told)

    def test_the_names_in_it_are_names_of_the_library(self) -> None:
        code = " ".join(re.sub(r"//.*", "", header.read_text(encoding="utf-8")) for header in HEADERS)
        known = {"sluice", "tls", *re.findall(r"\w+", code)}
        names = [(page, name) for page in PAGES for name in re.findall(r"`(\w+(?:::\w+)+)", prose_in(page))
                 if name.split("::")[0] not in ("asio", "boost", "std")]  # fmt: skip
        self.assertGreater(len(names), 100)
        for page, name in names:
            with self.subTest(page=page.name, name=name):
                self.assertEqual([part for part in name.split("::") if part not in known], [])

    def test_the_reference_has_every_header_of_the_ways_in_but_those_of_the_inside(self) -> None:
        # Their names are the Go package's and stay; what they do is no application's business.
        inside = {"sluice/delivery/client.hpp", "sluice/session/session.hpp", "sluice/session/session_manager.hpp"}
        doxyfile = (GUIDE / "Doxyfile").read_text(encoding="utf-8")
        documented = set(re.findall(r"source/(sluice/[\w/.]+?\.hpp)(?:\.in)?\b", doxyfile))
        for way_in in ("sluice/sluice.hpp", "sluice/event_source.hpp"):
            headers = re.findall(r"#include <(sluice/.*)>", (ROOT / "source" / way_in).read_text(encoding="utf-8"))
            self.assertGreater(len(headers), 3)
            self.assertEqual({way_in, *headers} - inside - documented, set())
        self.assertEqual(documented & inside, set())

    def test_the_options_of_the_client_are_all_there(self) -> None:
        options = (ROOT / "source/sluice/client/options.hpp").read_text(encoding="utf-8")
        body = options.split("struct event_source_options {")[1].split("\n};")[0]
        names = re.findall(r"(\w+)(?: = .*|\{.*\})?;$", body, re.MULTILINE)
        self.assertGreater(len(names), 10)
        page = (GUIDE / "client.md").read_text(encoding="utf-8")
        for name in names:
            with self.subTest(option=name):
                self.assertIn(f"\n| `{name}` |", page)


if __name__ == "__main__":
    unittest.main()
