"""Every cell of AWS's two tables on missing data, its narrative examples, and where other simulators go wrong."""

from typing import Literal

import pytest

from scanner.alarms.composite_rule import STATES, State
from scanner.replay.evaluation.missing_data import Treatment, Wanted, counted, next_state

TREATMENTS = (Treatment.MISSING, Treatment.IGNORE, Treatment.BREACHING, Treatment.NOT_BREACHING)
ALL_THREE, TWO_OF_THREE = 3, 2
Expected = State | Literal["retain"]
A: Expected = "ALARM"
K: Expected = "OK"
I: Expected = "INSUFFICIENT_DATA"  # noqa: E741 - as narrow as the table's other columns
R: Expected = "retain"
RETAIN = R

TABLES: tuple[tuple[int, str, tuple[Expected, Expected, Expected, Expected]], ...] = (
    (ALL_THREE, "0 - X - X", (K, K, K, K)),
    (ALL_THREE, "0 - - - -", (K, K, K, K)),
    (ALL_THREE, "- - - - -", (I, R, A, K)),
    (ALL_THREE, "0 X X - X", (A, A, A, A)),
    (ALL_THREE, "- - X - -", (A, R, A, K)),
    (TWO_OF_THREE, "0 - X - X", (A, A, A, A)),
    (TWO_OF_THREE, "0 0 X 0 X", (A, A, A, A)),
    (TWO_OF_THREE, "0 - X - -", (K, K, A, K)),
    (TWO_OF_THREE, "- - - - 0", (K, K, A, K)),
    (TWO_OF_THREE, "- - - X -", (A, R, A, K)),
)
"""How many of three must breach, the five datapoints (X breaching, 0 not, - missing), and the four columns."""


def points(text: str) -> list[bool | None]:
    return [{"X": True, "0": False, "-": None}[each] for each in text.split()]


CELLS = [
    pytest.param(needed, text, treatment, expected, id=f"{needed}-of-3 {text} {treatment}")
    for needed, text, row in TABLES
    for treatment, expected in zip(TREATMENTS, row, strict=True)
]


def test_the_tables_are_whole() -> None:
    assert len(CELLS) == 40


@pytest.mark.parametrize(("needed", "text", "treatment", "expected"), CELLS)
def test_the_cells_of_the_tables(needed: int, text: str, treatment: Treatment, expected: Expected) -> None:
    for state in STATES:
        after = next_state(points(text), Wanted(3, needed, treatment), state)
        assert after == (state if expected == RETAIN else expected)


@pytest.mark.parametrize(("text", "expected"), [("- - - - X", RETAIN), ("- - - X -", RETAIN), ("- - X - -", "ALARM")])
def test_a_lone_breaching_datapoint_grows_old(text: str, expected: Expected) -> None:
    for state in STATES:
        after = next_state(points(text), Wanted(3, 3, Treatment.MISSING), state)
        assert after == (state if expected == RETAIN else expected)


@pytest.mark.parametrize(
    ("needed", "text", "expected"),
    [(2, "X X 0 0 0", "OK"), (3, "- X - - -", "ALARM"), (3, "- - X 0 0", "OK")],
)
def test_inputs_on_which_a_simulator_with_the_tables_is_wrong(needed: int, text: str, expected: State) -> None:
    assert next_state(points(text), Wanted(3, needed, Treatment.MISSING), "OK") == expected


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_with_enough_datapoints_the_setting_does_not_matter(treatment: Treatment) -> None:
    # Three periods of breaching in a row enter ALARM, the next good one leaves it, and a single breach changes nothing.
    series, states = points("0 0 X X X 0 0 0 X 0"), []
    state: State = "OK"
    for end in range(3, len(series) + 1):
        state = next_state(series[max(0, end - 5) : end], Wanted(3, 3, treatment), state)
        states.append(state)
    assert states == ["OK", "OK", "ALARM", "OK", "OK", "OK", "OK", "OK"]


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_a_sparse_metric_keeps_its_last_datapoint(treatment: Treatment) -> None:
    # Why alarms on rare events stay in ALARM for minutes, also where missing data is not breaching.
    assert next_state(points("X - -"), Wanted(1, 1, treatment), "ALARM") == "ALARM"


def test_which_datapoints_count() -> None:
    assert counted(points("X - 0 X X"), Wanted(3, 3, Treatment.MISSING)) == (2, 3, 4)
    assert counted(points("X - - - X"), Wanted(3, 3, Treatment.MISSING)) == (0, 4)
