"""Ctrl-C and a request to end: quick, with one sentence, and nothing left behind."""

import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

IDENTITY = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Account>111122223333</Account><Arn>arn:aws:iam::111122223333:user/x</Arn><UserId>x</UserId>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


class Silent(BaseHTTPRequestHandler):
    """Says whose credentials these are, and never answers anything else."""

    asked = threading.Event()
    over = threading.Event()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if b"GetCallerIdentity" not in body:
            self.asked.set()
            self.over.wait()
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(IDENTITY)))
        self.end_headers()
        self.wfile.write(IDENTITY)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_collection_ends_at_once(sent: signal.Signals, tmp_path: Path) -> None:
    """Calls under way may take minutes until their timeouts; the process must not wait for them."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    Silent.asked.clear()
    Silent.over.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        variables |= {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "y",
            "TMPDIR": str(tmp_path),
        }
        arguments = ["scan", "--rule", "trail", "--region", "us-east-1", "--bundle", str(tmp_path / "bag")]
        process = subprocess.Popen(
            [sys.executable, "-m", "scanner", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=variables,
        )
        try:
            assert Silent.asked.wait(timeout=60)
            process.send_signal(sent)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
            Silent.over.set()
            server.shutdown()
    assert process.returncode == 130
    assert out == b""
    assert err.strip() == b"Interrupted; nothing half-written is left behind."
    assert not list(tmp_path.iterdir())
