"""From a snapshot, or from an account, to a judged scan, and into an evidence bundle."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scanner.aws.options import Account
from scanner.errors import UsageError
from scanner.files.unfinished import workplace
from scanner.model import Assessment, Finding
from scanner.runs.collecting import collect_snapshot
from scanner.runs.configuration import judge, sealed, snapshot_files, write_bundle
from scanner.runs.selection import Selection
from scanner.runs.signing.marks import UNMARKED, Marks
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
def scan_account(account: Account, selection: Selection, watch: Watch = unwatched) -> Iterator[Scan]:
    """Record what the rules need of an account into a private folder, and judge it; the folder is removed at the end.

    Raises what :func:`scanner.runs.collecting.collect_snapshot` raises.
    """
    with workplace() as place:
        target = place / "snapshot"
        snapshot = collect_snapshot(account, selection.rules, target, watch)
        yield Scan(judge(snapshot, selection), selection, target)


@dataclass(frozen=True, slots=True)
class Redaction:
    """The file that says which values are replaced by pseudonyms, and the key of these."""

    rules: Path
    key: bytes = field(repr=False)


@contextmanager
def redacted_scan(scan: Scan, redaction: Redaction) -> Iterator[Scan]:
    """The scan of the same answers with values replaced, judged from these; its folder is removed at the end.

    Raises UsageError when a verdict would change, naming its rule, and when a value or a credential would be left;
    ContentError for a file of rules that is wrong.
    """
    from scanner.redaction.choosing import read_choices
    from scanner.redaction.snapshots import Recorded, replacement, write_redacted
    from scanner.snapshot.folder import read_files, read_snapshot
    from scanner.snapshot.joined import open_snapshots

    choices = read_choices(redaction.rules)
    if scan.snapshot is None:
        raise UsageError("The facts of this scan were not kept, so nothing of it can be replaced.")
    files = open_snapshots((scan.snapshot, *scan.joined))
    snapshot = read_files(files)
    recorded = Recorded(snapshot.run, tuple(snapshot.calls), files.read)
    replacing, counts = replacement(recorded, choices, redaction.key)
    with workplace() as place:
        target = place / "redacted"
        write_redacted(recorded, replacing, counts, target)
        assessment = judge(read_snapshot(target), scan.selection)
        _check_verdicts(scan.assessment, assessment, replacing.text)
        yield Scan(assessment, scan.selection, target)


def _check_verdicts(before: Assessment, after: Assessment, replaced: Callable[[str], str]) -> None:
    """Refuse what changes a verdict: it would no longer be this account that is judged."""
    was = Counter(_verdict(item, replaced(item.resource)) for item in before.findings)
    now = Counter(_verdict(item, item.resource) for item in after.findings)
    changed = sorted((was - now) | (now - was))
    if changed:
        rule, account, region, *_ = changed[0]
        place = f"{account}/{region}" if region else account
        raise UsageError(
            f"Replacing these values would change what the rule {rule} says of {place}.",
            "Nothing was written. Choose other values: verdicts rest on these.",
        )


def _verdict(finding: Finding, resource: str) -> tuple[str, ...]:
    return finding.rule, finding.account, finding.region, resource, finding.outcome, finding.waiver


def seal_scan(scan: Scan, target: Path, marks: Marks = UNMARKED) -> str:
    """Write the evidence bundle of a scan: a zip archive by that ending, else a new folder. Gives its identity.

    Raises UsageError when the snapshot was not kept or the target cannot be written, and what the signer raises.
    """
    if scan.snapshot is None:
        raise UsageError("The facts of this scan were not kept, so it cannot be sealed.", "Record them into a folder.")
    files = snapshot_files((scan.snapshot, *scan.joined), scan.assessment)
    with workplace() as aside:
        inside = sealed(files, scan.assessment, scan.selection, aside=aside, previous=marks.previous)
        return write_bundle(target, inside, scan.assessment, marks)
