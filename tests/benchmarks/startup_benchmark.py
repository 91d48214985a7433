"""From the command's start to its first call to AWS, as a ratio to making one boto3 client.

``python tests/benchmarks/startup_benchmark.py [RUNS]`` prints the least of several runs of each, alternating, so that
both meet the same machine; a run before them compiles what is imported. The endpoint is a socket of this process: it
notes when it is first spoken to.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLIENT = ("-c", "import boto3; boto3.client('cloudtrail')")
SCAN = ("-m", "trailwitness", "scan", "--region", "us-east-1", "--region", "eu-west-1", "-q")
KINDS: Mapping[str, tuple[tuple[str, ...], float]] = {
    "the routes": ((*SCAN, "--rule", "route"), 1.5),
    "everything": (SCAN, 2.0),
}
"""What is selected → (the arguments, the ratio that is wanted at most)."""


@dataclass(frozen=True, slots=True)
class Startup:
    """The least seconds until the first call, and the ratio to a client."""

    seconds: float
    ratio: float
    wanted: float


def environment(endpoint: str, folder: Path) -> Mapping[str, str]:
    """The present environment, with dummy credentials and nothing of the machine's own that only one of both reads."""
    ours = ("AWS_", "PYTHON")
    others = {
        name: value for name, value in os.environ.items() if not name.startswith(ours) and "CA_BUNDLE" not in name
    }
    return others | {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(folder / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(folder),
    }


def seconds_to_a_client(folder: Path) -> float:
    """How long a process takes that only makes a client."""
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, *CLIENT], env=environment("http://127.0.0.1:9", folder), check=True, capture_output=True
    )
    return time.perf_counter() - begun


def seconds_to_the_first_call(arguments: Sequence[str], folder: Path) -> float:
    """How long the command takes until it opens a connection to its endpoint."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        server.settimeout(60)
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment(endpoint, folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            connection, _ = server.accept()
            spent = time.perf_counter() - begun
            connection.close()
        finally:
            process.terminate()  # it removes what is half-written; a later start would have to
            process.wait()
    return spent


def measure(runs: int) -> Mapping[str, Startup]:
    """The least of ``runs`` measurements of each kind, beside as many of a client."""
    clients: list[float] = []
    scans: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds_to_a_client(folder)
        seconds_to_the_first_call(SCAN, folder)
        for _ in range(runs):
            clients.append(seconds_to_a_client(folder))
            for kind, (arguments, _) in KINDS.items():
                scans[kind].append(seconds_to_the_first_call(arguments, folder))
    least = min(clients)
    return {kind: Startup(min(spent), min(spent) / least, KINDS[kind][1]) for kind, spent in scans.items()}


def main() -> int:
    """Write the ratios; 1 when one is above what is wanted."""
    measured = measure(int(sys.argv[1]) if sys.argv[1:] else 7)
    for kind, found in measured.items():
        told = f"{found.seconds:.3f} s to the first call, {found.ratio:.2f} x a client (at most {found.wanted})"
        sys.stdout.write(f"{kind:14} {told}\n")
    return int(any(found.ratio > found.wanted for found in measured.values()))


if __name__ == "__main__":
    sys.exit(main())
