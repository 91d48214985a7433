"""Numbers as CloudWatch Logs sees them: exact integers, IEEE doubles with Java's text, exact numbers in patterns."""

import math
import re
from decimal import Decimal
from typing import TypeGuard

JsonNumber = int | float | Decimal
"""A number of an event: an int exactly as written, a float for every other spelling, a Decimal for a huge integer."""

MAXIMUM_EXPONENT = 2147483647
_SPELLING = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?0*([0-9]+))?")
_LONGEST_INT = 4000


def is_number(value: object) -> TypeGuard[JsonNumber]:
    """Whether ``value`` is a number of a parsed event; booleans are not."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def is_number_spelling(text: str) -> bool:
    """Whether a bare value is a number: ``[+-]? digits ('.' digits)? ([eE] [+-]? digits)?``."""
    return _SPELLING.fullmatch(text) is not None


def exponent_in_range(text: str) -> bool:
    """Whether the exponent of a number spelling is at most 2147483647 in size, as the service demands."""
    found = _SPELLING.fullmatch(text)
    digits = found.group(1) if found else None
    return digits is None or (len(digits) <= len(str(MAXIMUM_EXPONENT)) and int(digits) <= MAXIMUM_EXPONENT)


def spelled_value(text: str) -> Decimal | None:
    """The exact value of a number spelling; None when ``text`` is not a number or its exponent is out of range."""
    if _SPELLING.fullmatch(text) is None or not exponent_in_range(text):
        return None
    return Decimal(text)


def finite_value(number: JsonNumber) -> int | Decimal | None:
    """The value an event's number is compared with: exact for integers, the shortest decimal for doubles.

    None for an infinite number, which equals nothing and is neither below nor above anything.
    """
    if isinstance(number, float):
        return Decimal(repr(number)) if math.isfinite(number) else None
    if isinstance(number, Decimal):
        return number if number.is_finite() else None
    return number


def number_text(number: JsonNumber) -> str:
    """The text that text, wildcard and regular-expression conditions see: ``1``, ``1.0``, ``1000.0``, ``Infinity``."""
    if isinstance(number, float):
        return _double_text(number)
    if isinstance(number, Decimal):
        return format(number, "f") if number.is_finite() else _double_text(float(number))
    if -(10**_LONGEST_INT) < number < 10**_LONGEST_INT:
        return str(number)
    return format(Decimal(number), "f")  # str() refuses integers this long


def _double_text(number: float) -> str:
    """``Double.toString`` of Java 19 and later: the shortest digits that read back, at least two of them."""
    if math.isnan(number):
        return "NaN"
    sign = "-" if math.copysign(1, number) < 0 else ""
    size = abs(number)
    if math.isinf(size):
        return f"{sign}Infinity"
    if not size:
        return f"{sign}0.0"
    _, figures, exponent = Decimal(repr(size)).as_tuple()
    digits = "".join(map(str, figures))
    power = len(digits) - 1 + int(exponent)
    digits = digits.rstrip("0")
    if len(digits) == 1:
        # Java prefers the nearest two digits to one digit: 4.9E-324, not 5.0E-324.
        two = f"{size:.1e}"
        if float(two) == size:
            digits, power = two[0] + two[2], int(two[4:])
    if power < -3 or power >= 7:
        return f"{sign}{digits[0]}.{digits[1:] or '0'}E{power}"
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{digits.rstrip('0')}"
    whole = digits[: power + 1].ljust(power + 1, "0")
    return f"{sign}{whole}.{digits[power + 1 :].rstrip('0') or '0'}"
