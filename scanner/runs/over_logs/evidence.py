"""From log sources to an assessment, and into an evidence bundle.

Beside what every bundle holds, one over log records has ``run.json`` (what was asked for, when and by whom),
``logs.json`` (every source in order, with its SHA-256) and, unless they were left out, the logs themselves under
``logs/``: named by evidence number, for a source may be called anything.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.assessment.exceptions import with_exceptions
from scanner.assessment.logs import LogReading, assess_logs
from scanner.checks.log_events import judge_all
from scanner.errors import UsageError
from scanner.events.counting.results import LogResult
from scanner.events.reading.sources.accounting import SourceAccount
from scanner.files.unfinished import unfinished_folder
from scanner.model import Assessment, Caller, Evidence, EvidenceId, JsonValue
from scanner.runs.configuration import content_files, sealed, write_bundle
from scanner.runs.exceptions import check_baseline
from scanner.runs.selection import Selection
from scanner.runs.signing.marks import UNMARKED, Marks
from scanner.runs.sweeping import sweep
from scanner.runs.watching import Watch, unwatched
from scanner.times import parse_iso

if TYPE_CHECKING:
    from reports.bundle.content import Content
    from scanner.files.log_source import LogSource
    from scanner.log_sources.keeping import KeptSource

RUN, LOGS, FOLDER = "run.json", "logs.json", "logs/"
RUN_SCHEMA, LOGS_SCHEMA = "trailwitness/log-run/v1", "trailwitness/logs/v1"

_ENDING = re.compile(r"((?:\.(?:json|jsonl|ndjson|csv|log|txt|gz)){1,2})(?:#[0-9]+)?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Log:
    """One source of log records as ``logs.json`` has it.

    ``file`` is its place below ``data/`` ("" when it is not in the bundle), ``sha256`` and ``bytes`` are of what was
    judged; ``longer`` says that the source went on. ``unreadable`` says why nothing was read ("" when something was).
    """

    evidence: str
    source: str
    file: str
    sha256: str
    bytes: int
    longer: bool
    unreadable: str


def read_records(
    sources: "Sequence[LogSource]",
    selection: Selection,
    since: datetime | None,
    until: datetime | None,
    workers: int = 1,
    watch: Watch = unwatched,
) -> LogResult:
    """Judge the records of sources for a period of time."""
    from scanner.events.matching.conditions.compiled_rules import judged_rules
    from scanner.events.reading.fields.period import period_of
    from scanner.events.workers import evaluate_sources

    with watch() as progress:
        return evaluate_sources(
            judged_rules(selection.rules, selection.parameters),
            sources,
            workers=workers,
            period=period_of(since, until),
            progress=lambda done, _records: progress("log sources", done, len(sources)),
        )


def assess_records(result: LogResult, run: LogReading, selection: Selection) -> Assessment:
    """What was found in all sources, as an assessment: a pure function of its arguments."""
    findings = judge_all(selection.rules, result, selection.parameters)
    assessment = assess_logs(result, run, selection.rules, selection.frameworks, findings, selection.settings)
    check_baseline(selection.exceptions.baseline, assessment)
    started = parse_iso(run.started)
    return with_exceptions(assessment, selection.exceptions, started.date()) if started is not None else assessment


@contextmanager
def kept_sources(sources: "Iterable[LogSource]", target: Path) -> "Iterator[list[KeptSource]]":
    """The sources by name, each keeping what is read of it in a private folder beside ``target`` until the end.

    Raises UsageError when something cannot be kept.
    """
    from scanner.log_sources.keeping import KeepingError, KeptSource

    ordered = sorted(sources, key=lambda source: source.name)
    try:
        with unfinished_folder(target) as folder:
            yield [KeptSource(source, folder / f"{number:06}") for number, source in enumerate(ordered)]
    except KeepingError as error:
        raise UsageError(str(error), "Choose a place with more room, or --without-logs.") from error


def write_log_bundle(
    target: Path,
    result: LogResult,
    run: LogReading,
    assessment: Assessment,
    selection: Selection,
    kept: "Sequence[KeptSource]",
    marks: Marks = UNMARKED,
) -> str:
    """Seal a run over log records into ``target``, with the logs as they were kept; without any, their digests alone.

    Gives the identity of the bundle. Raises UsageError when the target cannot be written, or a document in it holds
    what looks like a credential (the logs are sealed as they are), and SnapshotError when a kept log is not what was
    judged; nothing half-written stays behind.
    """
    if kept:
        facts = zip(assessment.evidence, result.sources, kept, strict=True)
        logs = [log_of(item, source, inside=True, longer=copy.is_longer()) for item, source, copy in facts]
    else:
        pairs = zip(assessment.evidence, result.sources, strict=True)
        logs = [log_of(item, source, inside=False, longer=False) for item, source in pairs]
    pieces = {log.file: copy.hand_over for log, copy in zip(logs, kept, strict=False)}
    sweep(content_files(selection))
    files = log_bundle_files(run, logs, assessment, selection, lambda log: pieces[log.file], marks.previous)
    sweep((name, content) for name, content in files.items() if isinstance(content, bytes) and name.endswith(".json"))
    return write_bundle(target, files, assessment, marks)


def log_of(item: Evidence, source: SourceAccount, *, inside: bool, longer: bool) -> Log:
    """The line of a source, which was numbered as ``item``."""
    return Log(
        evidence=item.id,
        source=source.source,
        file=_file(item.id, source.source) if inside and source.sha256 else "",
        sha256=source.sha256,
        bytes=source.bytes,
        longer=longer,
        unreadable="" if source.sha256 else source.cut,
    )


def log_bundle_files(
    run: LogReading,
    logs: Sequence[Log],
    assessment: Assessment,
    selection: Selection,
    pieces: Callable[[Log], Callable[[], Iterator[bytes]]],
    previous: str = "",
) -> "Mapping[str, Content]":
    """Every file of the bundle; ``pieces`` gives what reads a log, which happens when it is written."""
    from reports.bundle.content import KnownFile
    from reports.plain_json import json_bytes

    files: dict[str, Content] = {
        RUN: json_bytes(_run_document(run)),
        LOGS: json_bytes({"schema": LOGS_SCHEMA, "sources": [asdict(log) for log in logs]}),
    }
    files |= {log.file: KnownFile(log.sha256, log.bytes, pieces(log)) for log in logs if log.file}
    places = {EvidenceId(log.evidence): log.file for log in logs if log.file}
    return sealed(files, assessment, selection, places, previous=previous)


def _run_document(run: LogReading) -> dict[str, JsonValue]:
    """``run.json``; a caller that is not known has no members, and what was replaced none where nothing was."""
    members = asdict(run) | {"caller": {} if run.caller == Caller() else asdict(run.caller)}
    if not run.redacted:
        del members["redacted"]
    return {"schema": RUN_SCHEMA, **members}


def _file(number: EvidenceId, source: str) -> str:
    """Where a log lies below ``data/``: of the source's own name nothing but a harmless ending."""
    ending = _ENDING.search(source)
    return f"{FOLDER}{number}{ending[1].lower() if ending else ''}"
