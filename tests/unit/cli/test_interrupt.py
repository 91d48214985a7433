"""Ctrl-C and a request to end: quick, with one sentence, and nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_collection_ends_at_once(sent: signal.Signals, tmp_path: Path) -> None:
    """An endpoint that never answers holds the calls under way for minutes; the process must not wait for them."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        process = subprocess.Popen(
            [sys.executable, "-m", "scanner", "scan", "--rule", "trail", "--bundle", str(tmp_path / "bag")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=variables
            | {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.getsockname()[1]}",
                "AWS_ACCESS_KEY_ID": "x",
                "AWS_SECRET_ACCESS_KEY": "y",
                "TMPDIR": str(tmp_path),
            },
        )
        connection, _ = server.accept()
        with connection:
            process.send_signal(sent)
            out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == b""
    assert err.strip() == b"Interrupted; nothing half-written is left behind."
    assert not list(tmp_path.iterdir())
