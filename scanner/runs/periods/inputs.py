"""What a period is assessed from: the bundles of a folder, the logs of a copy, and which time is meant."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import SnapshotError, UsageError
from scanner.files.folders import require_folder
from scanner.runs.over_logs.opening import moment
from scanner.snapshot.answers import Snapshot
from scanner.snapshot.run_json import RUN
from scanner.times import rfc3339

if TYPE_CHECKING:
    from reports.bundle.readers import BagReader

_OVER_LOGS = "data/logs.json"
_TAGS = frozenset({"bagit.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"})
_PERIOD = re.compile(r"(?P<since>[^.]\S*?)\.\.(?P<until>\S+)")
REVIEW_FILES = ("tagmanifest-sha256.txt", "manifest-sha256.txt", "data/assessment.json")
"""What is kept of the bundle of a run over log records: each file is vouched for by the one before."""

_HINT = "Write two days or times, such as 2026-01-01..2026-04-01: the second is not in the period."


@dataclass(frozen=True, slots=True)
class Inputs:
    """Where everything lies. ``bundles`` are the snapshots of the period with their identities, oldest first.

    ``logs`` is a copy of the bucket (None: there is none), ``keys`` the file that ``integrity capture`` wrote,
    ``listing`` what ``aws s3api list-objects-v2`` printed, ``starts`` a file of approved starts, and ``statements`` a
    file of what people recorded. ``reviews`` are the bundles of ``trailwitness logs``, by name. ``before`` are copies
    of the buckets that a trail delivered to before, the latest first.
    """

    since: datetime
    until: datetime
    bundles: "tuple[HeldBundle, ...]"
    logs: Path | None = None
    keys: Path | None = None
    listing: Path | None = None
    starts: Path | None = None
    statements: Path | None = None
    reviews: "tuple[HeldReview, ...]" = ()
    before: tuple[Path, ...] = ()

    @property
    def newest(self) -> "HeldBundle":
        """The bundle whose configuration is judged."""
        return self.bundles[-1]


@dataclass(frozen=True, slots=True)
class HeldBundle:
    """A bundle of a scan: its facts, and who it says it is and follows."""

    path: Path
    name: str
    identity: str
    previous: str
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class HeldReview:
    """A bundle of a run over log records, or what is kept of one: the files that prove what it says of its run."""

    path: Path
    name: str
    identity: str

    def files(self) -> dict[str, bytes]:
        """Those files by their names in the bundle. Raises SnapshotError where one cannot be read."""
        from reports.bundle.readers import open_bag

        with open_bag(self.path) as bag:
            return {name: bag.read(name) for name in REVIEW_FILES}


def period_asked(text: str, now: datetime) -> tuple[datetime, datetime]:
    """The period that ``FROM..UNTIL`` names. Raises UsageError for one that is none, has not ended or ends first."""
    found = _PERIOD.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"--period {text}: this is not a period.", _HINT)
    since, until = (moment(found[name], "--period", now) for name in ("since", "until"))
    if since is None or until is None:
        raise UsageError(f"--period {text}: this is not a period.", _HINT)
    if since == until:
        raise UsageError(f"--period {text}: the period is empty: it ends when it begins, at {rfc3339(since)}.", _HINT)
    if since > until:
        raise UsageError(
            f"--period {text}: the period ends ({rfc3339(until)}) before it begins ({rfc3339(since)}).", _HINT
        )
    if until > now:
        raise UsageError(
            f"--period {text}: the period has not ended: {rfc3339(until)} is in the future.",
            "Name one that has passed: what has not happened cannot be assessed.",
        )
    return since, until


def bundles_in(folder: Path) -> tuple[HeldBundle, ...]:
    """Every bundle of a scan right below a folder, oldest first; what is none is passed over.

    Raises UsageError where there is none, or they are of different accounts, and SnapshotError for one that was changed
    since it was sealed, or lacks so much that it is not told what it was.
    """
    require_folder(folder, "Name the folder in which the bundles of the scans lie.")
    held = []
    for path, bag in _bags(folder):
        if _OVER_LOGS in bag.names:
            continue
        if f"data/{RUN}" in bag.names:
            held.append(_held(path))
        elif bag.problems or not _TAGS.isdisjoint(bag.names):
            _check_whole(path, bag)
    if not held:
        raise UsageError(
            f"{folder} holds no bundle of a scan.",
            "Write one with `trailwitness scan --bundle DIR`, every month of the period, and keep them there.",
        )
    ordered = tuple(sorted(held, key=lambda each: (each.snapshot.collected_at, each.name)))
    _check_accounts(ordered)
    return ordered


def reviews_in(folder: Path) -> tuple[HeldReview, ...]:
    """Every bundle of a run over log records right below a folder, by name.

    Raises SnapshotError for one that was changed since it was sealed.
    """
    from reports.bundle.check import bag_identity

    held = []
    for path, bag in _bags(folder):
        if _OVER_LOGS in bag.names:
            _check_whole(path, bag)
            held.append(HeldReview(path, path.name, bag_identity(bag)))
    return tuple(held)


def _bags(folder: Path) -> "Iterator[tuple[Path, BagReader]]":
    """What is right below a folder and looks like a bundle: a zip file, or a folder with a file that bundles have."""
    from reports.bundle.readers import open_bag

    for path in sorted(folder.iterdir()):
        if path.suffix == ".zip" or any((path / name).is_file() for name in _TAGS):
            with open_bag(path) as bag:
                yield path, bag


def _check_whole(path: Path, bag: "BagReader") -> None:
    """Refuse a bundle that was changed since it was sealed. Raises SnapshotError."""
    from reports.bundle.check import check_bag

    problems = check_bag(bag)
    if problems:
        raise SnapshotError(
            f"The bundle {path} is broken: {problems[0]}.",
            "Take it from where it was kept unchanged; `trailwitness verify` tells what else is wrong.",
        )


def _held(path: Path) -> HeldBundle:
    from reports.bundle.bag import INFO_FILE, PREVIOUS, info_values
    from reports.bundle.check import bag_identity
    from reports.bundle.readers import open_bag
    from scanner.snapshot.folder import read_snapshot

    with open_bag(path) as bag:
        _check_whole(path, bag)
        stated = info_values(bag.read(INFO_FILE), PREVIOUS)
        identity = bag_identity(bag)
    return HeldBundle(path, path.name, identity, stated[0] if stated else "", read_snapshot(path))


def _check_accounts(bundles: Sequence[HeldBundle]) -> None:
    """Refuse bundles that have no account in common with the newest. Raises UsageError."""
    newest = bundles[-1]
    wanted = set(newest.snapshot.accounts)
    for each in bundles:
        if wanted.isdisjoint(each.snapshot.accounts):
            raise UsageError(
                f"The bundle {each.name} is of account {', '.join(each.snapshot.accounts)}, and the newest, "
                f"{newest.name}, of account {', '.join(newest.snapshot.accounts)}.",
                "Keep the bundles of each account, or organization, in a folder of their own.",
            )
