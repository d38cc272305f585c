"""What tools/package makes for systems without this project's packages: the tarball and the image, made and run here; the
Kubernetes manifest, whose options the server is given."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

TREE = Path(os.environ["SLUICE_TREE"])
VERSION = os.environ["SLUICE_VERSION"]
PACKAGING = TREE / "tools/packaging"
DEADLINE = 30.0


class Server:
    """A server that was started by a command, to be asked over HTTP."""

    def __init__(self, test: unittest.TestCase, command: list[str], environment: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        test.addCleanup(self._end)
        assert self._process.stdout is not None
        self.ports = []
        while len(self.ports) < sum(word.startswith(("--listen", "--operations-listen")) for word in command):
            line = self._process.stdout.readline()
            ready = re.search(r"listening on http://.*:(\d+)", line)
            assert ready, f"the server said {line!r}"
            self.ports.append(int(ready[1]))

    def status(self, path: str, port: int, method: str = "GET", **headers: str) -> int:
        """That of the answer."""
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as response:
                return int(response.status)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code

    def stop(self) -> int:
        """Asks it to end; its status."""
        self._process.terminate()
        return self._process.wait(DEADLINE)

    def _end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


TARBALL: Path
IMAGE: Path


def setUpModule() -> None:
    """Makes both, once for all tests."""
    global TARBALL, IMAGE
    made = subprocess.run([TREE / "tools/package", "tarball", "image"], stdout=subprocess.PIPE, text=True, check=True)
    TARBALL, IMAGE = map(Path, made.stdout.split())


def directory(test: unittest.TestCase) -> Path:
    """One that goes with the test."""
    place = Path(tempfile.mkdtemp(prefix="sluice-artifacts-"))
    test.addCleanup(shutil.rmtree, place)
    return place


class TarballTest(unittest.TestCase):
    """The server that needs glibc alone."""

    def setUp(self) -> None:
        place = directory(self)
        with tarfile.open(TARBALL) as archive:
            archive.extractall(place)
        (self.root,) = place.iterdir()
        self.binary = self.root / "bin/sluice"

    def test_it_needs_glibc_alone(self) -> None:
        dynamic = subprocess.run(["readelf", "-d", self.binary], capture_output=True, text=True, check=True).stdout
        needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
        self.assertIn("libc.so.6", needed)
        self.assertLessEqual(needed, {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"})

    def test_it_has_what_belongs_to_the_server(self) -> None:
        self.assertEqual(self.root.name, f"sluice-{VERSION}-linux-{os.uname().machine}")
        for name in ("LICENSE", "share/man/man1/sluice.1", "share/doc/sluice/examples/sluice.toml"):
            self.assertTrue((self.root / name).is_file(), name)
        licences = {path.name for path in (self.root / "share/doc/sluice/licences").iterdir()}
        self.assertLessEqual({"libspdlog-dev", "libcli11-dev", "libtomlplusplus-dev", "libfmt-dev", "libssl-dev"},
                             licences)

    def test_it_runs(self) -> None:
        server = Server(self, [str(self.binary), "--listen=127.0.0.1:0"])
        self.assertEqual(server.status("/publish?data=x", server.ports[0], "POST"), 200)
        self.assertEqual(server.status("/metrics", server.ports[0]), 200)
        self.assertEqual(server.stop(), 0)


class ImageTest(unittest.TestCase):
    """The OCI image, unpacked and entered as a runtime would."""

    def setUp(self) -> None:
        place = directory(self)
        with tarfile.open(IMAGE) as archive:
            archive.extractall(place / "image")
        index = self._json(place, "index.json")
        manifest = self._json(place, self._blob(index["manifests"][0]["digest"]))
        self.config = self._json(place, self._blob(manifest["config"]["digest"]))["config"]
        self.root = place / "root"
        self.root.mkdir()
        for layer in manifest["layers"]:
            subprocess.run(["tar", "-xf", place / "image" / self._blob(layer["digest"]), "-C", self.root], check=True)
        self.environment = dict(entry.split("=", 1) for entry in self.config["Env"])

    def test_it_says_how_it_is_run(self) -> None:
        self.assertEqual(self.config["User"], "65532:65532")
        self.assertEqual(self.config["Entrypoint"], ["/usr/bin/sluice"])
        self.assertEqual(list(self.config["ExposedPorts"]), ["8080/tcp"])
        self.assertEqual(self.environment["SLUICE_LISTEN"], "0.0.0.0:8080")

    def test_nothing_else_is_in_there(self) -> None:
        programs = [path.name for path in self.root.rglob("bin/*")]
        self.assertEqual([name for name in programs if name != "sluice" and not name.startswith("ld")], [])
        self.assertLess(sum(path.stat().st_size for path in self.root.rglob("*") if path.is_file()), 64 << 20)

    def test_it_runs_as_its_user(self) -> None:
        enter = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
        enter += ["chroot"] + (["--userspec=65532:65532"] if os.geteuid() == 0 else []) + [str(self.root)]
        command = [*enter, *self.config["Entrypoint"]]
        environment = {**os.environ, **self.environment}
        refused = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=DEADLINE, check=False)
        self.assertEqual((refused.returncode, refused.stdout), (2, ""))
        self.assertIn("--publish-token", refused.stderr)
        server = Server(self, [*command, "--listen=127.0.0.1:0", "--publish-token=secret"], environment)
        self.assertEqual(server.status("/publish?data=x", server.ports[0], "POST"), 401)
        allowed = server.status("/publish?data=x", server.ports[0], "POST", Authorization="Bearer secret")
        self.assertEqual(allowed, 200)
        self.assertEqual(server.stop(), 0)

    def _json(self, place: Path, name: str) -> Any:
        return json.loads((place / "image" / name).read_text(encoding="utf-8"))

    def _blob(self, digest: str) -> str:
        return "blobs/" + digest.replace(":", "/")


class KubernetesTest(unittest.TestCase):
    """`kubernetes.yaml`, held to the server."""

    def setUp(self) -> None:
        read = subprocess.run(["yq", "-s", ".", PACKAGING / "kubernetes.yaml"], capture_output=True, text=True, check=True)
        documents = {document["kind"]: document for document in json.loads(read.stdout)}
        self.secret, self.deployment, self.service = (documents[kind] for kind in ("Secret", "Deployment", "Service"))
        self.pod = self.deployment["spec"]["template"]["spec"]
        (self.container,) = self.pod["containers"]
        self.arguments: list[str] = self.container["args"]

    def test_the_names_fit_together(self) -> None:
        labels = self.deployment["spec"]["template"]["metadata"]["labels"]
        self.assertEqual(self.deployment["spec"]["selector"]["matchLabels"], labels)
        self.assertEqual(self.service["spec"]["selector"], labels)
        ports = {port["name"]: port["containerPort"] for port in self.container["ports"]}
        for port in self.service["spec"]["ports"]:
            self.assertIn(port["targetPort"], ports)
        listens = {f"--listen=0.0.0.0:{ports['http']}", f"--operations-listen=0.0.0.0:{ports['operations']}"}
        self.assertLessEqual(listens, set(self.arguments))
        (volume,) = self.pod["volumes"]
        self.assertEqual(volume["secret"]["secretName"], self.secret["metadata"]["name"])
        (mount,) = self.container["volumeMounts"]
        (key,) = self.secret["stringData"]
        self.assertIn(f"--publish-token-file={mount['mountPath']}/{key}", self.arguments)
        self.assertEqual(self.container["image"], f"sluice:{VERSION}")

    def test_one_hub_is_one_process(self) -> None:
        self.assertEqual(self.deployment["spec"]["replicas"], 1)
        self.assertEqual(self.deployment["spec"]["strategy"], {"type": "Recreate"})

    def test_a_stop_leaves_time_for_the_drain(self) -> None:
        waits = [int(value) for value in re.findall(r"--drain-(?:delay|timeout)=(\d+)s", " ".join(self.arguments))]
        self.assertEqual(len(waits), 2)
        self.assertGreater(self.pod["terminationGracePeriodSeconds"], sum(waits))

    def test_the_server_takes_the_options_and_answers_the_probes(self) -> None:
        token = directory(self) / "publish-token"
        token.write_text(self.secret["stringData"]["publish-token"], encoding="utf-8")
        given = [re.sub(r"^(--[a-z-]*listen)=.*", r"\1=127.0.0.1:0", argument) for argument in self.arguments]
        given = [re.sub(r"^--publish-token-file=.*", f"--publish-token-file={token}", argument) for argument in given]
        server = Server(self, [os.environ["SLUICE_BINARY"], *given])
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            path = self.container[probe]["httpGet"]["path"]
            self.assertEqual([server.status(path, port) for port in server.ports], [200, 200], probe)


class ExamplesTest(unittest.TestCase):
    """What else is shipped."""

    def test_the_dockerfile_builds_what_the_image_has(self) -> None:
        dockerfile = (PACKAGING / "Dockerfile").read_text(encoding="utf-8")
        for script in ("tools/package tarball", "tools/packaging/image-root"):
            self.assertIn(f"/source/{script}", dockerfile)
            self.assertTrue(os.access(TREE / script.split()[0], os.X_OK), script)
        self.assertIn(f"debian:{self._suite()}", dockerfile)

    def _suite(self) -> str:
        used = re.search(r"--include=libc6 (\w+)", (PACKAGING / "image-root").read_text(encoding="utf-8"))
        assert used, "image-root names no suite"
        return used[1]


if __name__ == "__main__":
    unittest.main()
