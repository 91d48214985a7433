"""Judges the logs of an evidence bundle again: those inside, or their originals, found by SHA-256."""

import hashlib
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from reports.characters import visible
from scanner.assessment.consistency import contradictions
from scanner.assessment.logs import LogReading
from scanner.errors import SnapshotError, SourceError, UsageError
from scanner.events.counting.results import LogResult
from scanner.files.limits import SOURCE_LIMIT
from scanner.log_sources import SOURCES, kind_of
from scanner.runs.configuration import compared, previous_in
from scanner.runs.over_logs.evidence import (
    FOLDER,
    LOGS,
    LOGS_SCHEMA,
    RUN,
    RUN_SCHEMA,
    Log,
    assess_records,
    log_bundle_files,
    log_of,
    read_records,
)
from scanner.runs.selection import Selection
from scanner.runs.watching import Watch, unwatched
from scanner.times import parse_iso, parse_zoned

if TYPE_CHECKING:
    from reports.bundle.readers import BagReader
    from scanner.files.log_source import LogSource

Shape = TypeVar("Shape")

_PAYLOAD = "data/"
_WRONG = "It was not written by this version of Trailwitness, or it was changed."


@dataclass(frozen=True, slots=True)
class Recomputed:
    """Result of judging a bundle again: differences, notes, and why it was skipped ("" if it was not), with a hint."""

    differences: list[str]
    notes: list[str] = field(default_factory=list)
    not_done: str = ""
    hint: str = "Name a folder that holds them with --logs."


def holds_logs(names: Sequence[str]) -> bool:
    """Whether a bundle with these files is one over log records."""
    return f"{_PAYLOAD}{LOGS}" in names


def is_log(name: str) -> bool:
    """Whether a file of such a bundle is one of the logs: they may be large, and are never held together."""
    return name.startswith(f"{_PAYLOAD}{FOLDER}")


class Originals:
    """The logs that ``--logs`` names. They are read when the first is asked for. UsageError when a path is not there.

    ``say`` is told of each that cannot be read.
    """

    def __init__(
        self, paths: Sequence[str], watch: Watch = unwatched, say: Callable[[str], None] = lambda _line: None
    ) -> None:
        if any(SOURCES[kind_of(path)].calls for path in paths):
            raise UsageError("--logs names files and folders on this machine.", "Download the logs first.")
        self.given = bool(paths)
        self.watch = watch
        self._say = say
        self._sources: Sequence[LogSource] = ()
        if paths:
            from scanner.log_sources.kinds.files import local_sources

            self._sources = tuple(local_sources(paths, lambda _name, _why: None, stdin=sys.stdin.buffer))

    @cached_property
    def by_digest(self) -> "Mapping[str, LogSource]":
        """Each by the SHA-256 of what is judged of it."""
        found: dict[str, LogSource] = {}
        with self.watch() as progress:
            for number, source in enumerate(self._sources, start=1):
                try:
                    digest = hashlib.sha256(memoryview(source.read())[:SOURCE_LIMIT]).hexdigest()
                except SourceError as error:
                    self._say(f"not read: {error}")
                    continue
                found.setdefault(digest, source)
                progress("logs", number, len(self._sources))
        return found


def recompute(bag: "BagReader", inside: Mapping[str, bytes], selection: Selection, originals: Originals) -> Recomputed:
    """Judge the logs of a bundle again; ``inside`` are its files but for the logs.

    Raises SnapshotError when the files that say what was judged are not what they must be.
    """
    run, logs = _read_run(inside), _read_logs(inside)
    outside = [log for log in logs if log.sha256 and not log.file]
    if outside and not originals.given:
        return _without_logs(bag, inside, selection, run, logs)
    missing = [log for log in outside if log.sha256 not in originals.by_digest]
    if missing:
        return Recomputed([_missed(log) for log in missing])
    sources = [_source(log, bag, originals) for log in logs]
    result = read_records(sources, selection, _moment(run.since), _moment(run.until), watch=originals.watch)
    judged = zip(logs, result.sources, strict=True)
    if moved := [log for log, source in judged if log.sha256 != source.sha256 and not log.file]:
        return Recomputed(
            [f"{log.evidence} {visible(log.source)}: it changed while it was judged again" for log in moved]
        )
    assessment = assess_records(result, run, selection)
    facts = zip(assessment.evidence, result.sources, logs, strict=True)
    again = [log_of(item, source, inside=bool(log.file), longer=log.longer) for item, source, log in facts]
    expected = log_bundle_files(
        run,
        again,
        assessment,
        selection,
        lambda log: partial(bag.chunks, f"{_PAYLOAD}{log.file}"),
        previous_in(inside),
    )
    notes = [*_replaced(run), *_incomplete(result), *_notes(logs, outside, originals)]
    return Recomputed(compared(inside, expected), notes)


def _replaced(run: LogReading) -> list[str]:
    """That the records are not all as they were read."""
    told = ", ".join(f"{rule} {count}" for rule, count in run.redacted.items())
    return [f"note: values were replaced by pseudonyms before the records were sealed ({told})"] if told else []


def _incomplete(result: LogResult) -> list[str]:
    """What every reader of "verified" must know besides: the verdicts follow from logs that were not read whole."""
    lost = [reason for source in result.incomplete for _, reason in source.losses()]
    if not lost and result.records:
        return []
    told = [f"note: not read whole: {visible(reason)}" for reason in lost]
    return ["note: the run in this bundle is incomplete; it is not a pass, whatever its digests say", *told]


def _notes(logs: Sequence[Log], outside: Sequence[Log], originals: Originals) -> list[str]:
    notes = []
    unreadable = [log for log in logs if not log.sha256]
    if unreadable:
        they = "it" if len(unreadable) == 1 else "they"
        notes.append(
            f"note: {_logs(len(unreadable))} missing from the evidence, because {they} could not be read at the time; "
            f"the first: {visible(unreadable[0].source)}"
        )
    if outside:
        wanted = {log.sha256 for log in outside}
        others = sum(digest not in wanted for digest in originals.by_digest)
        notes.append(
            f"note: the logs are not in this bundle; {_found(len(outside))} SHA-256 among those given"
            + (f", and {others} others were given" if others else "")
        )
    elif originals.given:
        notes.append("note: this bundle holds its logs; those given with --logs were not looked at")
    return notes


def _missed(log: Log) -> str:
    return (
        f"{log.evidence} {visible(log.source)}: no log given with --logs has its SHA-256 {log.sha256} "
        f"({log.bytes} bytes): it is missing or was changed"
    )


def _logs(count: int) -> str:
    return f"{count} log is" if count == 1 else f"{count} logs are"


def _found(count: int) -> str:
    return "1 was found by its" if count == 1 else f"{count} were found by their"


@dataclass(frozen=True, slots=True)
class _Inside:
    """A log in a bundle, under the name it was judged by."""

    name: str
    bag: "BagReader"
    file: str
    longer: bool

    def read(self) -> bytes:
        """Its bytes, with one more than is judged where the source went on. SourceError when it cannot be unpacked."""
        data = io.BytesIO()
        try:
            for piece in self.bag.chunks(self.file):
                data.write(piece)
                if data.tell() > SOURCE_LIMIT:
                    break
        except SnapshotError as error:
            raise SourceError(error.message, error.hint) from error
        if self.longer:
            data.write(b"\n")  # any byte: it only tells that there was one
        data.truncate(min(data.tell(), SOURCE_LIMIT + 1))
        return data.getvalue()


@dataclass(frozen=True, slots=True)
class _Original:
    """A log from elsewhere, under the name it was judged by."""

    name: str
    source: "LogSource"

    def read(self) -> bytes:
        """Its bytes."""
        return self.source.read()


def _source(log: Log, bag: "BagReader", originals: Originals) -> "LogSource":
    from scanner.files.log_source import BrokenSource

    if not log.sha256:
        return BrokenSource(log.source, log.unreadable)
    if log.file:
        return _Inside(log.source, bag, f"{_PAYLOAD}{log.file}", log.longer)
    return _Original(log.source, originals.by_digest[log.sha256])


def _without_logs(
    bag: "BagReader", inside: Mapping[str, bytes], selection: Selection, run: LogReading, logs: Sequence[Log]
) -> Recomputed:
    """What can be told without the logs: whether the assessment agrees with itself and all else with the assessment."""
    from reports.document.reading import read_assessment, read_document
    from scanner.schemas import misfit

    name = f"{_PAYLOAD}assessment.json"
    if wrong := misfit(read_document(inside.get(name, b"")), "assessment"):
        return Recomputed([f"{name} is not an assessment document: {visible(wrong)}"])
    assessment = read_assessment(inside[name], selection.rules)
    listed = [(item.id, item.file, item.sha256, item.bytes) for item in assessment.evidence]
    differences = [f"{name}: {said}" for said in contradictions(assessment, selection.frameworks)]
    if listed != [(log.evidence, log.source, log.sha256, log.bytes) for log in logs]:
        differences.append(f"{_PAYLOAD}{LOGS} does not list the logs that data/assessment.json says were judged")
    else:
        expected = log_bundle_files(
            run,
            logs,
            assessment,
            selection,
            lambda log: partial(bag.chunks, f"{_PAYLOAD}{log.file}"),
            previous_in(inside),
        )
        differences += compared(inside, expected)
    verdicts = len(assessment.findings)
    outside = sum(bool(log.sha256 and not log.file) for log in logs)
    return Recomputed(
        differences,
        not_done=f"{_logs(outside)} not in this bundle, and whoever sealed it could have written any of its {verdicts} "
        "verdicts that agrees with the rest",
    )


def _read_run(inside: Mapping[str, bytes]) -> LogReading:
    return _shaped(_document(inside, RUN, RUN_SCHEMA), LogReading, RUN)


def _read_logs(inside: Mapping[str, bytes]) -> list[Log]:
    logs = _shaped(_document(inside, LOGS, LOGS_SCHEMA).get("sources"), list[Log], LOGS)
    if any(log.source > following.source for log, following in pairwise(logs)):
        raise SnapshotError(f"{_PAYLOAD}{LOGS} does not list the logs by name.", _WRONG)
    return logs


def _document(inside: Mapping[str, bytes], name: str, schema: str) -> dict[str, Any]:
    try:
        found = json.loads(inside.get(f"{_PAYLOAD}{name}", b""))
    except (ValueError, RecursionError) as error:
        raise SnapshotError(f"{_PAYLOAD}{name} is not JSON: {error}.", _WRONG) from error
    if not isinstance(found, dict) or found.get("schema") != schema:
        raise SnapshotError(f"{_PAYLOAD}{name} is not a document of version {schema}.", _WRONG)
    return found


def _shaped(value: Any, shape: type[Shape], name: str) -> Shape:
    import msgspec

    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise SnapshotError(f"{_PAYLOAD}{name} is not what it must be: {error}.", _WRONG) from error


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    if parse_iso(text) is None:
        raise SnapshotError(f"{_PAYLOAD}{RUN} has no time in {text!r}.", _WRONG)
    found = parse_zoned(text)
    if found is None:
        raise SnapshotError(f"{_PAYLOAD}{RUN} has a time without a zone: {text!r}.", _WRONG)
    return found
