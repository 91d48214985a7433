"""A whole validation: every day of every place, several under way at once, in one report."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import groupby

from scanner.errors import TrailwitnessError
from scanner.integrity.judging.gaps import Trouble, explained, none_of, not_one, not_yet
from scanner.integrity.judging.links import Gap, Link, Origin, hours_between
from scanner.integrity.judging.places import Judged, PlaceJudging
from scanner.integrity.judging.results import Beyond, ChainReport, DayResult, Period, PlaceReport, Report
from scanner.integrity.names import ChainName, Place
from scanner.integrity.problems import Problem, Weight
from scanner.integrity.proof.keys import KeyRing
from scanner.integrity.reading.log_content import TrailChange
from scanner.integrity.stores.store import Store
from scanner.integrity.validation.astray import astray, beside_regions
from scanner.integrity.validation.day import Scope, last_before, next_digest, validate_day
from scanner.integrity.validation.discovery import Chosen, nowhere
from scanner.integrity.validation.journal import Journal
from scanner.integrity.validation.origins import MOST, NOT_LOOKED_AT, Elsewhere, Way, join_prefixes, together, ways_of
from scanner.integrity.validation.processes import Opening, in_process, processes, worth
from scanner.times import rfc3339

DAYS_AT_ONCE = 4
"""How many days are under way at once where objects are read over a network."""

MOST_PROBLEMS = 20_000
"""How many problems are listed; more are counted, by kind."""


@dataclass(frozen=True, slots=True)
class Done:
    """How far a validation is, in days of places, and what it has looked at."""

    days: int
    of_days: int
    digests: int
    logs: int


Told = Callable[[Done], None]
Kept = Callable[[Iterable[Link], bool], None]
"""Is given digests in the order of time within each chain, and whether they lie beyond the period."""


def _untold(_done: Done) -> None:
    """Nobody listens."""


def _no_trouble(_gap: Gap) -> str:
    """Nobody can be asked."""
    return ""


@dataclass(slots=True)
class Validation:
    """What is validated, and with what. ``places`` are from ``discovery``, ``trouble`` asks AWS about a gap.

    ``opening`` opens the store in another process, where up to ``most_processes`` share the days. ``kept`` is given the
    digests of each day, and those beyond the period that prove the last of it. ``elsewhere`` opens the bucket that a
    chain comes from, which is then looked at up to ``led_to``, the first digest of its way on; ``depth`` counts how
    many buckets led here.
    """

    source: str
    store: Store
    keys: KeyRing
    period: Period
    chosen: Chosen
    places: Sequence[Place]
    journal: Journal
    trouble: Trouble = _no_trouble
    told: Told = _untold
    opening: Opening | None = None
    most_processes: int = 1
    kept: "Kept | None" = None
    elsewhere: "Elsewhere | None" = None
    led_to: Sequence[Link] = ()
    depth: int = 0
    found: "_Found" = field(init=False)
    firsts: dict[ChainName, Link] = field(default_factory=dict, init=False)
    abroad: set[tuple[str, str]] = field(default_factory=set, init=False)

    def report(self) -> Report:
        """The report; every day that can be looked at is. What a run is stopped by leaves the state file whole.

        ``firsts`` are then the first digests of the chains of a validation of one place, wherever they were found, and
        ``abroad`` the log files that digests name in other buckets than their own.
        """
        self.found = _Found(self.store.bucket, self.chosen.trail)
        places = sorted(self.places, key=lambda place: (place.account, place.region, place.root))
        with _pool(self.store.workers) as pool:
            keep = self.kept is not None
            scope = Scope(self.store, self.keys, self.period, self.chosen.trail, pool, keep)
            results = self._results(scope, [(place, day) for place in places for day in self.period.days()])
            for _, beside in groupby(places, key=lambda place: (place.account, place.region)):
                self._judge([self._seen(place, results, scope) for place in beside])
        everywhere = () if self.chosen.regions else beside_regions(self.store, places)
        for problem in (*nowhere(places, self.chosen), *everywhere):
            self.found.add(problem)
        seen = {(place.account, place.region) for place in self.places}
        return self.found.report(self.source, self.period, seen, self.trouble)

    def _seen(self, place: Place, results: Iterator[DayResult], scope: Scope) -> PlaceJudging:
        """The days of a place, one after another."""
        judging = PlaceJudging(place, self.store.bucket, self.period, self.keys, self.chosen.trail)
        for _ in self.period.days():
            result = next(results)
            judging.take(result)
            self.found.changes += result.changes
            self.abroad.update(result.abroad)
            self._keep(result.links)
        for link in self.led_to:
            judging.led_to(link)
            self._keep((link,), beyond=True)
        for chaining, end in judging.open_ends():
            after = next_digest(end, scope)
            if after is not None:
                chaining.prove_end(after)
                self._keep((after,), beyond=True)
        return judging

    def _keep(self, links: Iterable[Link], *, beyond: bool = False) -> None:
        if self.kept is not None:
            self.kept(links, beyond)

    def _judge(self, beside: Sequence[PlaceJudging]) -> None:
        """What comes of the places of one account and Region, and of the buckets that their chains were in."""
        self._keep(join_prefixes(beside, self.store.bucket), beyond=True)
        for judging in beside:
            self.firsts |= judging.firsts()
            self._follow(judging)
            self._take(judging.place, judging.judged())

    def _follow(self, judging: PlaceJudging) -> None:
        """Look at the buckets that chains were in before they came here, and in between."""
        here = {Origin(self.store.bucket, place) for place in self.places}
        ways, left = ways_of([gap for gap in judging.came() if gap.origin not in here])
        for gap in left:
            judging.not_followed(gap, NOT_LOOKED_AT)
        for way in ways:
            opened = self._opened(way.first)
            if isinstance(opened, str):
                for gap in way.gaps:
                    judging.not_followed(gap, opened)
            else:
                self._go(way, opened, judging)

    def _opened(self, first: Link) -> Store | str:
        """The store that a chain comes from; else what to do."""
        if self.elsewhere is None:
            return NOT_LOOKED_AT
        return self.elsewhere(first) if self.depth < MOST else f"it is followed through {MOST} at most"

    def _go(self, way: Way, store: Store, judging: PlaceJudging) -> None:
        """Look at where a chain was, and close the gap that it left here."""
        before = self._before(way, store)
        self.found.followed(before.report())
        for gap in way.gaps:
            first = before.firsts.get(gap.chain)
            judging.followed(gap, first)
            if first is not None and gap.head:
                self.firsts[gap.chain] = first
            elif first is not None:
                self._keep((first,), beyond=True)
        judging.named_from_elsewhere(key for bucket, key in before.abroad if bucket == self.store.bucket)
        self.abroad |= before.abroad

    def _before(self, way: Way, store: Store) -> "Validation":
        """The validation of what a chain was while the bucket of its trail was another one."""
        place = way.origin.place
        chosen = Chosen((place.account,), (place.region,), way.gap.chain.trail)
        period = Period(way.gap.start, way.gap.end, self.period.now)
        journal = self.journal.of(store.label, period.since, period.until)
        return Validation(
            store.label, store, self.keys, period, chosen, (place,), journal, self.trouble, kept=self.kept,
            elsewhere=self.elsewhere, led_to=way.led_to, depth=self.depth + 1,
        )  # fmt: skip

    def _results(self, scope: Scope, jobs: Sequence[tuple[Place, date]]) -> Iterator[DayResult]:
        """The days in their order."""
        done = Done(0, len(jobs), 0, 0)
        for result in self._under_way(scope, jobs):
            self.journal.keep(result)
            digests = sum(each.stretch.digests.total + 1 for each in result.stretches)
            done = Done(done.days + 1, done.of_days, done.digests + digests, done.logs + result.objects)
            self.told(done)
            yield result

    def _under_way(self, scope: Scope, jobs: Sequence[tuple[Place, date]]) -> Iterator[DayResult]:
        if scope.pool is None:
            for place, day in jobs:
                yield self.journal.kept(place, day) or validate_day(place, day, scope)
            return
        left = sum(not self.journal.knows(place, day) for place, day in jobs)
        count = worth(left, self.most_processes)
        if self.opening is None or count == 1:
            with ThreadPoolExecutor(DAYS_AT_ONCE, thread_name_prefix="day") as steps:
                yield from self._ahead(steps, partial(validate_day, scope=scope), jobs, DAYS_AT_ONCE)
            return
        try:
            with processes(self.opening, count) as elsewhere:
                yield from self._ahead(elsewhere, in_process, jobs, count)
        except BrokenProcessPool as error:
            raise TrailwitnessError(
                "A worker process was ended from outside, perhaps for want of memory. No verdict was given.",
                "Run again, with --state to go on from the days that are done.",
            ) from error

    def _ahead(
        self,
        executor: Executor,
        work: Callable[[Place, date], DayResult],
        jobs: Sequence[tuple[Place, date]],
        most: int,
    ) -> Iterator[DayResult]:
        """The days in their order, some of them begun before they are asked for."""
        waiting: deque[DayResult | Future[DayResult]] = deque()
        try:
            for place, day in jobs:
                kept = self.journal.kept(place, day)
                waiting.append(kept or executor.submit(work, place, day))
                if len(waiting) >= 2 * most:
                    yield _result(waiting.popleft())
            while waiting:
                yield _result(waiting.popleft())
        finally:
            executor.shutdown(wait=False, cancel_futures=True)

    def _take(self, place: Place, judged: Judged) -> None:
        judged.problems += astray(self.store, place, self.period)
        self.found.take(judged)
        period = self.period
        missing = hours_between(period.since, period.demanded)
        absent = self._absent(place, judged) if missing and not judged.unread else {}
        for chain, why in sorted(absent.items()):
            self.found.add(none_of(place, chain, period.since, period.demanded, why))
        if absent or not judged.empty:
            return
        expected = bool(judged.report.objects) or self.chosen.named(place)
        if missing:
            objects = judged.report.unproven
            problem = not_one(
                place, period.since, period.demanded, missing, objects, self.chosen.trail, expected=expected
            )
        else:
            problem = not_yet(place, period.since, period.until)
        self.found.add(problem)

    def _absent(self, place: Place, judged: Judged) -> dict[ChainName, str]:
        """The hourly chains that must be in the period and have no digest in it, each with how that is known."""
        found = {each.chain for each in judged.chains}
        known = {
            replace(chain, backfill=False): "its backfill digest files are there" for chain in found if chain.backfill
        }
        known |= {
            name.chain: f"the one before, which ended at {rfc3339(name.end)}, is there"
            for name in last_before(self.store, place, self.period)
            if self.chosen.trail in {"", name.chain.trail}
        }
        known |= {link.chain: f"{link.url} names the last" for link in self.led_to if not link.chain.backfill}
        return {chain: why for chain, why in known.items() if chain not in found}


class _Found:
    """What the places gave, gathered within a bound."""

    def __init__(self, bucket: str, trail: str) -> None:
        self.changes: list[TrailChange] = []
        self._bucket = bucket
        self._trail = trail
        self._chains: list[ChainReport] = []
        self._places: list[PlaceReport] = []
        self._problems: list[Problem] = []
        self._beyond: Counter[tuple[str, Weight]] = Counter()
        self._gaps: list[Gap] = []
        self._before: dict[str, None] = {}

    def take(self, judged: Judged) -> None:
        """What came of a place."""
        self._chains += judged.chains
        self._places.append(judged.report)
        self._gaps += judged.gaps
        for problem in judged.problems:
            self.add(problem)

    def followed(self, earlier: Report) -> None:
        """What was found in a bucket that a chain was in before."""
        self._before |= dict.fromkeys(earlier.buckets)
        self._chains += earlier.chains
        self._places += earlier.places
        self.changes += earlier.changes
        self._beyond.update({(each.kind, each.weight): each.count for each in earlier.beyond})
        for problem in earlier.problems:
            self.add(problem)

    def add(self, problem: Problem) -> None:
        """A problem: listed, or counted when there are too many."""
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(problem)
        else:
            self._beyond[str(problem.kind), problem.weight] += 1

    def report(self, source: str, period: Period, seen: set[tuple[str, str]], trouble: Trouble) -> Report:
        """The report, with the gaps explained by all records that were seen."""
        missing = sum(problem.digests for problem in self._problems)
        for gap in self._gaps:
            seen_home = (gap.place.account, gap.chain.home) in seen or (
                gap.place.organization and any(region == gap.chain.home for _, region in seen)
            )
            problem = explained(gap, self.changes, self._bucket, seen_home=seen_home, trouble=trouble)
            missing += problem.digests
            self.add(problem)
        return Report(
            (source, *self._before),
            period,
            self._trail,
            tuple(sorted(together(self._chains), key=lambda each: (each.place, each.chain))),
            tuple(self._places),
            tuple(sorted(self._problems, key=_place_and_time)),
            tuple(Beyond(kind, weight, count) for (kind, weight), count in sorted(self._beyond.items())),
            tuple(sorted(set(self.changes), key=lambda each: (each.at, each.event_id))),
            missing,
        )


def _place_and_time(problem: Problem) -> tuple[Place, str, str]:
    when = problem.start.isoformat() if problem.start else ""
    return problem.place, when or problem.subject.rpartition("_")[2], problem.subject


def _result(waiting: DayResult | Future[DayResult]) -> DayResult:
    return waiting if isinstance(waiting, DayResult) else waiting.result()


@contextmanager
def _pool(workers: int) -> Iterator[ThreadPoolExecutor | None]:
    """Threads that read objects, none where one is enough."""
    if workers <= 1:
        yield None
        return
    pool = ThreadPoolExecutor(workers, thread_name_prefix="read")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
