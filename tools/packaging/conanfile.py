"""The library for Conan 2: `conan create tools/packaging`. It builds the tree that it is in."""

from __future__ import annotations

import re
from pathlib import Path

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir


class SluiceRecipe(ConanFile):
    name = "sluice"
    description = "A hub for server-sent events, and a client, for applications on Boost.Asio"
    license = "MIT"
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], "tls": [True, False],
               "url_pattern": [True, False]}  # fmt: skip
    default_options = {"shared": False, "fPIC": True, "tls": False, "url_pattern": False}
    implements = ["auto_shared_fpic"]

    def _tree(self) -> Path:
        return Path(self.recipe_folder).parent.parent

    def set_version(self) -> None:
        """Of CMakeLists.txt, where the version is kept."""
        found = re.search(r"^project\(sluice VERSION (\S+)", load(self, self._tree() / "CMakeLists.txt"), re.MULTILINE)
        self.version = found[1]

    def export_sources(self) -> None:
        for pattern in ("CMakeLists.txt", "LICENSE", "source/*"):
            copy(self, pattern, self._tree(), self.export_sources_folder)

    def requirements(self) -> None:
        # Asio's types and fmt's are part of the interface.
        self.requires("boost/[>=1.81]", transitive_headers=True)
        self.requires("fmt/[>=9]", transitive_headers=True)
        if self.options.tls:
            self.requires("openssl/[>=3]", transitive_headers=True)
        if self.options.url_pattern:
            self.requires("re2/[>=20220601]")

    def layout(self) -> None:
        cmake_layout(self)

    def validate(self) -> None:
        check_min_cppstd(self, 20)

    def generate(self) -> None:
        toolchain = CMakeToolchain(self)
        parts = ("SLUICE_BUILD_SERVER", "SLUICE_BUILD_TESTS", "SLUICE_BUILD_BENCH", "SLUICE_BUILD_EXAMPLES",
                 "SLUICE_BUILD_TOOLS", "SLUICE_WERROR")  # fmt: skip
        toolchain.cache_variables.update(dict.fromkeys(parts, False))
        toolchain.cache_variables["SLUICE_BUILD_TLS"] = bool(self.options.tls)
        toolchain.cache_variables["SLUICE_BUILD_URL_PATTERN"] = bool(self.options.url_pattern)
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self) -> None:
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self) -> None:
        copy(self, "LICENSE", self.source_folder, Path(self.package_folder) / "licenses")
        CMake(self).install()
        # Conan writes its own.
        for directory in ("cmake", "pkgconfig"):
            rmdir(self, Path(self.package_folder) / "lib" / directory)

    def package_info(self) -> None:
        self.cpp_info.set_property("cmake_file_name", "sluice")
        self._describe("sluice", ["boost::headers", "boost::json", "boost::url", "fmt::fmt"])
        if self.options.tls:
            self._describe("tls", ["sluice", "openssl::ssl"])
        if self.options.url_pattern:
            self._describe("url_pattern", ["re2::re2"])
            self.cpp_info.components["url_pattern"].includedirs = ["include/sluice-url-pattern"]

    def _describe(self, name: str, requires: list[str]) -> None:
        library = "sluice" if name == "sluice" else f"sluice-{name.replace('_', '-')}"
        component = self.cpp_info.components[name]
        component.set_property("cmake_target_name", f"sluice::{name}")
        component.set_property("pkg_config_name", library)
        component.libs = [library]
        component.requires = requires
        component.system_libs = ["pthread"]
