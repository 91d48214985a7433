"""Number texts and values: Java's way for doubles, exact for integers and patterns."""

from decimal import Decimal

import pytest

from scanner.pattern.language.values.numbers import (
    exponent_in_range,
    finite_value,
    is_number,
    is_number_spelling,
    number_text,
    spelled_value,
)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-7, "-7"),
        (9007199254740993, "9007199254740993"),
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (100.0, "100.0"),
        (123.456, "123.456"),
        (0.1, "0.1"),
        (0.001, "0.001"),
        (0.00123, "0.00123"),
        (0.0009999, "9.999E-4"),
        (0.0001, "1.0E-4"),
        (1e3, "1000.0"),
        (9999999.0, "9999999.0"),
        (9999999.999, "9999999.999"),
        (1e7, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (-2.5e-10, "-2.5E-10"),
        (2e23, "2.0E23"),
        (1e308, "1.0E308"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (2.2250738585072014e-308, "2.2250738585072014E-308"),
        (5e-324, "4.9E-324"),
        (1e-323, "9.9E-324"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
        (Decimal(12345678901234567890), "12345678901234567890"),
        (Decimal("NaN"), "NaN"),
    ],
)
def test_the_text_of_a_number(number: float | Decimal, text: str) -> None:
    assert number_text(number) == text


def test_values_of_event_numbers() -> None:
    assert finite_value(5) == 5
    assert finite_value(0.1) == Decimal("0.1")
    assert finite_value(Decimal(7)) == 7
    assert finite_value(float("inf")) is None
    assert finite_value(float("nan")) is None
    assert finite_value(Decimal("Infinity")) is None
    assert is_number(1)
    assert is_number(1.5)
    assert not is_number(True)
    assert not is_number("1")
    assert not is_number(None)


@pytest.mark.parametrize("text", ["0", "007", "+1", "-1.50", "1e5", "1E+05", "1.0e-3"])
def test_number_spellings(text: str) -> None:
    assert is_number_spelling(text)
    assert spelled_value(text) == Decimal(text)


@pytest.mark.parametrize(
    "text", ["", "-", ".5", "1.", "1e", "e5", "1 ", "1_0", "0x1", "١", "1e5.0", "Infinity", "NaN", "--1"]
)
def test_what_is_no_number(text: str) -> None:
    assert not is_number_spelling(text)
    assert spelled_value(text) is None


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("1e2147483647", True),
        ("1e-2147483647", True),
        ("1e+00000002147483647", True),
        ("1e2147483648", False),
        ("1e-2147483648", False),
        ("1e" + "9" * 900, False),
        ("5", True),
    ],
)
def test_the_bound_of_exponents(text: str, within: bool) -> None:
    assert exponent_in_range(text) is within
    assert (spelled_value(text) is not None) is within
