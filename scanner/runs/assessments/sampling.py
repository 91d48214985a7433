"""An auditor's sample: drawn from a population by a seed, so that anybody draws the same again in any language.

The rank of an item is the SHA-256 of the seed, a line feed and the item, all in UTF-8; the items of the lowest ranks
are drawn. Nothing else decides: neither the order of the population nor a generator of random numbers, of which each
language has another.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from reports.document.reading import read_assessment
from reports.plain_json import compact_json, json_bytes
from scanner.errors import SnapshotError, UsageError
from scanner.model import Assessment, Finding, JsonValue, Outcome
from scanner.runs.assessments.baselines import document_of
from scanner.times import parse_day

SCHEMA = "trailwitness/sample/v1"
ALGORITHM = "sha256(seed LF item), ascending"
"""How the record names the way of drawing; ``docs/comparing.md`` spells it out."""

MAX_BYTES = 256 * 1024 * 1024
"""The largest file of a population, in bytes."""

_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")
_MAX_DAYS = 36_525
_ENDINGS = {".csv": "csv", ".jsonl": "lines", ".ndjson": "lines", ".txt": "lines"}
_VERDICTS = (Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class SampleItem:
    """One item: the text that decides whether it is drawn, and what is known of it besides."""

    text: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Population:
    """What is drawn from. ``kind`` is assessment, csv, lines or days; ``missing`` says what may lack, if anything."""

    source: str
    kind: str
    items: tuple[SampleItem, ...]
    rule: str = ""
    collected: str = ""
    missing: str = ""

    @property
    def digest(self) -> str:
        """The SHA-256 of all items in ascending order of their UTF-8 bytes, each followed by a line feed."""
        ordered = sorted(item.text.encode() for item in self.items)
        return hashlib.sha256(b"".join(item + b"\n" for item in ordered)).hexdigest()


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn from a population, as (rank, item) in the order of the ranks."""

    population: Population
    size: int
    seed: str
    drawn: tuple[tuple[str, SampleItem], ...]


def draw(population: Population, size: int, seed: str) -> Sample:
    """The ``size`` items of the lowest ranks, or all where there are fewer. Raises UsageError for an empty seed."""
    if not seed:
        raise UsageError("The seed is empty.", "Name any text; whoever repeats the draw needs it.")
    ranked = sorted((rank(seed, item.text), item.text, item) for item in population.items)
    return Sample(population, size, seed, tuple((number, item) for number, _, item in ranked[:size]))


def rank(seed: str, item: str) -> str:
    """The rank of an item as 64 hexadecimal digits."""
    return hashlib.sha256(f"{seed}\n{item}".encode()).hexdigest()


def record(sample: Sample) -> bytes:
    """The record of a draw, ``trailwitness/sample/v1``: equal draws give equal bytes."""
    population = sample.population
    return json_bytes(
        {
            "schema": SCHEMA,
            "algorithm": ALGORITHM,
            "seed": sample.seed,
            "size": sample.size,
            "population": {
                "source": population.source,
                "kind": population.kind,
                "rule": population.rule or None,
                "collected": population.collected or None,
                "count": len(population.items),
                "sha256": population.digest,
                "may_lack": population.missing or None,
            },
            "drawn": [_drawn(number, item) for number, item in sample.drawn],
        }
    )


def _drawn(number: str, item: SampleItem) -> dict[str, JsonValue]:
    return {"rank": number, "item": item.text, **dict(item.facts)}


def population_of(source: str, rule: str) -> Population:
    """The population that a word names: ``FROM..TO`` as days, a file of items, or an assessment with ``rule``.

    Raises UsageError for what is neither, for a rule that nothing was judged by, and for items that cannot be told
    apart; SnapshotError for what cannot be read.
    """
    path = Path(source)
    if not path.exists():
        found = _DAYS.fullmatch(source)
        if found is None:
            raise UsageError(f"There is no {source}.", "Name an assessment, a file of items, or days as FROM..TO.")
        population = Population(source, "days", tuple(map(SampleItem, _days(source, found[1], found[2]))))
    elif path.is_file() and path.suffix in _ENDINGS:
        kind = _ENDINGS[path.suffix]
        population = Population(path.name, kind, tuple(map(SampleItem, _file_items(path, kind))))
    elif rule:
        population = _judged(path, read_assessment(document_of(path), ()), rule)
    else:
        raise UsageError(f"{source} is an assessment of many rules.", "Name the one to draw from with --rule.")
    if rule and population.kind != "assessment":
        raise UsageError(f"--rule is given, and {source} is not an assessment.", "Drop it.")
    if not population.items:
        raise UsageError(f"{source} holds nothing to draw from.", "An empty population has no sample.")
    _check_apart(population)
    return population


def _days(source: str, first: str, last: str) -> list[str]:
    begin, end = parse_day(first), parse_day(last)
    if begin is None or end is None or end < begin or (end - begin).days > _MAX_DAYS:
        raise UsageError(f"{source} is not a period of days.", "Write FROM..TO, such as 2026-01-01..2026-12-31.")
    days: list[date] = [begin + timedelta(number) for number in range((end - begin).days + 1)]
    return [day.isoformat() for day in days]


def _file_items(path: Path, kind: str) -> list[str]:
    """The lines of a file that hold something; of a CSV file without the first, which names its columns."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise SnapshotError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SnapshotError(f"{path} is not UTF-8.", "Save it as UTF-8.") from error
    if len(content) > MAX_BYTES:
        raise SnapshotError(f"{path} is larger than {MAX_BYTES} bytes.", "Draw from a part of it.")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if kind == "csv":
        _check_rows(path, text, lines)
        lines = lines[1:]
    return [line for line in lines if line.strip()]


def _check_rows(path: Path, text: str, lines: Sequence[str]) -> None:
    """Refuse a CSV file in which a value spans lines: its lines are not its rows."""
    try:
        rows = sum(1 for row in csv.reader(io.StringIO(text, newline=""), strict=True) if any(row))
    except csv.Error as error:
        raise UsageError(f"{path} is not a CSV file that can be read: {error}.", "Save it as CSV again.") from error
    if rows != sum(1 for line in lines if line.strip(", ")):
        raise UsageError(f"{path} has values that span lines.", "Take the line breaks out of its values.")


def _judged(path: Path, assessment: Assessment, rule: str) -> Population:
    found = [item for item in assessment.findings if item.rule == rule and item.outcome in _VERDICTS]
    if rule not in assessment.run.rules:
        raise UsageError(f"{path} is not judged by the rule {rule}.", "Name one of its rules.")
    blind = [item for item in found if item.outcome is Outcome.UNKNOWN and item.resource == item.account]
    missing = f"account {blind[0].account} could not be looked at whole: {blind[0].reason}" if blind else ""
    return Population(
        path.name, "assessment", tuple(map(_item, found)), rule, assessment.run.collected.started, missing
    )


def _item(finding: Finding) -> SampleItem:
    facts = {
        "account": finding.account,
        "region": finding.region,
        "resource": finding.resource,
        "outcome": str(finding.outcome),
    }
    text = compact_json([finding.account, finding.region, finding.resource])
    return SampleItem(text, tuple(facts.items()))


def _check_apart(population: Population) -> None:
    seen: set[str] = set()
    for item in population.items:
        if item.text in seen:
            raise UsageError(
                f"{population.source} holds an item twice: {_short(item.text)}.",
                "Items are told apart by their text: remove the repetition, or add a number to each.",
            )
        seen.add(item.text)


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"


def drawn_lines(sample: Sample) -> Iterable[str]:
    """What was drawn, one line each."""
    for number, item in sample.drawn:
        yield f"{number[:12]}  {item.text}"
