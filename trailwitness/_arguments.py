"""What the functions of the API take in several places, put into the terms of what is below."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from scanner.model import Assessment
from scanner.runs.over_logs.judging import LogJudgement
from scanner.runs.scanning import Scan
from scanner.runs.watching import Watch, unwatched

StrPath = str | PathLike[str]

Progress = Callable[[str, int, int], None]
"""``progress(phase, done, total)``, called as calls come back or sources are read."""

Judged = Scan | LogJudgement | Assessment
"""What was judged in this process."""


def watch_of(progress: Progress | None) -> Watch:
    """What tells ``progress`` how far a run is."""
    if progress is None:
        return unwatched

    @contextmanager
    def watched() -> Iterator[Progress]:
        yield progress

    return watched


def path_of(path: StrPath | None) -> Path | None:
    """A path that may be left out."""
    return None if path is None else Path(path)


def assessment_of(judged: Judged) -> Assessment:
    """The assessment of what was judged."""
    return judged if isinstance(judged, Assessment) else judged.assessment


def document_of(source: StrPath | Judged) -> bytes:
    """The assessment document of what was judged, of a bundle, or of a file that ``--output json`` wrote.

    Raises SnapshotError for what cannot be read.
    """
    if isinstance(source, str | PathLike):
        from scanner.runs.assessments.baselines import document_of as read

        return read(Path(source))
    from reports.document.writing import document_bytes

    return document_bytes(assessment_of(source))


def name_of(source: StrPath | Judged, words: str) -> str:
    """What a source is called in messages: its path, or ``words``."""
    return str(source) if isinstance(source, str | PathLike) else words
