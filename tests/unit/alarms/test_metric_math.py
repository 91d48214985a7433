"""Metric math for one point in time."""

from functools import partial

import pytest

from scanner.alarms.metric_math import Point, UndecidableMathError, evaluate_math


def value(expression: str, **points: Point) -> Point:
    return evaluate_math(expression, {name: partial(points.get, name) for name in points}, tuple(points))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 2 - 3", 5),
        ("2 ^ 3 ^ 1", 8),
        ("-2 + 5", 3),
        ("8 / 4 / 2", 1),
        ("1.5e1", 15),
        (".5 * 2", 1),
        ("1 < 2 && 2 > 3", 0),
        ("1 < 2 AND 2 >= 2", 1),
        ("1 == 2 OR 2 != 3", 1),
        ("1 || 0 && 0", 1),
        ("2 <= 1", 0),
        ("m1 + m2", 5),
        ("SUM([m1, m2])", 5),
        ("sum(METRICS())", 5),
        ("AVG([m1, m2, 4])", 3),
        ("MAX(METRICS()) - MIN(METRICS())", 1),
        ("ABS(-3) + CEIL(1.2) + FLOOR(1.8)", 6),
        ("LOG10(100) + LOG(1)", 2),
        ("IF(m1 > m2, 1, 0)", 0),
        ("FILL(m1, 9)", 2),
        ("+".join(["m1"] * 99), 198),
    ],
)
def test_values(expression: str, expected: float) -> None:
    assert value(expression, m1=2.0, m2=3.0) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1", None),
        ("FILL(m1, 0)", 0),
        ("FILL(m1, m2)", 3),
        ("SUM(FILL(METRICS(), 1))", 4),
        ("m1 + m1", None),
        ("ABS(m1)", None),
        ("SUM([m1])", None),
        ("IF(m2, m1)", None),
        ("IF(m2 - 3, 1)", None),
    ],
)
def test_a_missing_datapoint(expression: str, expected: Point) -> None:
    assert value(expression, m1=None, m2=3.0) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "m1 + m2",
        "SUM([m1, m2])",
        "IF(m1, 1, 0)",
        "FILL(m1, REPEAT)",
        "FILL(m1, LINEAR)",
        "SUM(m2)",
        "RATE(m2)",
        "METRICS()",
        "[m1, m2]",
        "unknown",
        "SELECT AVG(x) FROM y",
        "1 +",
        "(1",
        "1)",
        "",
        "m2 $ 1",
        "1 / 0",
        "LOG(0)",
        "(0 - 8) ^ 0.5",
        "9 ^ 9 ^ 9 ^ 9",
        "*",
        "IF(1)",
        "-" * 100 + "1",
        "(" * 100 + "1" + ")" * 100,
        "+".join(["m2"] * 200),
        "^".join(["m2"] * 60),
    ],
)
def test_what_one_point_does_not_decide(expression: str) -> None:
    with pytest.raises(UndecidableMathError):
        value(expression, m1=None, m2=3.0)
