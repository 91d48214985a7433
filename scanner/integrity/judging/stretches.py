"""A chain from one digest to a later one: counted, with what is wrong in it, and open at both ends.

The stretches of days are made independently of each other and joined afterwards, in the order of time, by what joins
single digests: so that days can be validated at once, and kept when a run is killed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from scanner.integrity.judging.links import JITTER, Gap, Joined, Link, Proof, join, names
from scanner.integrity.problems import Kind, Problem, of_digest, unseen_digest
from scanner.integrity.proof.keys import KeyRing

NOT_AT_HAND = (
    "its signature is not at hand, and no next digest file states it: capture it while online with "
    "`trailwitness integrity capture`"
)


REWRITTEN = (
    "it has no signature in its metadata, where CloudTrail puts one, and no next digest file states it: the object was "
    "written again"
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there are of each verdict. ``unproven`` log files match a digest that is itself not valid."""

    valid: int = 0
    invalid: int = 0
    unknown: int = 0
    unproven: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.valid + self.invalid + self.unknown + self.unproven

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            self.valid + other.valid,
            self.invalid + other.invalid,
            self.unknown + other.unknown,
            self.unproven + other.unproven,
        )


@dataclass(frozen=True, slots=True)
class Span:
    """Time that digests cover without a gap; ``named`` says that what was delivered then is known by them."""

    start: datetime
    end: datetime
    named: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some digests of one chain in the order of time: ``first`` to ``last``, of which the last is not counted yet.

    ``known`` is the key of the last one that may be believed, where that is not the last of all.
    """

    first: Link
    last: Link
    digests: Tally = Tally()
    logs: Tally = Tally()
    spans: tuple[Span, ...] = ()
    problems: tuple[Problem, ...] = ()
    gaps: tuple[Gap, ...] = ()
    known: str = ""


class Chaining:
    """Puts links, or whole stretches, one after another. What leaves it is taken with ``stretch`` or ``closed``."""

    def __init__(self, keys: KeyRing, present: Iterable[str] = ()) -> None:
        self._keys = keys
        self._present = frozenset(present)
        self._first: Link | None = None
        self._last: Link | None = None
        self._known = ""
        self._digests = Tally()
        self._logs = Tally()
        self._spans: list[Span] = []
        self.problems: list[Problem] = []
        self.gaps: list[Gap] = []

    def add(self, link: Link) -> None:
        """The next digest."""
        if link.aside:
            self._digests = self._digests.plus(Tally(invalid=1))
        else:
            self.take(Stretch(link, link))

    def take(self, stretch: Stretch) -> None:
        """The next digests."""
        first = stretch.first
        if self._last is None:
            self._first = first
        else:
            joined = self._joined(self._last, first)
            self.problems += joined.problems
            self.gaps += [joined.gap] if joined.gap else []
            if joined.gap is None or joined.gap.before is None:
                self._count(joined.before)
        self._digests = self._digests.plus(stretch.digests)
        self._logs = self._logs.plus(stretch.logs)
        for span in stretch.spans:
            self._cover(span)
        self.problems += stretch.problems
        self.gaps += stretch.gaps
        self._last = stretch.last
        self._known = stretch.last.key if stretch.last.trusted else stretch.known or self._known

    def _joined(self, before: Link, after: Link) -> Joined:
        """What two neighbours say of each other; the last digest that may be believed is there, too."""
        return join(before, after, self._present | {self._known}, self._keys)

    @property
    def open_end(self) -> Link | None:
        """The last digest, where only the one after it can prove it."""
        return self._last if self._last is not None and self._last.proof is Proof.PENDING else None

    @property
    def first(self) -> Link | None:
        """The first digest."""
        return self._first

    @property
    def last(self) -> Link | None:
        """The last digest, with what is known of it so far."""
        return self._last

    def prove_end(self, after: Link) -> None:
        """Prove the last digest by one that lies beyond what is looked at, and is not counted itself."""
        if self._last is not None:
            joined = self._joined(self._last, after)
            self._last = joined.before
            self.problems += [each for each in joined.problems if each.subject == joined.before.url]

    def prove_by(self, after: Link) -> None:
        """The same of a digest that the chain left for another place after, be it the last one or not."""
        for gap in self.gaps:
            if gap.before is not None and names(after, gap.before):
                self.followed(gap, after)
                return
        self.prove_end(after)

    def lead_to(self, after: Link) -> None:
        """Hold the last digest against the one after it, which lies elsewhere and is not counted itself.

        Hours between them are a gap at the end of the period; backfill digests have none, and name what is missing.
        """
        if self._last is not None:
            joined = self._joined(self._last, after)
            self._last = joined.before
            self.problems += joined.problems
            self.gaps += [joined.gap] if joined.gap and after.chain.backfill else []

    def followed(self, gap: Gap, first: Link | None) -> None:
        """Close a gap in which the chain was elsewhere and was looked at there; ``first`` is its first digest there."""
        self.gaps.remove(gap)
        before = gap.before
        if before is None:
            return
        if first is not None and (names(first, before) or first.start <= before.end + JITTER):
            joined = self._joined(before, first)
            before = joined.before
            self.problems += joined.problems
        self._count(before)

    def not_followed(self, gap: Gap, hint: str) -> None:
        """Say of a gap in which the chain was elsewhere what to do, since that is not looked at."""
        self.gaps[self.gaps.index(gap)] = replace(gap, hint=hint)

    def logs_found(self, tally: Tally) -> None:
        """Log files whose verdict does not depend on the digest that names them."""
        self._logs = self._logs.plus(tally)

    def stretch(self) -> Stretch | None:
        """What was added, its last digest still open; None when nothing was."""
        if self._first is None or self._last is None:
            return None
        return Stretch(
            self._first,
            self._last,
            self._digests,
            self._logs,
            tuple(self._spans),
            tuple(self.problems),
            tuple(self.gaps),
            self._known,
        )

    def closed(self) -> Stretch | None:
        """The same with its last digest counted: nothing follows it."""
        if self._last is None:
            return None
        for gap in self.gaps:
            if gap.before is not None:
                self._count(gap.before)
        last = self._last
        last = self._settled(last)
        self._count(last)
        self._last = last
        return self.stretch()

    def _settled(self, link: Link) -> Link:
        """A digest that nothing proves any more, if it is still open."""
        if link.proof is not Proof.PENDING:
            return link
        told = of_digest if link.rewritten else unseen_digest
        kind, why = (Kind.SIGNATURE, REWRITTEN) if link.rewritten else (Kind.UNPROVEN, NOT_AT_HAND)
        self.problems.append(told(kind, link.place, link.chain, link.url, why))
        return replace(link, proof=Proof.INVALID if link.rewritten else Proof.UNKNOWN)

    def _count(self, link: Link) -> None:
        link = self._settled(link)
        proof = link.proof
        match proof:
            case Proof.VALID:
                digests, logs = Tally(valid=1), Tally(valid=link.matching)
            case Proof.INVALID:
                digests, logs = Tally(invalid=1), Tally(unproven=link.matching)
            case _:
                digests, logs = Tally(unknown=1), Tally(unknown=link.matching)
        self._digests = self._digests.plus(digests)
        self._logs = self._logs.plus(logs)
        self._cover(Span(link.start, link.end, named=link.trusted and proof is not Proof.INVALID))

    def _cover(self, span: Span) -> None:
        last = self._spans[-1] if self._spans else None
        if last is not None and last.named is span.named and last.start <= span.start <= last.end + JITTER:
            self._spans[-1] = Span(last.start, max(last.end, span.end), span.named)
        else:
            self._spans.append(span)
