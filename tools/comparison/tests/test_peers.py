"""The peers that the caller brings, as far as a program can be stood in for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import tempfile
import unittest
from pathlib import Path
from string import Template

from comparison import process
from comparison.model import Case
from comparison.peers import KEY, PEERS, Centrifugo, Mercure, publisher_token
from comparison.process import Cores

ANY = Cores(*[process.allowed_cores()[0]] * 3)

STAND_IN = """\
#!{python}
import http.server, os, re, sys
if sys.argv[1:] == ["version"]:
    sys.exit(print("mercure v0.24.2 h1:abc="))
text = open(sys.argv[sys.argv.index("--config") + 1]).read()
port = int(re.search(r'127.0.0.1(?::|", "port": )(\\d+)', text)[1])
open(os.environ["HOME"] + "/seen", "w").write(os.environ["GOMAXPROCS"])
http.server.HTTPServer(("127.0.0.1", port), http.server.BaseHTTPRequestHandler).serve_forever()
"""


class GivenPeers(unittest.TestCase):
    """Mercure and Centrifugo."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.work = Path(directory.name)
        self.program = self.work / "program"
        self.program.write_text(STAND_IN.replace("{python}", sys.executable))
        self.program.chmod(0o755)

    def test_one_that_is_not_given_says_by_which_option_it_would_be(self) -> None:
        self.assertEqual(Mercure(None).absence(), "not given (--mercure)")
        self.assertEqual(Centrifugo(None).absence(), "not given (--centrifugo)")
        nowhere = self.work / "nowhere"
        self.assertEqual(Centrifugo(nowhere).absence(), f"{nowhere} is no program")
        self.assertEqual(Mercure(self.program).absence(), "")

    def test_its_version_is_the_number_in_what_it_says(self) -> None:
        self.assertEqual(Centrifugo(self.program).version(), "0.24.2")
        self.assertEqual(Mercure(self.program).version(), "on Caddy 0.24.2")

    def test_it_runs_on_one_processor_with_its_configuration_and_ends_with_the_block(self) -> None:
        for peer in (Mercure(self.program), Centrifugo(self.program)):
            with self.subTest(peer.name):
                with peer.running(Case(()), ANY, self.work) as running:
                    self.assertTrue(Path(f"/proc/{running.pid}").exists())
                    self.assertEqual((self.work / "seen").read_text(), "1")
                self.assertFalse(Path(f"/proc/{running.pid}").exists())

    def test_the_key_is_in_both_configurations(self) -> None:
        for peer in (Mercure, Centrifugo):
            text = Template((PEERS / peer.template).read_text()).substitute(port=1, key=KEY)
            self.assertIn(f'"{KEY}"', text)
        self.assertEqual(json.loads(text)["http_server"]["port"], 1)

    def test_the_token_is_signed_by_the_key_and_may_publish(self) -> None:
        head, claims, signature = publisher_token("k").split(".")

        def decode(part: str) -> bytes:
            return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

        self.assertEqual(json.loads(decode(head))["alg"], "HS256")
        self.assertEqual(json.loads(decode(claims)), {"mercure": {"publish": ["*"]}})
        expected = hmac.new(b"k", f"{head}.{claims}".encode(), hashlib.sha256).digest()
        self.assertEqual(decode(signature), expected)
