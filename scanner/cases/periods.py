"""The evidence of a period for a case of a period rule: that of a shared file or the case's own, changed as it says.

A shared file, ``<name>.period.yaml``, holds the members of ``period/evidence.json`` under ``period``. What changes
nothing (a pointer that leads nowhere) is an error.
"""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scanner.cases.bases import base_file
from scanner.cases.pointers import EmptyListError, NoPlaceError, put, remove, split
from scanner.documents import Document, read_document
from scanner.errors import SnapshotError
from scanner.model import JsonValue
from scanner.model.json_values import as_object
from scanner.period.evidence import PeriodEvidence
from scanner.period.written import read_members
from scanner.schemas import require

PERIOD = ".period.yaml"

Members = Mapping[str, JsonValue]


def read_base_period(document: Document, path: Path, folder: Path, *, proven: bool = False) -> Members:
    """The evidence in the file that ``base`` names; nothing without one.

    Raises ContentError for a base that is not there, or that is wrong.
    """
    target = base_file(document, path, folder, PERIOD)
    if target is None:
        return {}
    base = read_document(target[0], merge=True, proven=proven)
    require(base, "case", "period_file")
    return as_object(as_object(base.value)["period"])


def case_period(
    document: Document, pointer: tuple[str | int, ...], base: Members, problems: list[str]
) -> PeriodEvidence | None:
    """The evidence of the case at ``pointer``; None where it cannot be made, which is added to ``problems``."""
    raw: Any = document.value
    for step in pointer:
        raw = raw[step]
    stated = raw["period"]
    made: Any = copy.deepcopy({**base, **stated.get("evidence", {})})
    for place, value in stated.get("set", {}).items():
        try:
            made = put(made, split(place), value)
        except (NoPlaceError, EmptyListError) as error:
            mark = document.key_mark((*pointer, "period", "set"), place)
            problems.append(document.problem_at(mark, f"in this evidence: {error}"))
    for number, place in enumerate(stated.get("unset", ())):
        try:
            made = remove(made, split(place))
        except (NoPlaceError, EmptyListError) as error:
            problems.append(document.problem((*pointer, "period", "unset", number), f"in this evidence: {error}"))
    try:
        return read_members(made)
    except SnapshotError as error:
        problems.append(document.problem((*pointer, "period"), f"{error.message}"))
        return None
