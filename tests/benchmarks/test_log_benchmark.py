"""The log benchmark at a small size: its baselines find the same as the rule set, and every figure comes out."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from pytest_benchmark.fixture import BenchmarkFixture


@pytest.fixture(scope="module")
def log_benchmark() -> ModuleType:
    # By path: test folders are no packages, so one cannot import from another.
    spec = importlib.util.spec_from_file_location("log_benchmark", Path(__file__).with_name("log_benchmark.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["log_benchmark"] = module  # its dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def files(log_benchmark: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    paths: list[Path] = log_benchmark.generator.write_files(tmp_path_factory.mktemp("logs"), 3000, 1000)
    return paths


def test_the_same_seed_gives_the_same_files(log_benchmark: ModuleType, files: list[Path], tmp_path: Path) -> None:
    again = log_benchmark.generator.write_files(tmp_path, 3000, 1000)
    for one, other in zip(again, files, strict=True):
        assert one.name == other.name
        assert one.read_bytes() == other.read_bytes()


def test_records_look_like_real_ones(log_benchmark: ModuleType, files: list[Path]) -> None:
    result = log_benchmark.judge(log_benchmark.rules_of(()), files)
    assert result.records == 3000
    sizes = [len(log_benchmark.igzip.decompress(path.read_bytes())) for path in files]
    assert 1200 < sum(sizes) / 3000 < 1600


@pytest.mark.parametrize("spread", [True, False])
def test_three_ways_find_the_same(log_benchmark: ModuleType, files: list[Path], *, spread: bool) -> None:
    pytest.importorskip("orjson")
    wanted = log_benchmark.generator.wanted_rules(300, unnamed=12, spread=spread)
    ours = log_benchmark.hits_of(log_benchmark.judge(log_benchmark.rules_of(wanted), files), len(wanted))
    assert ours == log_benchmark.by_hand(wanted, files)
    assert sum(ours) > 100
    pytest.importorskip("duckdb")
    assert ours == log_benchmark.by_duckdb(wanted, files)


def test_every_figure_comes_out(log_benchmark: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_benchmark.Task, "run", lambda task: (1.0 / task.workers, 100.0))
    figures = list(log_benchmark.measure(400, tmp_path, times=2))
    assert len(figures) > 12
    assert all(figure.value > 0 for figure in figures)
    assert figures[-1].line().split()[-1] == "cores"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["judge", "gunzip", "split"])
def test_a_task_is_measured_in_a_process_of_its_own(log_benchmark: ModuleType, files: list[Path], name: str) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("peak memory is read from Linux")
    seconds, megabytes = log_benchmark.Task(name, files[0].parents[7], 50).run()
    assert seconds > 0
    assert 20 < megabytes < 400


def test_judging_a_log_file(benchmark: BenchmarkFixture, log_benchmark: ModuleType, files: list[Path]) -> None:
    rules = log_benchmark.rules_of(log_benchmark.generator.wanted_rules(800))
    assert benchmark(log_benchmark.judge, rules, files[:1]).records == 1000
