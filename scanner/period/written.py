"""The evidence of a period as plain JSON data, and read back: ``period/evidence.json``, and the cases of rules."""

from collections.abc import Mapping
from typing import Any

from scanner.errors import SnapshotError
from scanner.model import JsonValue
from scanner.period.evidence import PeriodEvidence


def members(evidence: PeriodEvidence) -> dict[str, JsonValue]:
    """The members of the evidence; what reads them gives an equal value."""
    import msgspec

    found: dict[str, JsonValue] = msgspec.to_builtins(evidence)
    return found


def read_members(written: Mapping[str, Any]) -> PeriodEvidence:
    """The evidence that ``members`` wrote, or an author of cases by hand: what is left out has its default.

    Raises SnapshotError with the place of what is not as it must be; members that there are not are refused, too.
    """
    import msgspec

    try:
        found = msgspec.convert(written, PeriodEvidence)
    except msgspec.ValidationError as error:
        raise SnapshotError(f"The evidence of a period is not what it must be: {error}.") from error
    unknown = _unknown(written, members(found), "")
    if unknown:
        raise SnapshotError(f"The evidence of a period has no member {unknown}.")
    return found


def _unknown(written: Any, again: Any, place: str) -> str:
    """The place of the first member that the evidence does not have; "" when there is none."""
    if isinstance(written, Mapping) and isinstance(again, Mapping):
        for name, value in written.items():
            if name not in again:
                return f"{place}/{name}"
            if found := _unknown(value, again[name], f"{place}/{name}"):
                return found
    elif isinstance(written, list | tuple) and isinstance(again, list | tuple):
        for number, (value, other) in enumerate(zip(written, again, strict=False)):
            if found := _unknown(value, other, f"{place}/{number}"):
                return found
    return ""
