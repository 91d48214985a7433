"""The processor time of proving all shipped rules, of running their cases, and of scanning the demo account by them.

``python tests/benchmarks/content_benchmark.py [RUNS]`` prints the least of several runs of each, in processes of their
own, and ends with 1 when one takes longer than wanted. The scan judges by every rule and counts its start; what the
endpoint takes is not counted. Garbage is looked for as rarely as in the command.
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from scanner.demo.account import seed
from scanner.demo.clients import environment
from scanner.demo.server import demo_server

ROOT = Path(__file__).parents[2]
PROVE = """
import gc
import time
from trailwitness.__main__ import THRESHOLDS
gc.set_threshold(*THRESHOLDS)
from scanner.content.rules import read_folder
from scanner.content.shipped import shipped
from scanner.resources import FIELDS

begun = time.process_time()
found, mistakes = read_folder(shipped("rules"), is_shipped=True, known_resources=FIELDS)
assert found and not mistakes
print(time.process_time() - begun)
"""
SCAN = ("-m", "trailwitness", "scan", "-q", "--rule", "*.*")
REGIONS = ("us-east-1", "eu-west-1", "us-west-2")
WANTED: Mapping[str, float] = {
    "proving all rules": 0.6,
    "all cases": 60,
    "scanning one Region": 5,
    "scanning three": 15,
}
"""What is measured -> the seconds of processor time that are wanted at most."""


def proving() -> float:
    """Seconds that proving every shipped rule takes, with what is imported for it."""
    done = subprocess.run([sys.executable, "-c", PROVE], cwd=ROOT, check=True, capture_output=True, text=True)
    return float(done.stdout)


def processor_time(arguments: tuple[str, ...], folder: Path, variables: Mapping[str, str], allowed: set[int]) -> float:
    """Seconds of a process of its own, as the machine counts them."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=variables, check=False, capture_output=True, text=True
    )
    if done.returncode not in allowed:
        raise SystemExit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cases() -> float:
    """Seconds of ``trailwitness rules test``."""
    return processor_time(("-m", "trailwitness", "rules", "test"), ROOT, os.environ, {0})


def scan(endpoint: str, folder: Path, regions: tuple[str, ...]) -> float:
    """Seconds of a scan of the demo account by every rule."""
    variables = environment(endpoint) | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}
    chosen = tuple(word for name in regions for word in ("--region", name))
    return processor_time((*SCAN, *chosen), folder, variables, {1, 3})


def least(runs: int, measured: Callable[[], float]) -> float:
    """The least of several runs."""
    return min(measured() for _ in range(runs))


def main(runs: int = 3) -> int:
    """Print the table; 1 when something takes longer than wanted."""
    with demo_server() as endpoint, tempfile.TemporaryDirectory() as folder:
        seed(endpoint)
        found = {
            "proving all rules": least(runs, proving),
            "all cases": least(1, cases),
            "scanning one Region": least(runs, lambda: scan(endpoint, Path(folder), REGIONS[:1])),
            "scanning three": least(runs, lambda: scan(endpoint, Path(folder), REGIONS)),
        }
    for name, seconds in found.items():
        sys.stdout.write(f"{name:20} {seconds:6.2f} s of processor time (wanted: at most {WANTED[name]:g})\n")
    return int(any(seconds > WANTED[name] for name, seconds in found.items()))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
