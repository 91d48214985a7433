"""Tuning of a process for a run, undone when the run ends or fails."""

import gc

import pytest

from scanner.events.memory import COLLECT_AFTER, memory_kept


def test_thresholds_are_restored() -> None:
    before = gc.get_threshold()
    with memory_kept():
        assert gc.get_threshold() == (COLLECT_AFTER, *before[1:])
    assert gc.get_threshold() == before
    with pytest.raises(ZeroDivisionError), memory_kept():
        raise ZeroDivisionError
    assert gc.get_threshold() == before
