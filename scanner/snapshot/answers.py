"""A snapshot: recorded API calls and their raw answers, as plain data; nothing here reads or writes files.

A snapshot folder holds ``run.json`` (who, when, scope, versions), ``calls.jsonl`` (one line per call) and
``raw/<account>/<region>/<service>.<Operation>….json`` (``{"pages": [answer, …]}``). The time of collection is
the only "now".
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, assert_never

from scanner.errors import SnapshotError
from scanner.model import CallKey, Gap, GapKind, OfCall
from scanner.model.packed import Long
from scanner.snapshot.call_index import CallIndex
from scanner.snapshot.partly import UnknownPlace, parted, pointer_problem

if TYPE_CHECKING:
    from scanner.snapshot.shapes import Fault
from scanner.times import read_time

SCHEMA = "trailwitness/snapshot/v1"

_MOST_DIGITS = 1000
"""Digits of the longest integer that is read exactly; a longer one is infinite, as JSON readers with floats have it."""

ABSENT: Final = "absent"
"""Kind of an error that is an answer: the thing asked about does not exist."""


@dataclass(frozen=True, slots=True)
class CallError:
    """Why a call gave no answer; ``absent`` is an answer of its own: what was asked about does not exist."""

    kind: GapKind | Literal["absent"]
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What one call gave: its pages, or an error.

    ``items`` counts the listed items, ``date`` is the service's own clock (RFC 3339 UTC; "" when it did not say).
    ``unknown`` marks the places of the pages that the source could not tell.
    """

    pages: tuple[Mapping[str, Any], ...] = ()
    items: int = 0
    date: str = ""
    request_ids: tuple[str, ...] = ()
    error: CallError | None = None
    unknown: tuple[UnknownPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class Call(OfCall):
    """One recorded API call. ``file`` is the raw answer relative to the snapshot ("" when refused).

    ``started`` and ``date`` (the service's own ``Date``) are RFC 3339 UTC; ``items`` counts the listed items.
    """

    key: CallKey
    started: str
    date: str
    request_ids: tuple[str, ...]
    pages: int
    items: int
    file: str
    sha256: str
    bytes: int
    error: CallError | None
    unknown: tuple[UnknownPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class Pages:
    """What AWS answered, page by page.

    ``kept`` tells, by page and member, the indices of what is left of a list of which malformed items were dropped.
    """

    pages: tuple[Mapping[str, Any], ...]
    kept: Mapping[tuple[int, str], tuple[int, ...]] = field(default_factory=dict)

    def items(self, member: str) -> Iterator[tuple[str, Any]]:
        """Every sound item listed under ``member`` over all pages, with its JSON Pointer into the raw file."""
        for number, page in enumerate(self.pages):
            value = page.get(member)
            listed = value if isinstance(value, list) else ()
            for index, item in zip(self.kept.get((number, member), range(len(listed))), listed, strict=True):
                yield f"/pages/{number}/{member}/{index}", item


@dataclass(frozen=True, slots=True)
class Absent:
    """What was asked about does not exist; ``code`` tells what (``NoSuchBucket``, ``NoSuchBucketPolicy``)."""

    code: str


@dataclass(frozen=True, slots=True)
class NotKnown:
    """The call gave no answer, or none that can be believed whole.

    Where places of the answer are not of their documented shape or marked as not known, ``gaps`` has one for each and
    ``sound`` keeps the rest, so that listings can still show it beside the gap. ``parted`` is the same answer read more
    finely, with the marked places hidden where they are (None: nothing is marked).
    """

    gap: Gap
    sound: Pages = Pages(())
    gaps: tuple[Gap, ...] = ()
    parted: "Pages | NotKnown | None" = None


@dataclass(frozen=True, slots=True)
class Answer(OfCall):
    """What one call said: pages, or that the thing does not exist, or nothing that can be relied on."""

    key: CallKey
    said: Pages | Absent | NotKnown

    @property
    def absent(self) -> bool:
        """Whether what was asked about does not exist."""
        return isinstance(self.said, Absent)

    @property
    def code(self) -> str:
        """The error code of an absence; "" for any other answer."""
        return self.said.code if isinstance(self.said, Absent) else ""

    @property
    def gap(self) -> Gap | None:
        """Why the answer is not known; None when it is."""
        return self.said.gap if isinstance(self.said, NotKnown) else None

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Every place of the answer that is malformed or not known; none where there is no answer at all."""
        return self.said.gaps if isinstance(self.said, NotKnown) else ()

    @property
    def in_part(self) -> "Answer":
        """The answer for those who can do with a part of each thing: it is a gap only where a listing is not whole.

        Mappings in it may be :class:`~scanner.snapshot.partly.PartlyKnown`, which raise where they are not known.
        """
        if isinstance(self.said, NotKnown) and self.said.parted is not None:
            return Answer(self.key, self.said.parted)
        return self

    @property
    def pages(self) -> tuple[Mapping[str, Any], ...]:
        """The pages without what is malformed; none when there is no answer."""
        return self._sound.pages

    @property
    def first(self) -> Mapping[str, Any]:
        """The first page, or an empty mapping when there is no answer."""
        return self.pages[0] if self.pages else {}

    def items(self, member: str) -> Iterator[tuple[str, Any]]:
        """Every sound item listed under ``member`` over all pages, with its JSON Pointer into the raw file."""
        return self._sound.items(member)

    def without(self, gap: Gap) -> "Answer":
        """The same call with the gap for an answer, where the answer does not tell what was asked."""
        return Answer(self.key, NotKnown(gap))

    @property
    def _sound(self) -> Pages:
        match self.said:
            case Pages():
                return self.said
            case NotKnown(_, sound):
                return sound
            case Absent():
                return Pages(())
            case _:
                assert_never(self.said)


class LongCalls(Long[Call]):
    """The calls of many accounts, in the order of their keys."""

    def __init__(self, index: CallIndex[Call]) -> None:
        self._index = index

    def __len__(self) -> int:
        return len(self._index)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._index)


class Snapshot:
    """Recorded calls by identity, with their raw answers read on demand.

    ``read(file)`` returns the bytes of a raw file; it is only called for calls that have one.
    """

    def __init__(self, run: Mapping[str, Any], calls: Iterable[Call], read: Callable[[str], bytes]) -> None:
        if run.get("schema") != SCHEMA:
            raise SnapshotError(
                f"This snapshot is of version {run.get('schema')!r}; this Trailwitness reads {SCHEMA!r}.",
                "Collect it again, or use the Trailwitness version that wrote it.",
            )
        self.run = run
        self.index: CallIndex[Call] = calls if isinstance(calls, CallIndex) else CallIndex(calls)
        self.calls: Sequence[Call] = LongCalls(self.index) if self.index.is_packed else tuple(self.index)
        self._read = read
        self._answers: dict[CallKey, Answer] = {}
        self._answered: dict[str, tuple[CallKey, ...]] = {}
        self._asking: dict[str, tuple[tuple[str, str], ...]] = {}

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts in scope, ascending."""
        return tuple(sorted(self.run["scope"]["accounts"]))

    def regions(self, account: str) -> tuple[str, ...]:
        """The Regions in scope of an account, ascending."""
        return tuple(sorted(self.run["scope"]["accounts"][account]["regions"]))

    def left_out(self, account: str) -> str:
        """Why nothing of an account was looked at, as run.json tells; "" when it was, or no reason is told.

        LookupError for an account that is not in scope.
        """
        scope = self.run["scope"]["accounts"][account]
        return "" if scope["regions"] else str(scope.get("reason") or "")

    @property
    def passed_over(self) -> Mapping[str, str]:
        """The accounts that were asked for and are out of scope, such as suspended ones, each with the reason."""
        passed: Mapping[str, str] = self.run["scope"].get("skipped", {})
        return passed

    @property
    def partition(self) -> str:
        """The AWS partition: ``aws``, ``aws-us-gov``, ``aws-cn`` and so on."""
        return str(self.run.get("partition", "aws"))

    @property
    def collected_at(self) -> datetime:
        """When the collection began; where snapshots are joined, the first of theirs."""
        return read_time(self.run["started"])

    def time_of(self, account: str) -> datetime:
        """When the account was collected: the only "now" for its facts. Snapshots of other times may be joined.

        LookupError for an account that is not in scope.
        """
        return read_time(self.run["scope"]["accounts"][account].get("started") or self.run["started"])

    def ask(self, account: str, region: str, operation: str, arguments: Mapping[str, Any] | None = None) -> Answer:
        """The recorded answer to one call; a gap of kind ``not-collected`` when it was never made."""
        return self.answer(CallKey(account, region, operation, arguments or {}))

    def answer(self, key: CallKey) -> Answer:
        """The recorded answer to the call; a gap of kind ``not-collected`` when it was never made."""
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._load(key)
        return answer

    def asking(self, operation: str, region: str) -> tuple[str, ...]:
        """The accounts in which a call of an operation was made in a Region, refused ones included, ascending."""
        if operation not in self._asking:
            places = ((call.account, call.region) for call in self.calls if call.operation == operation)
            self._asking[operation] = tuple(dict.fromkeys(places))
        return tuple(account for account, where in self._asking[operation] if where == region)

    def answered(self, operation: str) -> tuple[CallKey, ...]:
        """The calls of an operation that had an answer, in every account, in key order."""
        if operation not in self._answered:
            found = (call.key for call in self.calls if call.operation == operation and call.error is None)
            self._answered[operation] = tuple(found)
        return self._answered[operation]

    def made(self, account: str, operation: str) -> tuple[Call, ...]:
        """Every recorded call of one operation in an account, refused ones included, in key order."""
        listed = self.index.of(account)
        found = sorted(key for key in listed if key.operation == operation)
        return tuple(listed[key] for key in found)

    def limited(self, run: Mapping[str, Any], calls: Iterable[Call]) -> "Snapshot":
        """The same answers, with another ``run.json`` and only some of the calls."""
        return Snapshot(run, tuple(calls), self._read)

    def forget(self, account: str) -> None:
        """Drop the cached answers of an account, so that many accounts fit into memory."""
        for key in [key for key in self._answers if key.account == account]:
            del self._answers[key]

    def _load(self, key: CallKey) -> Answer:
        call = self.index.get(key)
        if call is None:
            never = Gap(key=key, kind=GapKind.NOT_COLLECTED, reason=f"{key.operation} was not collected")
            return Answer(key, NotKnown(never))
        if call.error is None:
            return Answer(key, self._recorded(call))
        if call.error.kind == ABSENT:
            return Answer(key, Absent(call.error.code))
        return Answer(key, NotKnown(error_gap(call, call.error.kind, call.error.code)))

    def _recorded(self, call: Call) -> Pages | NotKnown:
        raw = _pages(self._read(call.file), call.file)
        # Late: the first call is made before an answer is read.
        from scanner.snapshot.shapes import examine, goes_on, without

        examined = examine(call.operation, raw, call.unknown)
        malformed = malformed_gaps(call.key, examined.faults)
        if raw and (member := goes_on(call.operation, raw[-1])):
            malformed = (*malformed, _unfinished(call.key, member))
        said = _known(Pages(examined.pages, examined.kept), (*malformed, *_gaps_of(call, call.unknown)))
        if call.unknown and isinstance(said, NotKnown):
            hidden = parted(call.key, raw, call.unknown)
            left = Pages(*without(hidden.pages, [*_pointers(examined.faults), *_pointers(hidden.of_listings)]))
            return replace(said, parted=_known(left, (*malformed, *_gaps_of(call, hidden.of_listings))))
        return said


def _unfinished(call: CallKey, member: str) -> Gap:
    """The gap of an answer whose last page says that there is one more."""
    reason = (
        f"{call.operation} in {call.account}/{call.region} was not read to its end: {member} says that there is more"
    )
    return Gap(key=call, kind=GapKind.NOT_COLLECTED, reason=reason)


def _gaps_of(call: Call, places: Iterable[UnknownPlace]) -> Iterator[Gap]:
    return (place.gap(call.key) for place in places)


def _pointers(places: "Iterable[Fault | UnknownPlace]") -> Iterator[str]:
    return (place.pointer for place in places)


def _pages(content: bytes, file: str) -> Sequence[Any]:
    """The pages of a raw file. SnapshotError when it is not ``{"pages": [answer, …]}``."""
    raw = _decoded(content, file)
    pages = raw.get("pages") if isinstance(raw, dict) else None
    if not isinstance(pages, list) or not pages:
        raise SnapshotError(f"{file} holds no list of pages.", "Collect again or get an untouched copy.")
    return pages


def check_marks(call: Call, content: bytes) -> None:
    """SnapshotError when a place that the call marks as not known is not in its answer, the raw file ``content``."""
    pages = _pages(content, call.file) if call.unknown else ()
    for mark in call.unknown:
        if problem := pointer_problem(mark.pointer, pages):
            raise SnapshotError(
                f"calls.jsonl marks a place of {call.key} as not known; its pointer {mark.pointer!r} {problem}.",
                "Name a place of its answer, such as /pages/0/MetricAlarms/0/AlarmActions.",
            )


def _decoded(content: bytes, file: str) -> Any:
    try:
        try:
            return json.loads(content)
        except ValueError:
            # Python refuses to read integers of thousands of digits; here one is a number that is out of any range.
            return json.loads(content, parse_int=_whole_number)
    except RecursionError:
        raise SnapshotError(
            f"{file} is JSON that is nested too deeply to be read.", "Collect again or get an untouched copy."
        ) from None
    except ValueError as error:
        raise SnapshotError(f"{file} is not JSON: {error}.", "Collect again or get an untouched copy.") from error


def _whole_number(text: str) -> int | float:
    return int(text) if len(text) <= _MOST_DIGITS else float(text)


_REFUSALS: Mapping[GapKind, str] = {
    GapKind.DENIED: "was denied",
    GapKind.THROTTLED: "was throttled to the end",
    GapKind.REGION_OFF: "was refused because the Region is not enabled",
    GapKind.ENDPOINT: "found no endpoint",
    GapKind.INVALID: "answered something that is not its documented shape",
    GapKind.NOT_KNOWN: "is not known",
}


def refusals(calls: Iterable[Call]) -> Iterator[Gap]:
    """The gaps that refused calls leave, in their order; an absence is an answer and leaves none."""
    for call in calls:
        if call.error is not None and call.error.kind != ABSENT:
            yield error_gap(call, call.error.kind, call.error.code)


def error_gap(call: Call, kind: GapKind, code: str) -> Gap:
    """The gap a refused call leaves."""
    words = _REFUSALS.get(kind, "failed")
    reason = f"{call.operation} {words} in {call.account}/{call.region}: {code}"
    return Gap(key=call.key, kind=kind, code=code, reason=reason)


def _known(sound: Pages, gaps: Sequence[Gap]) -> Pages | NotKnown:
    """The pages, beside the gap of the whole answer where there are any: the first, and how many there are besides."""
    if not gaps:
        return sound
    first, *more = gaps
    if more:
        others = "1 more place of the answer is" if len(more) == 1 else f"{len(more)} more places of the answer are"
        first = replace(first, reason=f"{first.reason} ({others} listed among the gaps)")
    return NotKnown(first, sound, tuple(gaps))


def malformed_gaps(call: CallKey, faults: "Sequence[Fault]") -> tuple[Gap, ...]:
    """The gaps that an answer leaves which is not of its documented shape, one for each fault."""
    opening = f"{call.operation} answered something that is not its documented shape in {call.account}/{call.region}"
    return tuple(
        Gap(key=call, kind=GapKind.INVALID, reason=f"{opening}: {fault}", pointer=fault.pointer) for fault in faults
    )
