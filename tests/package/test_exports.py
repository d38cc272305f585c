"""Each function of the reference can be linked, from a shared library too."""

from __future__ import annotations

import os
import re
import unittest
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(os.environ["SLUICE_TREE"]) / "source"


def public_headers() -> list[str]:
    doxyfile = (SOURCE / "guide/Doxyfile").read_text(encoding="utf-8")
    return re.findall(r"source/(sluice/[\w/.]+\.hpp)\s", doxyfile)


def free_declarations(text: str) -> Iterator[str]:
    """What stands in a header outside of braces, but for the namespace's, each up to its semicolon."""
    text = re.sub(r"/// @cond.*?/// @endcond", "", text, flags=re.DOTALL)
    text = re.sub(r"//.*|^#.*|namespace \w+ \{", "", text, flags=re.MULTILINE)
    while (less := re.sub(r"\{[^{}]*\}", "", text)) != text:
        text = less
    for declaration in text.split(";"):
        yield " ".join(declaration.split())


class ExportsTest(unittest.TestCase):
    """The public headers."""

    def test_a_function_that_is_not_in_its_header_is_exported(self) -> None:
        functions = 0
        for header in public_headers():
            for declaration in free_declarations((SOURCE / header).read_text(encoding="utf-8")):
                if "(" not in declaration or re.search(r"\b(inline|template|using)\b", declaration):
                    continue
                functions += 1
                with self.subTest(header=header):
                    self.assertIn("SLUICE_EXPORT", declaration)
        self.assertGreater(functions, 20)


if __name__ == "__main__":
    unittest.main()
