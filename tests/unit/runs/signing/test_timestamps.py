"""Timestamps by an authority that `openssl ts` plays: asked over HTTP or by file, and held against its certificate."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit

RULE = ["--rule", "trail.log-file-validation"]
SETTINGS = """\
[req]
distinguished_name = name
[name]
[tsa]
default_tsa = own
[own]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_alg = sha256
[ca]
basicConstraints = critical,CA:TRUE
[leaf]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = critical,timeStamping
"""


class Authority:
    """A timestamp authority in a folder, and what it answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root.pem"
        (folder / "ts.cnf").write_text(SETTINGS)
        (folder / "serial").write_text("01\n")
        self._openssl("ecparam -name prime256v1 -genkey -noout -out root.key")
        self._openssl("ecparam -name prime256v1 -genkey -noout -out tsa.key")
        self._openssl(
            "req -x509 -new -key root.key -subj /CN=Root -days 30 -config ts.cnf -extensions ca -out root.pem"
        )
        self._openssl("req -new -key tsa.key -subj /CN=TSA -out tsa.csr")
        self._openssl(
            "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -set_serial 2 -days 30 -extfile ts.cnf "
            "-extensions leaf -out tsa.pem"
        )

    def answer(self, request: bytes) -> bytes:
        (self.folder / "asked.tsq").write_bytes(request)
        self._openssl("ts -reply -queryfile asked.tsq -config ts.cnf -out answer.tsr")
        return (self.folder / "answer.tsr").read_bytes()

    def _openssl(self, line: str) -> None:
        subprocess.run(
            ["openssl", *line.split()],
            cwd=self.folder,
            check=True,
            capture_output=True,
            env={**os.environ, "OPENSSL_CONF": str(self.folder / "ts.cnf")},
        )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    return Authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "audit.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(path)], check=True)
    return path


@pytest.fixture
def bundle(snapshot: Path, tmp_path: Path, key: Path) -> Path:
    target = tmp_path / "bag"
    run(["scan", "--snapshot", str(snapshot), *RULE, "-q", "--bundle", str(target), "--sign", str(key)])
    return target


class _Handler(BaseHTTPRequestHandler):
    authority: Authority
    mode = "right"

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/timestamp-query"
        if self.mode == "redirect":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            return
        answers = {
            "right": lambda: self.authority.answer(asked),
            "garbage": b"hello".strip,
            "large": (b"0" * 70_000).strip,
            "replayed": (self.authority.folder / "answer.tsr").read_bytes,
        }
        body = answers[self.mode]()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_what: object) -> None:
        pass


@pytest.fixture
def server(authority: Authority) -> Iterator[tuple[str, type[_Handler]]]:
    handler = type("Handler", (_Handler,), {"authority": authority})
    with HTTPServer(("127.0.0.1", 0), handler) as listening:
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/", handler
        listening.shutdown()


def _verify(bundle: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    capsys.readouterr()
    code = run(["verify", str(bundle), *options])
    return code, capsys.readouterr().out


def test_a_timestamp_by_file(
    bundle: Path, authority: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request, token = tmp_path / "asked.tsq", tmp_path / "answer.tsr"
    assert run(["timestamp", str(bundle), "--request", str(request)]) == Exit.CLEAN
    assert hashlib.sha256((bundle / "signatures/bundle.dsse.json").read_bytes()).digest() in request.read_bytes()
    token.write_bytes(authority.answer(request.read_bytes()))
    assert _verify(bundle, capsys, "--tsa-certificate", str(authority.root))[0] == Exit.FINDINGS
    assert run(["timestamp", str(bundle), "--token", str(token)]) == Exit.CLEAN
    assert "added signatures/bundle.tsr" in capsys.readouterr().err

    code, out = _verify(bundle, capsys)
    assert code == Exit.CLEAN
    assert "Whose word that is was not checked, so it proves nothing yet" in out
    code, out = _verify(bundle, capsys, "--tsa-certificate", str(authority.root))
    assert code == Exit.CLEAN
    assert "signatures/bundle.tsr: the signature existed at 20" in out
    readme = (bundle / "data/README.txt").read_text("utf-8")
    line = "openssl ts -verify -in signatures/bundle.tsr -data $E -CAfile ROOT"
    assert line in " ".join(readme.split())
    words = line.replace("$E", "signatures/bundle.dsse.json").replace("ROOT", str(authority.root)).split()
    done = subprocess.run(words, cwd=bundle, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout + done.stderr

    assert run(["timestamp", str(bundle), "--token", str(token)]) == Exit.ERROR
    assert "holds a timestamp of that signature" in capsys.readouterr().err
    assert run(["timestamp", str(bundle), "--request", str(request)]) == Exit.ERROR
    assert "has a timestamp for every signature" in capsys.readouterr().err

    stranger = tmp_path / "stranger"
    stranger.mkdir()
    code, out = _verify(bundle, capsys, "--tsa-certificate", str(Authority(stranger).root))
    assert code == Exit.FINDINGS
    assert "NOT VALID: no certificate that was given vouches for it" in out


def test_a_timestamp_of_something_else(
    bundle: Path, authority: Authority, tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request, token = tmp_path / "asked.tsq", tmp_path / "answer.tsr"
    run(["timestamp", str(bundle), "--request", str(request)])
    digest = hashlib.sha256((bundle / "signatures/bundle.dsse.json").read_bytes()).digest()
    other = authority.answer(request.read_bytes().replace(digest, bytes(32)))
    token.write_bytes(other)
    assert run(["timestamp", str(bundle), "--token", str(token)]) == Exit.ERROR
    assert "is a timestamp of no signature" in capsys.readouterr().err
    (bundle / "signatures/bundle.tsr").write_bytes(other)
    for options in ([], ["--tsa-certificate", str(authority.root)]):
        code, out = _verify(bundle, capsys, *options)
        assert code == Exit.FINDINGS
        assert "signatures/bundle.tsr: NOT VALID: is a timestamp of something else" in out
    right = authority.answer(request.read_bytes())
    (bundle / "signatures/bundle.tsr").write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
    code, out = _verify(bundle, capsys, "--tsa-certificate", str(authority.root))
    assert code == Exit.FINDINGS
    assert "no certificate that was given vouches for it" in out
    (bundle / "signatures/bundle.tsr").write_bytes(b"hello")
    code, out = _verify(bundle, capsys)
    assert code == Exit.FINDINGS
    assert "NOT VALID: is not the answer of a timestamp authority in DER" in out
    assert key.exists()


@pytest.mark.parametrize("name", ["stamped", "stamped.zip"])
def test_a_timestamp_over_http(
    name: str,
    snapshot: Path,
    tmp_path: Path,
    key: Path,
    authority: Authority,
    server: tuple[str, type[_Handler]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = tmp_path / name
    options = ["--bundle", str(target), "--sign", str(key), "--tsa-url", server[0]]
    assert run(["scan", "--snapshot", str(snapshot), *RULE, *options]) == Exit.FINDINGS
    assert _verify(target, capsys, "--tsa-certificate", str(authority.root))[0] == Exit.CLEAN


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("redirect", "answered 302"),
        ("garbage", "answered is not the answer of a timestamp authority"),
        ("large", "answered more than 65536 bytes"),
        ("replayed", "answered is the timestamp of something else"),
    ],
)
def test_an_authority_that_gives_no_timestamp_leaves_no_bundle(
    mode: str,
    words: str,
    snapshot: Path,
    bundle: Path,
    tmp_path: Path,
    key: Path,
    server: tuple[str, type[_Handler]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    server[1].mode = mode
    run(["timestamp", str(bundle), "--request", str(tmp_path / "asked.tsq")])
    server[1].authority.answer((tmp_path / "asked.tsq").read_bytes())
    target = tmp_path / "unstamped"
    options = ["--bundle", str(target), "--sign", str(key), "--tsa-url", server[0]]
    capsys.readouterr()
    assert run(["scan", "--snapshot", str(snapshot), *RULE, *options]) == Exit.ERROR
    assert words in capsys.readouterr().err
    assert not target.exists()
    before = sorted(bundle.rglob("*"))
    assert run(["timestamp", str(bundle), "--tsa-url", server[0]]) == Exit.ERROR
    assert words in capsys.readouterr().err
    assert sorted(bundle.rglob("*")) == before


def test_an_authority_that_is_not_there(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["timestamp", str(bundle), "--tsa-url", "http://127.0.0.1:1/"]) == Exit.ERROR
    assert "The timestamp authority http://127.0.0.1:1/ cannot be asked" in capsys.readouterr().err


@pytest.mark.parametrize(
    "url", ["ftp://tsa.test/", "file:///etc/passwd", "tsa.test", "https://", "https://a:b@tsa.test"]
)
def test_what_is_not_an_authority(url: str, bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["timestamp", str(bundle), "--tsa-url", url]) == Exit.ERROR
    assert "is not the URL of a timestamp authority" in capsys.readouterr().err


def test_without_its_reader_a_timestamp_is_not_looked_at(
    bundle: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from reports.bundle.signatures import timestamps

    monkeypatch.setattr(timestamps, "find_spec", lambda _name: None)
    (bundle / "signatures/bundle.tsr").write_bytes(b"hello")
    code, out = _verify(bundle, capsys)
    assert code == Exit.CLEAN
    assert "a timestamp, which was not looked at" in out
    code, _ = _verify(bundle, capsys, "--tsa-certificate", str(bundle / "signatures/public-key.pem"))
    assert code == Exit.ERROR
    assert run(["timestamp", str(bundle), "--token", str(bundle / "bagit.txt")]) == Exit.ERROR
    assert "pip install 'trailwitness[timestamp]'" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--request", "a", "--tsa-url", "https://tsa.test"]])
def test_one_thing_at_a_time(options: list[str], bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["timestamp", str(bundle), *options]) == Exit.ERROR
    assert "Give one of --request, --token and --tsa-url" in capsys.readouterr().err


def test_an_unsigned_bundle_gets_no_timestamp(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(bundle / "signatures")
    assert run(["timestamp", str(bundle), "--request", str(bundle.parent / "a.tsq")]) == Exit.ERROR
    assert "is not signed, and a timestamp is of a signature" in capsys.readouterr().err


def test_the_timestamp_of_a_strangers_signature_is_not_that_of_a_trusted_one(
    bundle: Path, authority: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trusted, public, request, token = (tmp_path / name for name in ("own.pem", "own.pub.pem", "a.tsq", "a.tsr"))
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(trusted)], check=True)
    subprocess.run(["openssl", "pkey", "-in", str(trusted), "-pubout", "-out", str(public)], check=True)
    run(["sign", str(bundle), "--sign", str(trusted)])
    options = ["--public-key", str(public), "--tsa-certificate", str(authority.root)]
    for expected in (Exit.FINDINGS, Exit.CLEAN):  # the stranger's is the first, and the trusted one the second
        run(["timestamp", str(bundle), "--request", str(request)])
        token.write_bytes(authority.answer(request.read_bytes()))
        assert run(["timestamp", str(bundle), "--token", str(token)]) == Exit.CLEAN
        code, out = _verify(bundle, capsys, *options)
        assert code == expected
        assert ("no signature that counts has a timestamp" in out) == (code == Exit.FINDINGS)
