"""Tokens of another implementation (PyJWT) and of `sluice token`, each checked by the other."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import jwt
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

KEYS = Path(os.environ["SLUICE_JWT_KEYS"])
ALGORITHMS = {
    **dict.fromkeys(("HS256", "HS384", "HS512"), ("secret", "secret")),
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("rsa.private.pem", "rsa.public.pem")),
    "ES256": ("p256.private.pem", "p256.public.pem"),
    "ES384": ("p384.private.pem", "p384.public.pem"),
    "ES512": ("p521.private.pem", "p521.public.pem"),
    "EdDSA": ("ed25519.private.pem", "ed25519.public.pem"),
}
DETAIL_TYPE = "https://mercure.rocks/authorization-detail"


def key(name: str) -> str:
    """The text of a key's file; a secret without its line end."""
    text = (KEYS / name).read_text(encoding="ascii")
    return text.rstrip("\n") if name == "secret" else text


def token(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([os.environ["SLUICE_BINARY"], "token", *arguments], input=text, capture_output=True,
                          text=True, timeout=30, check=False)  # fmt: skip


def jwk(algorithm: str) -> dict[str, object]:
    """The public key as an entry of a set, by PyJWT."""
    public = key(ALGORITHMS[algorithm][1])
    if algorithm.startswith("RS"):
        return json.loads(RSAAlgorithm.to_jwk(RSAAlgorithm(RSAAlgorithm.SHA256).prepare_key(public)))
    if algorithm == "EdDSA":
        return json.loads(OKPAlgorithm.to_jwk(OKPAlgorithm().prepare_key(public)))
    return json.loads(ECAlgorithm.to_jwk(ECAlgorithm(ECAlgorithm.SHA256).prepare_key(public)))


class Tokens(unittest.TestCase):
    def check(self, text: str, algorithm: str, *arguments: str) -> list[str]:
        """What `check` says of a good token, line by line."""
        result = token("check", "-", "--jwt-key-file", str(KEYS / ALGORITHMS[algorithm][1]), *arguments, text=text + "\n")
        self.assertEqual(result.stderr, "")
        self.assertEqual(result.returncode, 0, result.stdout)
        return result.stdout.splitlines()

    def test_theirs_are_good_here(self) -> None:
        now = int(time.time())
        for algorithm, (private, _) in ALGORITHMS.items():
            with self.subTest(algorithm):
                claims = {"sub": "älice", "aud": ["x", "hub"], "iss": "joe", "exp": now + 60.25, "nbf": now,
                          "iat": now, "jti": "t1",
                          "mercure": {"subscribe": ["a", "/b/{c}"], "publish": ["*"], "payload": {"n": 1}}}  # fmt: skip
                text = jwt.encode(claims, key(private), algorithm)
                lines = self.check(text, algorithm, "--jwt-audience=hub", "--jwt-issuer=joe", "--jwt-require-exp")
                self.assertEqual(lines[0], "the token is good (Mercure 0.x)")
                for line in ("subject: älice", "token id: t1", "subscribe: a", "subscribe: template:/b/{c}",
                             "publish: *", 'payload: {"n":1}'):  # fmt: skip
                    self.assertIn(line, lines)

    def test_theirs_of_mercure_1_are_good_here(self) -> None:
        topics = [{"match": "a"}, {"match": "/b/:c", "match_type": "urlpattern"}]
        claims = {"authorization_details": [{"type": DETAIL_TYPE, "actions": ["subscribe"], "topics": topics}]}
        text = jwt.encode(claims, key("p256.private.pem"), "ES256", headers={"typ": "at+jwt"})
        lines = self.check(text, "ES256")
        self.assertEqual(lines[0], "the token is good (Mercure 1.0)")
        self.assertIn("subscribe: pattern:/b/:c", lines)

    def test_theirs_by_other_keys_are_refused_here(self) -> None:
        for algorithm, (private, _) in ALGORITHMS.items():
            other = "p384.public.pem" if algorithm == "ES256" else "p256.public.pem"
            with self.subTest(algorithm):
                text = jwt.encode({}, key(private), algorithm)
                result = token("check", text, "--jwt-key-file", str(KEYS / other))
                self.assertEqual(result.returncode, 1)
                self.assertEqual(result.stdout, "fails: no key may be used with the token's 'alg'\n")
        text = jwt.encode({"exp": int(time.time()) - 3600}, "x" * 64, "HS256")
        result = token("check", text, "--jwt-key-file", str(KEYS / "secret"))
        self.assertEqual(result.stdout.count("fails: "), 2, result.stdout)

    def test_their_sets_of_keys_are_read_here(self) -> None:
        names = ("RS256", "ES256", "ES384", "ES512", "EdDSA")
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "jwks.json"
            path.write_text(json.dumps({"keys": [{**jwk(name), "kid": name} for name in names]}), encoding="ascii")
            for name in names:
                with self.subTest(name):
                    text = jwt.encode({}, key(ALGORITHMS[name][0]), name, headers={"kid": name})
                    self.assertEqual(token("check", text, "--jwks-file", str(path)).returncode, 0)
            text = jwt.encode({}, key("p256.private.pem"), "ES256", headers={"kid": "new"})
            result = token("check", text, "--jwks-file", str(path))
            self.assertEqual(result.stdout, "fails: no key has the token's 'kid'\n")

    def test_ours_are_good_there(self) -> None:
        for algorithm, (private, public) in ALGORITHMS.items():
            for dialect in ("0.x", "1.0"):
                with self.subTest(algorithm, dialect=dialect):
                    made = token("make", "--key-file", str(KEYS / private), "--alg", algorithm, "--subscribe", "ä",
                                 "--publish", "*", "--subject", "alice", "--expires-in", "90s", "--issuer", "joe",
                                 "--audience", "hub", "--token-id", "t1", "--dialect", dialect)  # fmt: skip
                    self.assertEqual(made.returncode, 0, made.stderr)
                    text = made.stdout.removesuffix("\n")
                    claims = jwt.decode(text, key(public), [algorithm], audience="hub", issuer="joe",
                                        options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]})  # fmt: skip
                    self.assertEqual((claims["sub"], claims["jti"]), ("alice", "t1"))
                    self.assertEqual(claims["exp"] - claims["iat"], 90)
                    header = jwt.get_unverified_header(text)
                    self.assertEqual(header, {"alg": algorithm, "typ": "JWT" if dialect == "0.x" else "at+jwt"})
                    if dialect == "0.x":
                        self.assertEqual(claims["mercure"], {"subscribe": ["ä"], "publish": ["*"]})
                    else:
                        details = claims["authorization_details"]
                        self.assertEqual([d["type"] for d in details], [DETAIL_TYPE] * 2)
                        self.assertEqual({d["actions"][0]: d["topics"] for d in details},
                                         {"subscribe": [{"match": "ä"}], "publish": [{"match": "*"}]})  # fmt: skip

    def test_a_wrong_command_is_one_line_and_status_2(self) -> None:
        result = token("make", "--publish", "x")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertEqual(result.stderr, "sluice: token make: --key-file is missing\n")


if __name__ == "__main__":
    unittest.main()
