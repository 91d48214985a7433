"""From a snapshot, or from an account, to a judged scan, and into an evidence bundle."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scanner.aws.options import Account
from scanner.errors import UsageError
from scanner.files.unfinished import workplace
from scanner.model import Assessment
from scanner.runs.collecting import collect_snapshot
from scanner.runs.configuration import content_files, judge, sealed, snapshot_files, write_bundle
from scanner.runs.selection import Selection
from scanner.runs.signing.marks import UNMARKED, Marks
from scanner.runs.sweeping import sweep, swept
from scanner.runs.watching import Watch, unwatched


@dataclass(frozen=True, slots=True)
class Scan:
    """A judged scan: the assessment, what was selected, and the snapshot it rests on (None: it was not kept).

    Where several snapshots were judged as one, ``snapshot`` is the first and ``joined`` are the others.
    """

    assessment: Assessment
    selection: Selection
    snapshot: Path | None
    joined: tuple[Path, ...] = ()


def scan_snapshot(source: Path, selection: Selection, *others: Path) -> Scan:
    """Judge the selected rules over a snapshot or the bundle of a scan, or over several as one.

    Raises SnapshotError when one cannot be read, and UsageError when they contradict each other.
    """
    from scanner.snapshot.folder import read_files
    from scanner.snapshot.joined import open_snapshots

    snapshot = read_files(open_snapshots((source, *others)))
    return Scan(judge(snapshot, selection), selection, source, others)


@contextmanager
def scan_account(
    account: Account, selection: Selection, watch: Watch = unwatched, also: Collection[str] = ()
) -> Iterator[Scan]:
    """Record what the rules need of an account into a private folder, and judge it; the folder is removed at the end.

    ``also`` are names of what is collected besides, as :func:`scanner.runs.collecting.collect_snapshot` has them.

    Raises what :func:`scanner.runs.collecting.collect_snapshot` raises.
    """
    with workplace() as place:
        target = place / "snapshot"
        snapshot = collect_snapshot(account, selection.rules, target, watch, also=also)
        yield Scan(judge(snapshot, selection), selection, target)


def seal_scan(scan: Scan, target: Path, marks: Marks = UNMARKED) -> str:
    """Write the evidence bundle of a scan: a zip archive by that ending, else a new folder. Gives its identity.

    Raises UsageError when the snapshot was not kept, when the target cannot be written or something looks like a
    credential, and what the signer raises.
    """
    if scan.snapshot is None:
        raise UsageError("The facts of this scan were not kept, so it cannot be sealed.", "Record them into a folder.")
    sweep(content_files(scan.selection))
    files = swept(snapshot_files((scan.snapshot, *scan.joined), scan.assessment))
    with workplace() as aside:
        inside = sealed(files, scan.assessment, scan.selection, aside=aside, previous=marks.previous)
        return write_bundle(target, inside, scan.assessment, marks)
