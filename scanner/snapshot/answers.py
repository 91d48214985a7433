"""A snapshot: recorded API calls and their raw answers, as plain data; nothing here reads or writes files.

A snapshot folder holds ``run.json`` (who, when, scope, versions), ``calls.jsonl`` (one line a call) and
``raw/<account>/<region>/<service>.<Operation>….json`` (``{"pages": [answer, …]}``). The time of collection is
the only "now".
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from scanner.errors import SnapshotError
from scanner.model import Gap
from scanner.snapshot.shapes import Fault, examine

SCHEMA = "trailwitness/snapshot/v1"

_MOST_DIGITS = 1000
"""Digits of the longest integer that is read exactly; a longer one is infinite, as JSON readers with floats have it."""

ABSENT = "absent"
"""Kind of an error that is an answer: the thing asked about does not exist."""


@dataclass(frozen=True, slots=True)
class CallError:
    """Why a call gave no answer. ``kind`` is ``absent`` or one of ``scanner.model.GAP_KINDS``."""

    kind: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Call:
    """One recorded API call. ``file`` is the raw answer relative to the snapshot ("" when refused).

    ``started`` and ``date`` (the service's own ``Date``) are RFC 3339 UTC; ``items`` counts the listed items.
    """

    account: str
    region: str
    operation: str
    arguments: Mapping[str, Any]
    started: str
    date: str
    request_ids: tuple[str, ...]
    pages: int
    items: int
    file: str
    sha256: str
    bytes: int
    error: CallError | None

    @property
    def key(self) -> str:
        """Identity of the call inside its snapshot."""
        return call_key(self.account, self.region, self.operation, self.arguments)


def call_key(account: str, region: str, operation: str, arguments: Mapping[str, Any]) -> str:
    """``account/region/service.Operation{canonical arguments}``, for example ``…/cloudtrail.DescribeTrails{}``."""
    canonical = json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{account}/{region}/{operation}{canonical}"


def split_key(key: str) -> tuple[str, str, str, dict[str, Any]]:
    """The account, Region, operation and arguments a key was made of."""
    account, region, rest = key.split("/", 2)
    operation, brace, arguments = rest.partition("{")
    return account, region, operation, json.loads(brace + arguments)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call said: pages, or an absence, or a gap.

    ``code`` is the error code of an absence: it tells *what* does not exist (``NoSuchBucket``, ``NoSuchBucketPolicy``).
    Where an answer is not of its documented shape it is a gap of the kind ``invalid``; ``faults`` say where, and the pages
    keep what is sound, so that listings can still show it beside the gap. ``kept`` tells the indices of what is left of a list.
    """

    key: str
    pages: tuple[Mapping[str, Any], ...]
    absent: bool
    gap: Gap | None
    code: str = ""
    faults: tuple[Fault, ...] = ()
    kept: Mapping[tuple[int, str], tuple[int, ...]] = field(default_factory=dict)

    def items(self, member: str) -> Iterator[tuple[str, Any]]:
        """Every sound item listed under ``member`` over all pages, with its JSON Pointer into the raw file."""
        for number, page in enumerate(self.pages):
            value = page.get(member)
            listed = value if isinstance(value, list) else ()
            for index, item in zip(self.kept.get((number, member), range(len(listed))), listed, strict=True):
                yield f"/pages/{number}/{member}/{index}", item

    @property
    def first(self) -> Mapping[str, Any]:
        """The first page, or an empty mapping when there is no answer."""
        return self.pages[0] if self.pages else {}


class Snapshot:
    """Recorded calls by identity, with their raw answers read on demand.

    ``read(file)`` returns the bytes of a raw file; it is only called for calls that have one.
    """

    def __init__(self, run: Mapping[str, Any], calls: tuple[Call, ...], read: Callable[[str], bytes]) -> None:
        if run.get("schema") != SCHEMA:
            raise SnapshotError(
                f"This snapshot is of version {run.get('schema')!r}; this Trailwitness reads {SCHEMA!r}.",
                "Collect it again, or use the Trailwitness version that wrote it.",
            )
        self.run = run
        self.calls = tuple(sorted(calls, key=lambda call: call.key))
        self._read = read
        self._by_key = {call.key: call for call in self.calls}
        self._answers: dict[str, Answer] = {}

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts in scope, ascending."""
        return tuple(sorted(self.run["scope"]["accounts"]))

    def regions(self, account: str) -> tuple[str, ...]:
        """The Regions in scope of an account, ascending."""
        return tuple(sorted(self.run["scope"]["accounts"][account]["regions"]))

    @property
    def partition(self) -> str:
        """The AWS partition: ``aws``, ``aws-us-gov``, ``aws-cn`` and so on."""
        return str(self.run.get("partition", "aws"))

    @property
    def collected_at(self) -> datetime:
        """The time of collection: the only "now" a rule may use."""
        return datetime.fromisoformat(self.run["started"]).astimezone(UTC)

    def ask(self, account: str, region: str, operation: str, arguments: Mapping[str, Any] | None = None) -> Answer:
        """The recorded answer to one call; a gap of kind ``not-collected`` when it was never made."""
        key = call_key(account, region, operation, arguments or {})
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._load(key, account, region, operation, arguments or {})
        return answer

    def made(self, account: str, operation: str) -> tuple[Call, ...]:
        """Every recorded call of one operation in an account, refused ones included, in key order."""
        return tuple(call for call in self.calls if call.account == account and call.operation == operation)

    def forget(self, account: str) -> None:
        """Drop the cached answers of an account, so that many accounts fit into memory."""
        for key in [key for key in self._answers if key.startswith(f"{account}/")]:
            del self._answers[key]

    def _load(self, key: str, account: str, region: str, operation: str, arguments: Mapping[str, Any]) -> Answer:
        call = self._by_key.get(key)
        if call is None:
            gap = Gap(account, region, operation, arguments, "not-collected", "", f"{operation} was not collected")
            return Answer(key, (), False, gap)
        if call.error is not None:
            if call.error.kind == ABSENT:
                return Answer(key, (), True, None, call.error.code)
            return Answer(key, (), False, error_gap(call, call.error))
        examined = examine(operation, _pages(self._read(call.file), call.file))
        malformed = _malformed(call, examined.faults) if examined.faults else None
        return Answer(key, examined.pages, False, malformed, "", examined.faults, examined.kept)


def _pages(content: bytes, file: str) -> Sequence[Any]:
    """The pages of a raw file. SnapshotError when it is not ``{"pages": [answer, …]}``."""
    raw = _decoded(content, file)
    pages = raw.get("pages") if isinstance(raw, dict) else None
    if not isinstance(pages, list) or not pages:
        raise SnapshotError(f"{file} holds no list of pages.", "Collect again or get an untouched copy.")
    return pages


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


def error_gap(call: Call, error: CallError) -> Gap:
    """The gap a refused call leaves."""
    words = {
        "denied": "was denied",
        "throttled": "was throttled to the end",
        "region-off": "was refused because the Region is not enabled",
        "endpoint": "found no endpoint",
        "invalid": "answered something that is not its documented shape",
    }.get(error.kind, "failed")
    reason = f"{call.operation} {words} in {call.account}/{call.region}: {error.code}"
    return Gap(call.account, call.region, call.operation, call.arguments, error.kind, error.code, reason)


def _malformed(call: Call, faults: Sequence[Fault]) -> Gap:
    """The gap of a whole answer: its first fault, and how many there are besides."""
    first, *more = malformed_gaps(call, faults)
    if not more:
        return first
    others = "1 more place of the answer is" if len(more) == 1 else f"{len(more)} more places of the answer are"
    return replace(first, reason=f"{first.reason} ({others} listed among the gaps)")


def malformed_gaps(call: Call, faults: Sequence[Fault]) -> tuple[Gap, ...]:
    """The gaps that an answer leaves which is not of its documented shape, one for each fault."""
    opening = f"{call.operation} answered something that is not its documented shape in {call.account}/{call.region}"
    return tuple(
        Gap(
            account=call.account,
            region=call.region,
            operation=call.operation,
            arguments=call.arguments,
            kind="invalid",
            code="",
            reason=f"{opening}: {fault}",
            pointer=fault.pointer,
        )
        for fault in faults
    )
