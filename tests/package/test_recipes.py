"""The recipes for vcpkg and Conan, as far as they can be held to the tree without either of them."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import types
import unittest
from pathlib import Path

TREE = Path(os.environ["SLUICE_TREE"])
VERSION = os.environ["SLUICE_VERSION"]
PACKAGING = TREE / "tools/packaging"


def load_conanfile() -> types.ModuleType:
    """The recipe, with a stand-in for what it imports from Conan."""

    def load(_recipe: object, path: Path) -> str:
        return Path(path).read_text()

    conan = {
        "conan": {"ConanFile": object},
        "conan.tools": {},
        "conan.tools.build": dict.fromkeys(["check_min_cppstd"]),
        "conan.tools.cmake": dict.fromkeys(["CMake", "CMakeDeps", "CMakeToolchain", "cmake_layout"]),
        "conan.tools.files": {"load": load, "copy": None, "rmdir": None},
    }
    for name, content in conan.items():
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(content)
    spec = importlib.util.spec_from_file_location("conanfile", PACKAGING / "conanfile.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class ConanTest(unittest.TestCase):
    """conanfile.py"""

    def test_it_takes_the_version_of_the_project(self) -> None:
        recipe = load_conanfile().SluiceRecipe()
        recipe.recipe_folder = str(PACKAGING)
        recipe.set_version()
        self.assertEqual(recipe.version, VERSION)


class VcpkgTest(unittest.TestCase):
    """vcpkg.json and portfile.cmake"""

    manifest = json.loads((PACKAGING / "vcpkg/vcpkg.json").read_text())

    def test_it_has_the_version_of_the_project(self) -> None:
        self.assertEqual((self.manifest["name"], self.manifest["version-semver"]), ("sluice", VERSION))

    def test_it_depends_on_the_boost_libraries_that_are_included(self) -> None:
        sources = [path.read_text() for kind in ("*.hpp", "*.cpp") for path in (TREE / "source/sluice").rglob(kind)]
        included = set(re.findall(r"^#include <boost/(\w+)", "\n".join(sources), re.MULTILINE))
        included = {"smart_ptr" if name == "intrusive_ptr" else name for name in included}
        depends = {name for name in self.manifest["dependencies"] if isinstance(name, str)}
        self.assertEqual(depends, {"boost-" + name.replace("_", "-") for name in included} | {"fmt"})

    def test_the_port_builds_the_tree_that_it_is_in(self) -> None:
        functions = ("vcpkg_check_features", "vcpkg_cmake_install", "vcpkg_cmake_config_fixup", "vcpkg_fixup_pkgconfig",
                     "vcpkg_install_copyright")  # fmt: skip
        vcpkg = "".join(f"function({name})\nendfunction()\n" for name in functions)
        vcpkg += "function(vcpkg_cmake_configure)\nmessage(STATUS \"configures ${ARGV}\")\nendfunction()\n"
        with tempfile.TemporaryDirectory() as place:
            script = Path(place) / "port.cmake"
            script.write_text(f"{vcpkg}set(CURRENT_PORT_DIR {PACKAGING}/vcpkg)\nset(CURRENT_PACKAGES_DIR {place})\n"
                              "include(${CURRENT_PORT_DIR}/portfile.cmake)\n")  # fmt: skip
            said = subprocess.run(["cmake", "-P", script], capture_output=True, text=True, check=True).stdout
        self.assertIn(f"configures SOURCE_PATH;{TREE};OPTIONS;", said)


class OptionsTest(unittest.TestCase):
    """What both set."""

    def test_each_option_is_one_of_the_project(self) -> None:
        options = set(re.findall(r"^option\((SLUICE_\w+)", (TREE / "CMakeLists.txt").read_text(), re.MULTILINE))
        for recipe in ("conanfile.py", "vcpkg/portfile.cmake"):
            with self.subTest(recipe=recipe):
                named = set(re.findall(r"SLUICE_[A-Z_]+", (PACKAGING / recipe).read_text()))
                self.assertEqual(named, options - {"SLUICE_INSTALL", "SLUICE_IO_URING", "SLUICE_STATIC"})


if __name__ == "__main__":
    unittest.main()
