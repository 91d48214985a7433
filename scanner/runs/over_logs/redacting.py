"""Log records judged with values replaced by pseudonyms, and with the verdicts of the originals.

The originals are judged first and lie under a cover meanwhile (:mod:`scanner.files.covered`), for they may not be there
a second time. Then each source becomes a log file of the same records with the values replaced, and that is judged,
sealed and told of. A source that was not read whole has no such file: it stays what it was, a gap.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.errors import SourceError, UsageError
from scanner.files.covered import Cover
from scanner.files.log_source import BrokenSource, LogSource
from scanner.files.unfinished import workplace
from scanner.redaction.asked import Redaction
from scanner.redaction.choosing import Choice, read_choices
from scanner.redaction.gathering import Values
from scanner.redaction.records import gather, redacted_log
from scanner.redaction.replacing import Replacement
from scanner.redaction.verdicts import check_verdicts
from scanner.runs.over_logs.evidence import assess_records, read_records
from scanner.runs.over_logs.judging import LogJudgement, Sealing, judge_sources, reading_of
from scanner.runs.over_logs.opening import Asked, Opened
from scanner.runs.selection import Selection
from scanner.runs.watching import Watch, unwatched

if TYPE_CHECKING:
    from scanner.events.reading.records import Split


@dataclass(frozen=True, slots=True)
class _Covered:
    """A source that leaves what it gives under a cover, and is read again from there."""

    source: LogSource
    path: Path
    cover: Cover

    @property
    def name(self) -> str:
        """The name of the source."""
        return self.source.name

    def read(self) -> bytes:
        """The bytes of the source. Raises as it does."""
        if self.path.exists():
            return self.cover.uncovered(self.path.read_bytes())
        data = self.source.read()
        self.path.touch(mode=0o600)
        self.path.write_bytes(self.cover.covered(data))
        return data


@dataclass(frozen=True, slots=True)
class _Written:
    """A log file with values replaced."""

    name: str
    path: Path

    def read(self) -> bytes:
        """Its bytes. Raises SourceError when the run that wrote it has ended."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise SourceError(
                f"{self.name} with values replaced is no longer there.", "Seal it in the run that judges it."
            ) from error


def judge_redacted(
    asked: Asked,
    opened: Opened,
    selection: Selection,
    started: datetime,
    *,
    redaction: Redaction,
    workers: int = 1,
    sealing: Sealing | None = None,
    watch: Watch = unwatched,
) -> LogJudgement:
    """The same as ``judge_sources`` over the records with values replaced.

    Raises as that does, UsageError when a verdict would change or a record holds a credential or the number of a
    payment card, and ContentError for a file of rules that is wrong. Nothing is written then.
    """
    if sealing is not None and sealing.target is not None and not sealing.with_logs:
        raise UsageError(
            "The logs are judged with values replaced, and nobody but the bundle would have those.",
            "Seal them with the logs: what the bundle holds is redacted.",
        )
    choices = read_choices(redaction.rules)
    with workplace() as place:
        cover = Cover()
        ordered = sorted(opened.sources, key=lambda source: source.name)
        covered = [_Covered(source, place / f"{number:06}", cover) for number, source in enumerate(ordered)]
        result = read_records(covered, selection, asked.since, asked.until, workers, watch)
        before = assess_records(result, reading_of(asked, opened, started, started), selection)
        values = _values(covered, choices)
        replacing = values.replacement(redaction.key)
        (place / "redacted").mkdir(mode=0o700)
        again = _redacted(opened, covered, replacing, place / "redacted")
        again = replace(again, redacted=values.counts, asked=tuple(map(replacing.text, asked.names)))
        return judge_sources(
            replace(asked, excluded=tuple(map(replacing.text, asked.excluded))),
            again,
            selection,
            started,
            workers=workers,
            sealing=sealing,
            watch=watch,
            check=lambda after: check_verdicts(before, after, replacing.text),
        )


def _values(covered: list[_Covered], choices: tuple[Choice, ...]) -> Values:
    values = Values(choices)
    for source in covered:
        try:
            split = _split(source)
        except SourceError:
            continue  # it is told of as it is, for nothing of it is known
        gather(values, choices, _records(split))
    return values


def _redacted(opened: Opened, covered: list[_Covered], replacing: Replacement, folder: Path) -> Opened:
    """The sources with values replaced; those without records are passed over."""
    sources: list[LogSource] = []
    passed_over = [(replacing.text(name), replacing.text(why)) for name, why in opened.passed_over]
    for number, source in enumerate(covered):
        name = replacing.text(source.name)
        why = ""
        try:
            split = _split(source)
        except SourceError as error:
            why = str(error)
        else:
            if split.skipped and not split.count:
                passed_over.append((name, replacing.text(split.skipped)))
                continue
            why = _not_whole(split)
        if why:
            sources.append(BrokenSource(name, replacing.text(f"it was not read whole: {why}")))
            continue
        path = folder / f"{number:06}"
        path.touch(mode=0o600)
        path.write_bytes(redacted_log(name, _records(split), replacing))
        sources.append(_Written(name, path))
    caller = opened.caller
    told = replace(caller, arn=replacing.text(caller.arn), user_id=replacing.text(caller.user_id))
    return Opened(sources, passed_over, told, opened.partition)


def _split(source: _Covered) -> "Split":
    from scanner.events.reading.records import split

    return split(source.read(), source.name)


def _not_whole(split: "Split") -> str:
    """Why a source was not read whole; "" when it was."""
    if split.cut:
        return split.cut
    lost = (*split.malformed, *split.unread)
    return next((why for _, why in lost), "")


def _records(split: "Split") -> Iterator[Mapping[str, Any]]:
    for record in split.records:
        yield json.loads(bytes(record))
