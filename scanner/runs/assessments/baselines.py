"""Making a baseline from what was judged, and letting go of what it knows that is gone."""

from dataclasses import dataclass
from pathlib import Path

from scanner.errors import SnapshotError, UsageError
from scanner.model import Assessment, KnownFailure, Outcome


@dataclass(frozen=True, slots=True)
class MadeBaseline:
    """A baseline as text, with how many failures it knows, how many of them are new, and how many are gone."""

    text: str
    known: int
    added: int
    gone: int


def document_of(source: Path) -> bytes:
    """The assessment document of a bundle, or of the file that ``--output json`` wrote. Raises SnapshotError."""
    from scanner.files.stored_files import open_files

    try:
        data = source.read_bytes() if source.is_file() and source.suffix != ".zip" else None
    except OSError as error:
        raise SnapshotError(f"{source} cannot be read: {error.strerror}.", "Name a file that can be read.") from error
    return open_files(source, _DOCUMENT).read(_DOCUMENT) if data is None else data


_DOCUMENT = "assessment.json"


def create_baseline(document: bytes) -> MadeBaseline:
    """A baseline of every failure in an assessment document that no waiver covers. Raises SnapshotError."""
    from reports.document.reading import read_assessment
    from scanner.content.stated.baseline import baseline_text

    assessment = read_assessment(document, ())
    known = failures(assessment)
    text = baseline_text(assessment.run.account_ids, assessment.run.collected.started, known)
    return MadeBaseline(text, len(known), len(known), 0)


def update_baseline(baseline: Path, document: bytes, *, add: bool) -> MadeBaseline:
    """The baseline without the failures that are gone; with ``add`` it knows the new ones too.

    Raises SnapshotError, ContentError, and UsageError when the two are of different accounts.
    """
    from reports.document.reading import read_assessment
    from scanner.assessment.exceptions import was_judged
    from scanner.content.stated.baseline import baseline_text, read_baseline
    from scanner.runs.exceptions import check_baseline

    old, _ = read_baseline(baseline)
    assessment = read_assessment(document, ())
    check_baseline(old, assessment)
    now = failures(assessment)
    judged_here = {item for item in old.known if was_judged(item, assessment.run)}
    gone = judged_here - now - _unknown(assessment)
    kept = (old.known - gone) | (now if add else set())
    accounts = {*old.accounts, *(assessment.run.account_ids if add else ())}
    text = baseline_text(accounts, assessment.run.collected.started, kept)
    return MadeBaseline(text, len(kept), len(kept - old.known), len(gone))


def failures(assessment: Assessment) -> set[KnownFailure]:
    """The failures of an assessment that no waiver covers."""
    from scanner.assessment.exceptions import failure_of

    return {failure_of(item) for item in assessment.findings if item.outcome is Outcome.FAIL and not item.waiver}


def _unknown(assessment: Assessment) -> set[KnownFailure]:
    from scanner.assessment.exceptions import failure_of

    return {failure_of(item) for item in assessment.findings if item.outcome is Outcome.UNKNOWN}


def check_new(target: Path) -> None:
    """Refuse to write over a baseline that is there. Raises UsageError."""
    if target.exists():
        raise UsageError(f"{target} exists.", "Use `trailwitness baseline update`, or choose another name.")
