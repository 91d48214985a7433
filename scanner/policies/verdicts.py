"""Verdicts that may be open: true, false, or None where what is known does not decide."""

from collections.abc import Iterable


def any_of(verdicts: Iterable[bool | None]) -> bool | None:
    """Whether one of them is true; None where none is and one is open."""
    found = set(verdicts)
    return True if True in found else None if None in found else False


def both(one: bool | None, other: bool | None) -> bool | None:
    """Whether both are true; false as soon as one is false, whatever the other is."""
    if one is False or other is False:
        return False
    return None if None in {one, other} else True
