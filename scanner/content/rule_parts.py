"""Parts of a rule file that its reader and the search for its mistakes both look at."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.model import Clause, Parameter, Remark

Pointer = tuple[str | int, ...]
"""Where something is written in a rule file: its keys and places, from the top."""

PLACEHOLDER = re.compile(r"\{([^{}|]*)(\|[^{}|]*)?\}")
"""What braces insert into a reason, and the text for when there is none."""

FOUND = "found"
"""What a clause calls the expression whose value its reason inserts, and the name under which it does."""

_DURATION = re.compile(r"([1-9][0-9]*)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parameter_of(name: str, raw: Mapping[str, Any]) -> Parameter:
    """One parameter as the file declares it."""
    return Parameter(
        name=name,
        type=raw["type"],
        default=raw["default"],
        description=raw["description"].strip(),
        minimum=raw.get("minimum"),
        maximum=raw.get("maximum"),
        choices=tuple(raw.get("choices", ())),
    )


def clauses_of(data: Mapping[str, Any]) -> Iterator[tuple[Pointer, Pointer, Clause]]:
    """The clauses of a resource rule, each with where its expression and its reason are written."""
    expect = data.get("expect", ())
    if isinstance(expect, str):
        yield ("expect",), ("reason",), Clause(expect.strip(), data.get("reason", "").strip())
        return
    for number, clause in enumerate(expect):
        place = ("expect", number)
        that, otherwise, found = (clause.get(name, "").strip() for name in ("that", "otherwise", FOUND))
        yield (*place, "that"), (*place, "otherwise"), Clause(that, otherwise, found)


def remarks_of(data: Mapping[str, Any]) -> Iterator[tuple[Pointer, Pointer, Remark]]:
    """The remarks of a resource rule, each with where its expression and its sentence are written."""
    for number, remark in enumerate(data.get("remarks", ())):
        place = ("remarks", number)
        yield (*place, "when"), (*place, "say"), Remark(remark["when"].strip(), remark["say"].strip())


def seconds(duration: int | str) -> int | str:
    """``5m`` in seconds; a number and the name of a parameter stay what they are."""
    found = _DURATION.fullmatch(duration) if isinstance(duration, str) else None
    return int(found[1]) * _SECONDS[found[2]] if found else duration


def placeholders(template: str) -> tuple[str, ...]:
    """What braces insert into a reason: ``Field``, ``Field.Member`` or ``$parameter``, without the text behind ``|``."""
    return tuple(match[1] for match in PLACEHOLDER.finditer(template))
