"""What everything rests on: every recorded call with its digest, and when the calls were made, as a picture."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from urllib.parse import quote

from reports.plain_json import compact_json
from scanner.model import READ, Assessment, Evidence
from scanner.times import parse_iso

ROWS_SHOWN = 5000
"""Calls that the report lists; index.csv of the bundle lists all."""

BARS, WIDTH, HEIGHT = 60, 960, 90
"""Bars of the picture of calls, and its size in units of its own."""


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One recorded call, or one source of log records. ``href`` leads to its file in a bundle ("" without one)."""

    id: str
    what: str
    account: str
    region: str
    arguments: str
    started: str
    request_ids: tuple[str, ...]
    file: str
    href: str
    sha256: str
    bytes: int
    error: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The calls of one stretch of time."""

    x: int
    width: int
    y: int
    height: int
    refused_height: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """When the calls were made: bars from ``start`` to ``end``, each ``seconds`` long."""

    start: str
    end: str
    seconds: int
    most: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """All of the evidence, how much of it is not listed, and when it was collected (None where no time is known)."""

    rows: tuple[EvidenceRow, ...]
    left_out: int
    timeline: Timeline | None


def evidence_view(assessment: Assessment) -> EvidenceView:
    """The evidence in its order."""
    made: Counter[datetime] = Counter()
    refused: Counter[datetime] = Counter()
    for item in assessment.evidence:
        moment = parse_iso(item.started) if item.started and item.operation != READ else None
        if moment is not None:
            second = moment.replace(microsecond=0)
            made[second] += 1
            refused[second] += bool(item.error)
    rows = map(_row, islice(assessment.evidence, ROWS_SHOWN))
    return EvidenceView(tuple(rows), max(0, len(assessment.evidence) - ROWS_SHOWN), _timeline(made, refused))


def _row(item: Evidence) -> EvidenceRow:
    read = item.operation == READ
    return EvidenceRow(
        id=item.id,
        what=str(item.arguments.get("source", "")) if read else item.operation,
        account=item.account,
        region=item.region,
        arguments="" if read or not item.arguments else compact_json(dict(item.arguments)),
        started=item.started,
        request_ids=item.request_ids,
        file=item.file,
        href=quote(item.file),
        sha256=item.sha256,
        bytes=item.bytes,
        error=item.error,
    )


def _timeline(made: Counter[datetime], refused: Counter[datetime]) -> Timeline | None:
    """The calls of each second as at most ``BARS`` bars of equal length."""
    if not made:
        return None
    start, end = min(made), max(made)
    seconds = -(-(int((end - start).total_seconds()) + 1) // BARS)
    heights: Counter[int] = Counter()
    dark: Counter[int] = Counter()
    for second, number in made.items():
        place = int((second - start).total_seconds()) // seconds
        heights[place] += number
        dark[place] += refused[second]
    most = max(heights.values())
    bars = [_bar(place, number, dark[place], most) for place, number in sorted(heights.items())]
    return Timeline(f"{start:%Y-%m-%dT%H:%M:%SZ}", f"{end:%Y-%m-%dT%H:%M:%SZ}", seconds, most, tuple(bars))


def _bar(place: int, number: int, refused: int, most: int) -> Bar:
    height = max(2, HEIGHT * number // most)
    step = WIDTH // BARS
    return Bar(
        x=place * step,
        width=step - 2,
        y=HEIGHT - height,
        height=height,
        refused_height=-(-height * refused // number),
    )
