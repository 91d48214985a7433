"""Cold start, loading of all content, and judging of one account; quoted as ratios, never as seconds."""

import subprocess
import sys
import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from scanner.content.frameworks import load_frameworks
from scanner.content.rules import load_rules

HELP = [sys.executable, "-m", "trailwitness", "--help"]


def test_cold_start(benchmark: BenchmarkFixture) -> None:
    benchmark(subprocess.run, HELP, check=True, capture_output=True)


def test_load_all_rules(benchmark: BenchmarkFixture) -> None:
    assert len(benchmark(load_rules)) > 40


def test_load_all_frameworks(benchmark: BenchmarkFixture) -> None:
    known = {rule.id for rule in load_rules()}
    assert benchmark(load_frameworks, None, known)


@pytest.mark.slow
def test_help_is_quick() -> None:
    """`--help` costs at most a few interpreter starts (0.3 s on an ordinary machine)."""

    def best(command: list[str]) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times.append(time.perf_counter() - start)
        return min(times)

    bare = best([sys.executable, "-c", "pass"])
    assert best(HELP) < max(0.3, 12 * bare)
