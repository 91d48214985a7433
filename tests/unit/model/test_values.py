import pytest

from scanner.model import WORST_FIRST, Outcome, worst_outcome


@pytest.mark.parametrize("count", range(1, 5))
def test_worst_outcome(count: int) -> None:
    best_first = WORST_FIRST[::-1]
    assert worst_outcome(best_first[:count]) is best_first[count - 1]


def test_nothing_has_no_worst_outcome() -> None:
    assert worst_outcome([]) is None
    assert worst_outcome([Outcome.MANUAL]) is None
