"""Scans and snapshots in which values are replaced by pseudonyms, and whose verdicts are those of the originals.

Where an account is asked, its answers lie under a cover (:mod:`scanner.files.covered`) until they are replaced, so that
nothing of them can be read on a disk at any time.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.aws.options import Account
from scanner.errors import UsageError
from scanner.files.unfinished import unfinished_folder, workplace
from scanner.model import Assessment
from scanner.redaction.asked import Redaction
from scanner.runs.collecting import collect_snapshot
from scanner.runs.configuration import judge
from scanner.runs.scanning import Scan
from scanner.runs.selection import Selection
from scanner.runs.watching import Watch, unwatched
from scanner.snapshot.answers import Snapshot

if TYPE_CHECKING:
    from scanner.files.stored_files import Files


@contextmanager
def redacted_scan(scan: Scan, redaction: Redaction, target: Path | None = None) -> Iterator[Scan]:
    """The scan of the same answers with values replaced, judged from these.

    They are kept in the new folder ``target``; without one, their folder is removed at the end.

    Raises UsageError when a verdict would change, naming its rule, and when a value or a credential would be left;
    ContentError for a file of rules that is wrong.
    """
    from scanner.snapshot.folder import read_files
    from scanner.snapshot.joined import open_snapshots

    if scan.snapshot is None:
        raise UsageError("The facts of this scan were not kept, so nothing of it can be replaced.")
    files = open_snapshots((scan.snapshot, *scan.joined))
    original = _Original(files, read_files(files), scan.assessment)
    if target is not None:
        yield Scan(_kept(original, scan.selection, redaction, target), scan.selection, target)
        return
    with workplace() as place:
        assessment = _redacted(original, scan.selection, redaction, place / "redacted")
        yield Scan(assessment, scan.selection, place / "redacted")


@contextmanager
def redacted_account(
    account: Account, selection: Selection, redaction: Redaction, watch: Watch = unwatched, also: Collection[str] = ()
) -> Iterator[Scan]:
    """The scan of an account with values replaced; no original ever lies on a disk that others could read.

    ``also`` are names of :data:`scanner.runs.collecting.ON_REQUEST`.
    Raises what :func:`redacted_scan` and :func:`scanner.runs.collecting.collect_snapshot` raise.
    """
    with workplace() as place, _covered(account, selection, redaction, watch, also) as original:
        assessment = _redacted(original, selection, redaction, place / "redacted")
        yield Scan(assessment, selection, place / "redacted")


def collect_redacted(
    account: Account,
    selection: Selection,
    redaction: Redaction,
    target: Path,
    watch: Watch = unwatched,
    also: Collection[str] = (),
) -> Snapshot:
    """Record what the rules need of an account into the new folder ``target``, with values replaced.

    Raises what :func:`redacted_account` raises; nothing is left at ``target`` then.
    """
    from scanner.snapshot.folder import read_snapshot, refuse_existing

    refuse_existing(target)
    with _covered(account, selection, redaction, watch, also) as original:
        _kept(original, selection, redaction, target)
    return read_snapshot(target)


def _kept(original: "_Original", selection: Selection, redaction: Redaction, target: Path) -> Assessment:
    """Write the snapshot with values replaced into the new folder ``target``, whole or not at all; what is judged."""
    from scanner.snapshot.folder import refuse_existing

    refuse_existing(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with unfinished_folder(target) as folder:
            assessment = _redacted(original, selection, redaction, folder / "redacted")
            refuse_existing(target)
            (folder / "redacted").rename(target)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror or error}.", "Name another one.") from error
    return assessment


@dataclass(frozen=True, slots=True)
class _Original:
    """The answers as AWS gave them, and what the rules say of them."""

    files: "Files"
    snapshot: Snapshot
    assessment: Assessment


@contextmanager
def _covered(
    account: Account, selection: Selection, redaction: Redaction, watch: Watch, also: Collection[str]
) -> Iterator[_Original]:
    from scanner.files.covered import Cover, CoveredFiles
    from scanner.files.stored_files import FolderFiles
    from scanner.redaction.choosing import read_choices

    read_choices(redaction.rules)  # a mistake is told before AWS is asked
    with workplace() as place:
        cover = Cover()
        snapshot = collect_snapshot(account, selection.rules, place / "covered", watch, cover, also)
        files = CoveredFiles(FolderFiles(place / "covered"), cover)
        yield _Original(files, snapshot, judge(snapshot, selection))


def _redacted(original: _Original, selection: Selection, redaction: Redaction, target: Path) -> Assessment:
    """Write the snapshot with values replaced into the new folder ``target``; what the rules say of it."""
    from scanner.redaction.choosing import read_choices
    from scanner.redaction.snapshots import Recorded, replacement, write_redacted
    from scanner.redaction.verdicts import check_verdicts
    from scanner.runs.replaced import check_beside
    from scanner.snapshot.folder import read_snapshot

    recorded = Recorded(original.snapshot.run, tuple(original.snapshot.calls), original.files.read)
    replacing, counts = replacement(recorded, read_choices(redaction.rules), redaction.key)
    write_redacted(recorded, replacing, counts, target)
    replaced = read_snapshot(target)
    assessment = judge(replaced, selection)
    check_verdicts(original.assessment, assessment, replacing.text)
    check_beside(original.snapshot, replaced, replacing.text)
    return assessment
