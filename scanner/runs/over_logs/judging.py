"""From log sources that were opened to an assessment, and into the evidence bundle that was asked for."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.assessment.logs import LogReading
from scanner.events.counting.results import LogResult
from scanner.model import Assessment
from scanner.runs.over_logs.evidence import assess_records, kept_sources, read_records, write_log_bundle
from scanner.runs.over_logs.opening import Asked, Opened
from scanner.runs.selection import Selection
from scanner.runs.signing.marks import UNMARKED, Marks
from scanner.runs.watching import Watch, unwatched
from scanner.times import rfc3339

if TYPE_CHECKING:
    from scanner.files.log_source import LogSource
    from scanner.log_sources.keeping import KeptSource


@dataclass(frozen=True, slots=True)
class LogJudgement:
    """A run over log records: the assessment, and what sealing it takes.

    ``identity`` is that of the bundle that was sealed meanwhile, "" when none was.
    """

    assessment: Assessment
    selection: Selection
    result: LogResult
    run: LogReading
    sources: "tuple[LogSource, ...]"
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Sealing:
    """Where the evidence bundle goes (None: nowhere), whether the logs go into it, and what is put on it."""

    target: Path | None = None
    with_logs: bool = True
    marks: Marks = UNMARKED


def judge_sources(
    asked: Asked,
    opened: Opened,
    selection: Selection,
    started: datetime,
    *,
    workers: int = 1,
    sealing: Sealing | None = None,
    watch: Watch = unwatched,
    check: Callable[[Assessment], None] | None = None,
) -> LogJudgement:
    """Judge the records of the sources; with a target, keep the logs meanwhile and write the bundle.

    ``check`` may refuse what was judged before anything is written. Raises UsageError when the bundle cannot be
    written, and SnapshotError when a kept log is not what was judged.
    """
    from scanner.collect.recording import utc_now

    wanted = sealing or Sealing()
    with ExitStack() as stack:
        kept: Sequence[KeptSource] = ()
        if wanted.target is not None and wanted.with_logs:
            kept = stack.enter_context(kept_sources(opened.sources, wanted.target))
        result = read_records(kept or opened.sources, selection, asked.since, asked.until, workers, watch)
        run = reading_of(asked, opened, started, utc_now())
        assessment = assess_records(result, run, selection)
        if check is not None:
            check(assessment)
        identity = ""
        if wanted.target is not None:
            identity = write_log_bundle(wanted.target, result, run, assessment, selection, kept, wanted.marks)
    return LogJudgement(assessment, selection, result, run, tuple(opened.sources), identity)


def seal_logs(judged: LogJudgement, target: Path, *, with_logs: bool = True, marks: Marks = UNMARKED) -> str:
    """Write the bundle of a run that was judged before; its logs are read again, unless they are left out.

    Gives its identity. Raises UsageError when the bundle cannot be written, SnapshotError when a log is no longer what
    was judged, and SourceError when one can no longer be read.
    """
    with ExitStack() as stack:
        kept: Sequence[KeptSource] = ()
        if with_logs:
            kept = stack.enter_context(kept_sources(judged.sources, target))
            _read_again(kept, judged.result)
        return write_log_bundle(target, judged.result, judged.run, judged.assessment, judged.selection, kept, marks)


def _read_again(kept: "Sequence[KeptSource]", result: LogResult) -> None:
    """Keep the sources that could be read; the others are not in the bundle."""
    for source, account in zip(kept, result.sources, strict=True):
        if account.sha256:
            source.read()


def reading_of(asked: Asked, opened: Opened, started: datetime, finished: datetime) -> LogReading:
    """How the records were read, as the assessment states it."""
    return LogReading(
        asked=asked.names if opened.asked is None else opened.asked,
        started=rfc3339(started),
        finished=rfc3339(finished),
        since=rfc3339(asked.since) if asked.since else "",
        until=rfc3339(asked.until) if asked.until else "",
        partition=opened.partition,
        caller=opened.caller,
        passed_over=tuple(opened.passed_over),
        excluded=asked.excluded,
        redacted=opened.redacted,
    )
