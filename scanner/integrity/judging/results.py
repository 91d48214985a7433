"""What the validation of one day of one place gives, of a whole place, and of everything."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scanner.integrity.judging.links import HOUR, Link
from scanner.integrity.judging.stretches import Stretch, Tally
from scanner.integrity.names import ChainName, Place
from scanner.integrity.problems import Problem, Weight
from scanner.integrity.reading.log_content import TrailChange

DELIVERY = 2 * HOUR
"""How long after a moment the digest that covers it is awaited: it ends within an hour and comes within another."""


@dataclass(frozen=True, slots=True)
class Period:
    """The time that is validated, both ends included, by delivery. ``now`` is when the store was as it is looked at."""

    since: datetime
    until: datetime
    now: datetime

    @property
    def demanded(self) -> datetime:
        """Up to when there must be digests by now."""
        return min(self.until, self.now - DELIVERY)

    def days(self) -> tuple[date, ...]:
        """The days on which digests of the period end."""
        first, last = self.since.date(), min(self.until + HOUR, self.now).date()
        return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


@dataclass(frozen=True, slots=True)
class ChainStretch:
    """A stretch with the name of its chain."""

    chain: ChainName
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class DayResult:
    """One day of one place.

    ``unnamed`` are log files that no valid digest of the day names, ``elsewhere`` those that one names and that are not
    in the folder of the day; ``abroad`` lie in other buckets, by bucket and key. ``complete`` says that nothing was
    refused, so that the day need not be looked at again. ``links`` are its digests, in the order of their chains and of
    time, where somebody keeps them.
    """

    place: Place
    day: date
    stretches: tuple[ChainStretch, ...] = ()
    unnamed: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    changes: tuple[TrailChange, ...] = ()
    objects: int = 0
    complete: bool = True
    links: tuple[Link, ...] = ()
    abroad: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What came of one chain. ``missing`` digests are counted by time; ``start`` to ``end`` is what was found.

    ``newest`` is the key of its last digest, and ``signature`` that one's, "" where it is not at hand.
    """

    place: Place
    chain: ChainName
    digests: Tally
    logs: Tally
    missing: int
    start: datetime
    end: datetime
    newest: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class PlaceReport:
    """The log files of one place beside its chains.

    ``unnamed`` are named by no valid digest although one covers their delivery, ``waiting`` were delivered so lately
    that their digest is not awaited yet, ``unproven`` were delivered in time that no valid digest covers.
    """

    place: Place
    objects: int = 0
    unnamed: int = 0
    waiting: int = 0
    unproven: int = 0


@dataclass(frozen=True, slots=True)
class Beyond:
    """How many problems of a kind are counted and not listed, because there are too many."""

    kind: str
    weight: Weight
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a validation. ``beyond`` are problems that are not listed, ``missing`` digests by time.

    ``buckets`` names what was looked at: the source, and the buckets that chains came from.
    """

    buckets: tuple[str, ...]
    period: Period
    trail: str
    chains: tuple[ChainReport, ...]
    places: tuple[PlaceReport, ...]
    problems: tuple[Problem, ...]
    beyond: tuple[Beyond, ...] = ()
    changes: tuple[TrailChange, ...] = ()
    missing: int = 0

    @property
    def source(self) -> str:
        """What was looked at, in words."""
        return ", before that ".join(self.buckets)

    @property
    def invalid(self) -> bool:
        """Whether anything contradicts itself or is missing."""
        return Weight.INVALID in self._weights()

    @property
    def unknown(self) -> bool:
        """Whether anything could not be seen."""
        return Weight.UNKNOWN in self._weights()

    def _weights(self) -> set[Weight]:
        listed = {each.weight for each in self.problems}
        return listed.union(each.weight for each in self.beyond)

    def digests(self, *, backfill: bool) -> Tally:
        """All digest files of the hourly chains, or of the backfill ones."""
        return _sum([each.digests for each in self.chains if each.chain.backfill is backfill])

    def logs(self) -> Tally:
        """All log files that digests name."""
        return _sum([each.logs for each in self.chains])

    def count(self, field: str) -> int:
        """A count of the places, by its name."""
        return sum(getattr(each, field) for each in self.places)


def _sum(tallies: list[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total = total.plus(tally)
    return total
