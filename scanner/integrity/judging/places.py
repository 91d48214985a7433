"""A place from its days: chains joined across midnight, the edges of the period, and log files that no digest names."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from scanner.integrity.judging.links import JITTER, Gap, Link, hours_between
from scanner.integrity.judging.results import DELIVERY, ChainReport, DayResult, Period, PlaceReport
from scanner.integrity.judging.stretches import Chaining, Span, Stretch
from scanner.integrity.names import MINUTE, ChainName, Place, digest_name, is_of, log_name, url_of
from scanner.integrity.problems import About, Kind, Problem, Weight, of_log
from scanner.integrity.proof.keys import KeyRing

NOT_NAMED = (
    "no valid digest file names it: it was put there, is of a trail without log file validation, or a backfill digest "
    "file that names it is still to come"
)


@dataclass(slots=True)
class Judged:
    """What came of a place: gaps are explained later, when the records of all places are known."""

    report: PlaceReport
    chains: list[ChainReport] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    empty: bool = False
    unread: bool = False
    """Whether a day could not be seen in full, so that what was not found may be there."""


class PlaceJudging:
    """Takes the days of one place in their order; ``trail`` chooses the chains that are reported ("" for all)."""

    def __init__(self, place: Place, bucket: str, period: Period, keys: KeyRing, trail: str = "") -> None:
        self._place = place
        self._bucket = bucket
        self._period = period
        self._keys = keys
        self._trail = trail
        self._chains: dict[ChainName, Chaining] = {}
        self._ended: dict[ChainName, datetime] = {}
        self._hints: dict[ChainName, str] = {}
        self._elsewhere: list[Span] = []
        self._heads: set[ChainName] = set()
        self._led: list[Gap] = []
        self._unnamed: dict[str, datetime | None] = {}
        self._problems: list[Problem] = []
        self._objects = 0
        self._unread = False

    def take(self, day: DayResult) -> None:
        """The next day."""
        for each in day.stretches:
            self._chains.setdefault(each.chain, Chaining(self._keys)).take(each.stretch)
        for key in day.unnamed:
            named = log_name(key)
            delivered = named.delivered if named else None
            self._unnamed[key] = delivered if is_of(day.day, delivered) else None
        for key in day.elsewhere:
            self._unnamed.pop(key, None)
        self._problems += day.problems
        self._objects += day.objects
        self._unread = self._unread or not day.complete

    @property
    def place(self) -> Place:
        """The place."""
        return self._place

    def chaining(self, chain: ChainName) -> Chaining | None:
        """What was taken of a chain."""
        return self._chains.get(chain)

    def led_to(self, first: Link) -> None:
        """Hold the last digest of a chain, which ends here, against the first one of its way on elsewhere."""
        chaining = self._chains.get(first.chain)
        self._ended[first.chain] = first.start
        self._elsewhere.append(Span(first.start, self._period.until, named=True))
        if chaining is not None:
            chaining.lead_to(first)
        elif first.chain.backfill and first.previous is not None:
            named = url_of(first.previous.bucket, first.previous.key)
            self._led.append(Gap(self._place, first.chain, self._period.since, first.start, 1, named, after=first))

    def came(self) -> list[Gap]:
        """The gaps before and between digests of which reported chains say that they were elsewhere."""
        found: list[Gap] = []
        for chain, chaining in sorted(self._chains.items()):
            if self._trail in {"", chain.trail} and chaining.first is not None:
                heads = [] if chain in self._heads else self._before(chaining.first)
                found += [gap for gap in (*heads, *chaining.gaps) if gap.origin is not None and not gap.hint]
        return found

    def firsts(self) -> dict[ChainName, Link]:
        """The first digest of each chain."""
        return {chain: each.first for chain, each in self._chains.items() if each.first is not None}

    def followed(self, gap: Gap, first: Link | None) -> None:
        """Close such a gap, since the chain was looked at there; ``first`` is its first digest there.

        What lies here of that time is named by nothing over there.
        """
        chaining = self._chains[gap.chain]
        self._elsewhere.append(Span(gap.start, gap.end, named=True))
        if gap.head:
            self._heads.add(gap.chain)
        else:
            chaining.followed(gap, first)

    def not_followed(self, gap: Gap, hint: str) -> None:
        """Say of such a gap what to do."""
        if gap.head:
            self._hints[gap.chain] = hint
        else:
            self._chains[gap.chain].not_followed(gap, hint)

    def named_from_elsewhere(self, keys: Iterable[str]) -> None:
        """Take log files as named, which digests of the chain name that lie in other buckets."""
        for key in keys:
            self._unnamed.pop(key, None)

    def open_ends(self) -> list[tuple[Chaining, Link]]:
        """The chains whose last digest only the one after it can prove."""
        return [(each, end) for each in self._chains.values() if (end := each.open_end) is not None]

    def judged(self) -> Judged:
        """What came of the place."""
        found = Judged(PlaceReport(self._place, self._objects), problems=self._problems, unread=self._unread)
        spans: list[Span] = []
        for chain, chaining in sorted(self._chains.items()):
            stretch = chaining.closed()
            if stretch is None:
                continue
            spans += stretch.spans
            if self._trail and chain.trail != self._trail:
                found.problems += _unreported(stretch)
            else:
                self._report(chain, stretch, found)
        found.empty = not found.chains and not self._unread
        found.gaps += self._led
        self._unnamed_ones([*spans, *self._elsewhere], found)
        return found

    def _report(self, chain: ChainName, stretch: Stretch, found: Judged) -> None:
        gaps = [*stretch.gaps, *self._edges(stretch)]
        found.problems += stretch.problems
        found.gaps += gaps
        missing = sum(gap.digests for gap in gaps if is_missing(gap))
        last = stretch.last
        found.chains.append(
            ChainReport(
                self._place,
                chain,
                stretch.digests,
                stretch.logs,
                missing,
                stretch.first.start,
                last.end,
                last.key,
                last.signature,
            )
        )

    def _edges(self, stretch: Stretch) -> list[Gap]:
        """What of the period lies before the first digest and after the last one."""
        first, last = stretch.first, stretch.last
        found = [] if first.chain in self._heads else self._before(first)
        if first.chain.backfill:
            return found
        demanded = min(self._period.demanded, self._ended.get(first.chain, self._period.demanded))
        return [*found, *(gap for gap in edges(first, last, self._period, demanded) if gap.tail)]

    def _before(self, first: Link) -> list[Gap]:
        """What of the period lies before the first digest of a chain."""
        found = self._backfill_head(first) if first.chain.backfill else edges(first, first, self._period, first.end)
        hint = self._hints.get(first.chain, "")
        return [replace(gap, hint=hint) for gap in found]

    def _backfill_head(self, first: Link) -> list[Gap]:
        """Backfill digests are not hourly: what is missing before the first is the one that it names, in the period."""
        previous = first.previous if first.trusted else None
        named = digest_name(previous.key) if previous is not None else None
        since = self._period.since
        if previous is None or named is None or named.end <= since:
            return []
        url = url_of(previous.bucket, previous.key)
        return [Gap(self._place, first.chain, since, first.start, 1, url, head=True, after=first)]

    def _unnamed_ones(self, spans: list[Span], found: Judged) -> None:
        """Log files that no valid digest names, by what covers the time of their delivery."""
        waiting = unproven = 0
        unnamed: list[str] = []
        awaited = self._period.now - DELIVERY - MINUTE
        for key, delivered in sorted(self._unnamed.items()):
            if delivered is None or any(_covers(span, delivered) for span in spans):
                unnamed.append(key)
            elif delivered > awaited:
                waiting += 1
            else:
                unproven += 1
        found.report = replace(found.report, unnamed=len(unnamed), waiting=waiting, unproven=unproven)
        found.problems += [
            of_log(Kind.LOG_UNNAMED, self._place, None, url_of(self._bucket, key), NOT_NAMED) for key in unnamed
        ]


def edges(first: Link, last: Link, period: Period, demanded: datetime) -> list[Gap]:
    """What of a period lies before the first digest of an hourly chain and, up to a time, after its last one."""
    since = period.since
    found = []
    if first.start > since + JITTER:
        previous = first.previous if first.trusted else None
        named = url_of(previous.bucket, previous.key) if previous else ""
        anew = first.trusted and previous is None
        missing = hours_between(since, first.start)
        found.append(
            Gap(first.place, first.chain, since, first.start, missing, named, anew=anew, head=True, after=first)
        )
    end = max(last.end, since)
    if end < demanded - JITTER:
        found.append(Gap(first.place, first.chain, end, demanded, hours_between(end, demanded), tail=True))
    return found


def is_missing(gap: Gap) -> bool:
    """Whether the digests of a gap count as missing: those of another bucket do not, nor those before a beginning."""
    return not (gap.head and gap.anew) and gap.origin is None


def _covers(span: Span, delivered: datetime) -> bool:
    return span.named and span.start <= delivered and delivered + MINUTE <= span.end


def _unreported(stretch: Stretch) -> list[Problem]:
    """That digests of a trail that is not asked for are not proved, although log files are taken as named by them."""
    tally = stretch.digests
    if not (tally.unknown or tally.invalid):
        return []
    first = stretch.first
    why = (
        f"digest files of the trail {first.chain.trail} are not proved, so that log files which they name may be "
        "anybody's: validate that trail too"
    )
    return [Problem(Kind.UNPROVEN, Weight.UNKNOWN, About.PLACE, first.place, why, "", first.chain)]
