"""An assessment of a period as an evidence bundle: everything that it was computed from lies inside.

Beside what the bundle of a scan holds of the newest configuration: ``period/period.json`` (which time is meant),
``period/bundles.json`` and ``period/bundles/`` (the snapshots of the other bundles), ``period/reviews/`` (of each
bundle of ``trailwitness logs`` its assessment, with the manifests that vouch for it), ``period/copy/`` (the log files
and digest files), ``period/before/`` (those of buckets that the trail delivered to before),
``period/public-keys.json``, ``period/listing.json``, ``period/starts.json`` and ``period/statements.yaml`` as they were
given, and ``period/evidence.json`` and ``period/replay.json``, which follow from them.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.period.written import members
from scanner.runs.configuration import content_files, sealed, write_bundle
from scanner.runs.periods.assessing import PeriodJudgement, held_files
from scanner.runs.periods.copies import copied_files
from scanner.runs.periods.replays import REPLAY
from scanner.runs.signing.marks import UNMARKED, Marks
from scanner.runs.sweeping import sweep
from scanner.times import rfc3339

if TYPE_CHECKING:
    from reports.bundle.content import Content
    from scanner.model import JsonValue

PERIOD, EVIDENCE, BUNDLES = "period/period.json", "period/evidence.json", "period/bundles.json"
REVIEWS = "period/reviews/"
SCHEMA, CHAIN_SCHEMA = "trailwitness/period/v1", "trailwitness/period-bundles/v1"


def seal_period(judged: PeriodJudgement, target: Path, marks: Marks = UNMARKED) -> str:
    """Write the bundle and give its identity.

    Raises UsageError when the target cannot be written or a rule or framework holds what looks like a credential.
    """
    sweep(content_files(judged.selection))
    return write_bundle(target, period_files(judged, marks.previous), judged.assessment, marks)


def period_files(judged: PeriodJudgement, previous: str = "") -> "dict[str, Content]":
    """Every file of the bundle by its name in the bag."""
    files: dict[str, Content] = dict(_of_period(judged))
    return dict(sealed(files, judged.assessment, judged.selection, previous=previous))


def _of_period(judged: PeriodJudgement) -> "Iterator[tuple[str, Content]]":
    from reports.bundle.content import on_disk
    from reports.plain_json import json_bytes

    inputs = judged.inputs
    stated: dict[str, JsonValue] = {
        "schema": SCHEMA,
        "since": rfc3339(inputs.since),
        "until": rfc3339(inputs.until),
    }
    yield PERIOD, json_bytes(stated)
    yield EVIDENCE, json_bytes(members(judged.evidence))
    if judged.replay is not None:
        yield REPLAY, json_bytes(judged.replay)
    yield from _snapshot(inputs.newest.path, "")
    chain: list[JsonValue] = []
    for number, held in enumerate(inputs.bundles, start=1):
        folder = "" if held is inputs.newest else f"period/bundles/{number:04d}/"
        chain.append({"name": held.name, "identity": held.identity, "previous": held.previous, "folder": folder})
        if folder:
            yield from _snapshot(held.path, folder)
    reviews: list[JsonValue] = []
    for number, review in enumerate(inputs.reviews, start=1):
        folder = f"{REVIEWS}{number:04d}/"
        reviews.append({"name": review.name, "identity": review.identity, "folder": folder})
        yield from ((f"{folder}{name}", content) for name, content in review.files().items())
    more: dict[str, JsonValue] = {"reviews": reviews} if reviews else {}
    yield BUNDLES, json_bytes({"schema": CHAIN_SCHEMA, "bundles": chain, **more})
    for name, path in held_files(inputs).items():
        yield name, path.read_bytes()
    yield from ((name, on_disk(path)) for name, path in copied_files(inputs))


def _snapshot(path: Path, folder: str) -> "Iterator[tuple[str, Content]]":
    """The files of a snapshot or of a scan's bundle, each read when it is needed."""
    from scanner.snapshot.call_lines import CALLS
    from scanner.snapshot.folder import read_files
    from scanner.snapshot.joined import open_snapshots
    from scanner.snapshot.run_json import RUN

    opened = open_snapshots((path,))
    for name in (RUN, CALLS):
        yield f"{folder}{name}", partial(opened.read, name)
    for call in read_files(opened).calls:
        if call.file:
            yield f"{folder}{call.file}", partial(opened.read, call.file)
