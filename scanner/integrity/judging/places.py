"""A place from its days: chains joined across midnight, the edges of the period, and log files that no digest names."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from scanner.integrity.judging.links import JITTER, Gap, Link, hours_between
from scanner.integrity.judging.results import DELIVERY, ChainReport, DayResult, Period, PlaceReport
from scanner.integrity.judging.stretches import Chaining, Span, Stretch
from scanner.integrity.names import MINUTE, ChainName, Place, digest_name, is_of, log_name, url_of
from scanner.integrity.problems import About, Kind, Problem, Weight, of_log
from scanner.integrity.proof.keys import KeyRing

NOT_NAMED = "no valid digest file names it: it was put there, or is of a trail without log file validation"


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

    def led_to(self, first: Link) -> None:
        """Hold the last digest of a chain against the first one of the chain's way on, in another bucket."""
        chaining = self._chains.get(first.chain)
        if chaining is not None:
            chaining.lead_to(first)

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
        self._unnamed_ones(spans, found)
        return found

    def _report(self, chain: ChainName, stretch: Stretch, found: Judged) -> None:
        gaps = [*stretch.gaps, *self._edges(stretch)]
        found.problems += stretch.problems
        found.gaps += gaps
        missing = sum(gap.digests for gap in gaps if not (gap.head and gap.anew))
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
        if first.chain.backfill:
            return self._backfill_head(first)
        found = []
        if first.start > self._period.since + JITTER:
            found.append(self._head(first))
        end = max(last.end, self._period.since)
        if end < self._period.demanded - JITTER:
            missing = hours_between(end, self._period.demanded)
            found.append(Gap(self._place, first.chain, end, self._period.demanded, missing, tail=True))
        return found

    def _backfill_head(self, first: Link) -> list[Gap]:
        """Backfill digests are not hourly: what is missing before the first is the one that it names, in the period."""
        named = digest_name(first.previous.key) if first.trusted and first.previous else None
        if named is None or named.end <= self._period.since:
            return []
        url = url_of(first.previous.bucket, named.key) if first.previous else ""
        return [Gap(self._place, first.chain, self._period.since, first.start, 1, url, head=True, after=first)]

    def _head(self, first: Link) -> Gap:
        since = self._period.since
        previous = first.previous if first.trusted else None
        named = url_of(previous.bucket, previous.key) if previous else ""
        anew = first.trusted and previous is None
        missing = hours_between(since, first.start)
        return Gap(self._place, first.chain, since, first.start, missing, named, anew=anew, head=True, after=first)

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
