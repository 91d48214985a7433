"""Judges the bundle of a period again: bundles, logs, keys and listing are inside, and everything follows from them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scanner.errors import SnapshotError
from scanner.runs.configuration import compared, previous_in
from scanner.runs.periods.assessing import assess_period
from scanner.runs.periods.copies import BEFORE, COPY
from scanner.runs.periods.gathering import KEYS, LISTING, STARTS, STATEMENTS
from scanner.runs.periods.inputs import HeldBundle, HeldReview, Inputs
from scanner.runs.periods.sealing import BUNDLES, CHAIN_SCHEMA, PERIOD, REVIEWS, SCHEMA, period_files
from scanner.runs.selection import Selection
from scanner.times import read_time

_WRONG = "It was not written by this version of Trailwitness, or it was changed."


def is_copied(name: str) -> bool:
    """Whether a file of a bundle is one of the copied logs: they are many, and are never held together."""
    return name.startswith((f"data/{COPY}", f"data/{BEFORE}"))


def holds_period(names: "tuple[str, ...]") -> bool:
    """Whether a bundle with these files is one of a period."""
    return f"data/{PERIOD}" in names


def differences(payload: Path, inside: Mapping[str, bytes], selection: Selection) -> list[str]:
    """How the files of a bundle differ from those that its own evidence gives; ``payload`` is its ``data`` folder.

    Raises SnapshotError when the files that say what was judged are not what they must be.
    """
    judged = assess_period(_inputs(payload), selection)
    return compared(inside, period_files(judged, previous_in(inside)))


def _inputs(payload: Path) -> Inputs:
    stated = _document(payload, PERIOD, SCHEMA)
    chain = _document(payload, BUNDLES, CHAIN_SCHEMA)
    try:
        bundles = tuple(_held(payload, entry) for entry in chain["bundles"])
        reviews = tuple(_review(payload, entry) for entry in chain.get("reviews", ()))
        since, until = read_time(stated["since"]), read_time(stated["until"])
    except (LookupError, TypeError, ValueError) as error:
        raise SnapshotError(f"data/{PERIOD} or data/{BUNDLES} is not what it must be: {error}.", _WRONG) from error
    if not bundles:
        raise SnapshotError(f"data/{BUNDLES} names no bundle.", _WRONG)
    logs, earlier = payload / COPY, payload / BEFORE
    before = tuple(sorted(earlier.iterdir())) if earlier.is_dir() else ()
    named = map(payload.joinpath, (KEYS, LISTING, STARTS, STATEMENTS))
    keys, listing, starts, statements = (path if path.is_file() else None for path in named)
    return Inputs(
        since, until, bundles, logs if logs.is_dir() else None, keys, listing, starts, statements, reviews, before
    )


def _held(payload: Path, entry: Mapping[str, Any]) -> HeldBundle:
    from scanner.snapshot.folder import read_snapshot

    folder = entry["folder"]
    if folder and not folder.startswith("period/bundles/"):
        raise ValueError(f"there is no such folder {folder}")
    path = payload / folder if folder else payload
    return HeldBundle(path, entry["name"], entry["identity"], entry["previous"], read_snapshot(path))


def _review(payload: Path, entry: Mapping[str, Any]) -> HeldReview:
    folder = entry["folder"]
    if not folder.startswith(REVIEWS):
        raise ValueError(f"there is no such folder {folder}")
    return HeldReview(payload / folder, entry["name"], entry["identity"])


def _document(payload: Path, name: str, schema: str) -> dict[str, Any]:
    try:
        found = json.loads((payload / name).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise SnapshotError(f"data/{name} is not JSON.", _WRONG) from error
    if not isinstance(found, dict) or found.get("schema") != schema:
        raise SnapshotError(f"data/{name} is not a document of version {schema}.", _WRONG)
    return found
