"""The figures of a replay, small: the files are read, and both ratios come out."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def load() -> ModuleType:
    path = Path(__file__).with_name("period_replay.py")
    spec = importlib.util.spec_from_file_location("period_replay", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["period_replay"] = module
    spec.loader.exec_module(module)
    return module


def test_both_kinds_of_files_are_measured(tmp_path: Path) -> None:
    found = load().ratios(400, tmp_path, rounds=1)
    assert len(found) == 2
    assert all(ratio > 0 for ratio in found.values())
