"""Whether bundles are one chain: each names the one before it, none is missing, and none has two successors."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from scanner.errors import SnapshotError
from scanner.times import parse_iso, rfc3339


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One bundle as a link: where it lies, its identity, that of its predecessor ("" for none), when and of whom it is.

    ``started`` is when its collection began, and ``accounts`` are ids in one text.
    """

    path: Path
    identity: str
    previous: str
    started: datetime
    accounts: str


@dataclass(frozen=True, slots=True)
class Chain:
    """What bundles are as a chain: what is wrong with it, what to know besides, and its links, the earliest first."""

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    links: tuple[ChainLink, ...]


def read_link(bundle: Path) -> ChainLink:
    """A bundle whose digests were found right as a link of a chain. Raises SnapshotError when it cannot be read."""
    from reports.bundle.bag import INFO_FILE, PREVIOUS, info_values
    from reports.bundle.check import bag_identity
    from reports.bundle.readers import open_bag

    with open_bag(bundle) as bag:
        info = bag.read(INFO_FILE)
        previous, started, accounts = (
            " ".join(info_values(info, label)) for label in (PREVIOUS, "Collection-Started", "Account-Ids")
        )
        began = parse_iso(started)
        if began is None:
            raise SnapshotError(f"{bundle} does not say when its collection began.")
        return ChainLink(bundle, bag_identity(bag), previous, began, accounts)


def walk(links: Sequence[ChainLink]) -> Chain:
    """Order bundles by the time of their collection, and hold each to the one that it names as its predecessor."""
    ordered = sorted(links, key=lambda link: (link.started, str(link.path)))
    known: dict[str, ChainLink] = {}
    notes = []
    for link in ordered:
        first = known.setdefault(link.identity, link)
        if first is not link:
            notes.append(f"{link.path} is the same bundle as {first.path}")
    kept = tuple(known.values())
    problems = [sentence for link in kept for sentence in _broken(link, known, kept[0])]
    problems += _forks(kept)
    return Chain(tuple(problems), (*notes, *_notes(kept)), kept)


def _broken(link: ChainLink, known: dict[str, ChainLink], first: ChainLink) -> list[str]:
    """What is wrong between a bundle and the one before it."""
    if not link.previous:
        if link is first:
            return []
        return [f"{link.path} names no predecessor, so it begins a chain of its own; {first.path} is earlier"]
    before = known.get(link.previous)
    if before is None:
        return [f"{link.path} names a predecessor that is not here: the bundle with the identity {link.previous}"]
    if before.started > link.started:
        earlier = f"before its predecessor {before.path} ({rfc3339(before.started)})"
        return [f"{link.path} was collected at {rfc3339(link.started)}, {earlier}"]
    return []


def _forks(links: Sequence[ChainLink]) -> list[str]:
    followers: dict[str, list[ChainLink]] = defaultdict(list)
    for link in links:
        if link.previous:
            followers[link.previous].append(link)
    problems = []
    for previous, several in followers.items():
        if len(several) > 1:
            named = ", ".join(str(link.path) for link in several)
            problems.append(f"the chain forks: {named} all name the bundle {previous} as their predecessor")
    return problems


def _notes(links: Sequence[ChainLink]) -> list[str]:
    """The longest time between two bundles, and where the accounts changed."""
    pairs = list(pairwise(links))
    notes = [
        f"the accounts changed: {after.path} is of {after.accounts}, and {before.path} of {before.accounts}"
        for before, after in pairs
        if before.accounts != after.accounts
    ]
    if pairs:
        before, after = max(pairs, key=lambda pair: pair[1].started - pair[0].started)
        notes.append(
            f"the longest time between two collections is {_shown(after.started - before.started)}: from "
            f"{rfc3339(before.started)} to {rfc3339(after.started)}"
        )
    return notes


def _shown(time: timedelta) -> str:
    if time.days:
        return f"{time.days} day{'s' if time.days > 1 else ''}"
    hours = time.seconds // 3600
    return f"{hours} hour{'s' if hours > 1 else ''}" if hours else "less than an hour"
