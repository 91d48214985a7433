"""The tails are those of the two distributions, told exactly where they matter."""

from math import comb, exp, factorial

import pytest

from scanner.events.insights.tails import Expected

NEVER = 1e-300


def poisson(mean: float, count: int) -> float:
    return exp(-mean) * mean**count / factorial(count)


def binomial(size: int, mean: float, count: int) -> float:
    """Negative binomial with a whole size: the failures before the size-th success."""
    success = size / (size + mean)
    return comb(count + size - 1, count) * success**size * (1 - success) ** count


@pytest.mark.parametrize(("mean", "count"), [(0.5, 1), (0.5, 4), (3.0, 12), (20.0, 45), (20.0, 21)])
def test_the_upper_tail_of_poisson(mean: float, count: int) -> None:
    exact = 1 - sum(poisson(mean, at) for at in range(count))
    assert Expected(mean, mean).at_least(count, 1.0) == pytest.approx(exact, rel=5e-3)


@pytest.mark.parametrize(("mean", "count"), [(20.0, 0), (20.0, 5), (60.0, 30), (3.0, 2)])
def test_the_lower_tail_of_poisson(mean: float, count: int) -> None:
    exact = sum(poisson(mean, at) for at in range(count + 1))
    assert Expected(mean, mean).at_most(count, 1.0) == pytest.approx(exact, rel=5e-3)


@pytest.mark.parametrize(("size", "mean", "count"), [(2, 3.0, 10), (1, 5.0, 30), (3, 20.0, 90)])
def test_both_tails_of_the_negative_binomial(size: int, mean: float, count: int) -> None:
    expected = Expected(mean, mean + mean**2 / size)
    below = sum(binomial(size, mean, at) for at in range(count))
    assert expected.at_least(count, 1.0) == pytest.approx(1 - below, rel=5e-3)
    low = int(mean / 2)
    exact = sum(binomial(size, mean, at) for at in range(low + 1))
    assert expected.at_most(low, 1.0) == pytest.approx(exact, rel=5e-3)


def test_bursts_make_a_count_less_improbable() -> None:
    assert Expected(2.0, 2.0).at_least(20, 1.0) < 1e-12 < Expected(2.0, 30.0).at_least(20, 1.0)


def test_what_is_usual_is_certain() -> None:
    assert Expected(5.0, 5.0).at_least(5, 1.0) == 1.0
    assert Expected(5.0, 5.0).at_most(5, 1.0) == 1.0


def test_enough_is_enough_and_what_underflows_is_nothing() -> None:
    assert Expected(5.0, 5.0).at_least(6, 1e-8) > 1e-8
    assert Expected(5.0, 5.0).at_most(4, 1e-8) > 1e-8
    assert Expected(0.01, 0.01).at_least(100_000, 1e-8) < NEVER


@pytest.mark.parametrize(
    ("baseline", "minutes", "count", "length"),
    [(1, 11336, 3, 1), (0.5, 10080, 5, 1), (1, 10181, 6, 1), (0.5, 11092, 2, 1)],
)
def test_the_samples_of_aws_are_all_unusual(baseline: float, minutes: int, count: int, length: int) -> None:
    mean = baseline / minutes * length
    assert Expected(mean, mean).at_least(count, 1e-8) <= 1e-8
