"""Calls of a case: read from case files, and changed as a case says."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from scanner.arns import partition_of
from scanner.cases.bases import base_file
from scanner.cases.pointers import EmptyListError, NoPlaceError, put, remove, split
from scanner.content.rules import CALLS
from scanner.documents import Document, read_document
from scanner.errors import ContentError
from scanner.model import CallKey, GapKind, JsonValue, OfCall
from scanner.schemas import require
from scanner.snapshot.answers import ABSENT, CallError
from scanner.snapshot.error_codes import absences, known_operation, may_be_off, meaning
from scanner.snapshot.partly import UnknownPlace, pointer_problem
from scanner.wording import did_you_mean

ACCOUNT = "111122223333"
REGION = "us-east-1"
_MAX_BASES = 4

Calls = dict[CallKey, "CaseCall"]
"""The calls of a case by their identity."""


@dataclass(frozen=True, slots=True)
class CaseCall(OfCall):
    """One call of a case and how it ended: with pages, of which places may be unknown, or with an error or absence."""

    key: CallKey
    pages: tuple[Mapping[str, JsonValue], ...]
    error: CallError | None
    unknown: tuple[UnknownPlace, ...] = ()

    @property
    def lists_nothing(self) -> bool:
        """Whether a list of its first page is empty, or the thing asked about does not exist."""
        if self.error is not None:
            return self.error.kind == ABSENT
        return any(value == [] for value in self.pages[0].values())

    @property
    def refused(self) -> bool:
        """Whether the call was denied."""
        return self.error is not None and self.error.kind is GapKind.DENIED


def error_of(code: str, key: CallKey) -> CallError:
    """A refused call as the collector would record it."""
    opt_in = may_be_off(key.region, partition_of(key.region))
    return CallError(meaning(code, absences(key.operation), opt_in=opt_in), code, f"{code} (written in a case)")


def read_base(document: Document, path: Path, folder: Path, *, proven: bool = False) -> Calls:
    """The calls of the base file that ``base`` names, of that file's own base, and so on.

    Raises ContentError for a base that is not there, or that is wrong.
    """
    return _read_base(document, path, folder, _MAX_BASES, proven=proven)


def read_calls(document: Document, pointer: tuple[str | int, ...]) -> tuple[CaseCall, ...]:
    """The calls listed at ``pointer``; the same call twice is an error."""
    listed: Any = document.value
    for step in pointer:
        if isinstance(step, str) and step not in listed:
            return ()
        listed = listed[step]
    calls: Calls = {}
    problems: list[str] = []
    for index, raw in enumerate(listed):
        call = _call(raw)
        problems += [document.problem((*pointer, index, key), sentence) for key, sentence in _impossible(call, raw)]
        if call.key in calls:
            problems.append(document.problem((*pointer, index), f"the call {call.key} is here a second time"))
        calls[call.key] = call
    if problems:
        raise ContentError(problems)
    return tuple(calls.values())


def apply_changes(
    document: Document, pointer: tuple[str | int, ...], calls: Calls, problems: list[str]
) -> tuple[Calls, frozenset[str]]:
    """The calls after the changes of the case at ``pointer``, and the operations that were changed.

    ``without``, ``denied``, ``set``, ``unset`` and ``unknown`` are applied in that order. What changes nothing is added
    to ``problems``.
    """
    changes = _Changes(document, pointer, dict(calls), problems)
    changes.apply()
    return changes.calls, frozenset(changes.operations)


def _read_base(document: Document, path: Path, root: Path, left: int, *, proven: bool) -> Calls:
    found = base_file(document, path, root, CALLS)
    if found is None:
        return {}
    if left == 0:
        raise ContentError((document.problem(("base",), f"bases are chained more than {_MAX_BASES} deep"),))
    target, root = found
    base = read_document(target, merge=True, proven=proven)
    require(base, "case", "file")
    calls = _read_base(base, target, root, left - 1, proven=proven)
    calls.update((call.key, call) for call in read_calls(base, ("calls",)))
    return calls


def _impossible(call: CaseCall, raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """How the call ends as no collected call can, by key; a case over it would be green for nothing."""
    for pointer in raw.get("unknown", ()):
        if call.error is not None:
            yield "unknown", "a call that gave no answer has no places that are not known"
        elif problem := pointer_problem(_place(pointer).pointer, call.pages):
            yield "unknown", f"{pointer} {problem}"
    known = absences(call.operation)
    if "error" in raw and call.error is not None and call.error.kind == ABSENT:
        yield "error", f"{call.error.code} says that it does not exist; write it under `absent`"
    if "absent" in raw and call.error is not None and known_operation(call.operation) and call.error.code not in known:
        said = f"these do: {', '.join(known)}" if known else "it never does"
        yield "absent", f"{call.operation} does not say with {call.error.code} that something does not exist; {said}"


def _call(raw: Mapping[str, Any]) -> CaseCall:
    key = CallKey(raw.get("account", ACCOUNT), raw.get("region", REGION), raw["call"], raw.get("arguments", {}))
    error = None
    if "error" in raw:
        error = error_of(raw["error"].strip(), key)
    elif "absent" in raw:
        error = CallError(ABSENT, raw["absent"].strip(), "")
    pages = raw["pages"] if "pages" in raw else [raw["answer"]] if "answer" in raw else []
    return CaseCall(key=key, pages=tuple(pages), error=error, unknown=tuple(map(_place, raw.get("unknown", ()))))


def _place(pointer: str) -> UnknownPlace:
    """A place of the first page that the case calls unknown."""
    return UnknownPlace(f"/pages/0{pointer}", "a case says so")


class _Changes:
    """The changes of one case, applied to its calls; what cannot be applied is said."""

    def __init__(self, document: Document, pointer: tuple[str | int, ...], calls: Calls, problems: list[str]) -> None:
        self.calls = calls
        self.operations: set[str] = set()
        self._document = document
        self._pointer = pointer
        self._problems = problems
        raw: Any = document.value
        for step in pointer:
            raw = raw[step]
        self._case: Mapping[str, Any] = raw

    def apply(self) -> None:
        # Calls are taken away before answers are changed: a change of what is gone is a mistake that is told.
        for index, target in enumerate(self._case.get("without", ())):
            for call in self._targets(target, ("without", index)):
                del self.calls[call.key]
        for index, target in enumerate(self._case.get("denied", ())):
            for call in self._targets(target, ("denied", index)):
                self.calls[call.key] = replace(call, pages=(), error=error_of("AccessDenied", call.key), unknown=())
        for place, value in self._case.get("set", {}).items():
            self._edit(place, ("set", place), partial(put, value=value))
        for index, place in enumerate(self._case.get("unset", ())):
            self._edit(place, ("unset", index), remove)
        for index, place in enumerate(self._case.get("unknown", ())):
            self._mark(place, ("unknown", index))

    def _mark(self, place: str, where: tuple[str | int, ...]) -> None:
        """Make a place unknown in every call named; it may be a member that the answer leaves out."""
        target, _, pointer = place.partition("#")
        marked = _place(pointer)
        nowhere, found = [], False
        for call in self._targets(target, where):
            if call.error is not None:
                self._say(where, f"{call.key} has no answer to change: it ended with {call.error.code}")
            elif problem := pointer_problem(marked.pointer, call.pages):
                nowhere.append(f"in the answer to {call.key}: {pointer} {problem}")
            else:
                self.calls[call.key] = replace(call, unknown=(*call.unknown, marked))
                found = True
        # One call of several may not have the place; where none has, nothing would be unknown.
        for sentence in () if found else nowhere:
            self._say(where, sentence)

    def _edit(self, place: str, where: tuple[str | int, ...], change: Callable[[Any, Sequence[str]], Any]) -> None:
        target, _, pointer = place.partition("#")
        steps = split(pointer)
        changed, empty = False, []
        for call in self._targets(target, where):
            if call.error is not None:
                self._say(where, f"{call.key} has no answer to change: it ended with {call.error.code}")
                continue
            try:
                first = change(call.pages[0], steps)
            except EmptyListError as error:
                empty.append(f"in the answer to {call.key}: {error}")
                continue
            except NoPlaceError as error:
                self._say(where, f"in the answer to {call.key}: {error}")
                continue
            if not isinstance(first, dict):
                self._say(where, "an answer is a mapping")
                continue
            self.calls[call.key] = replace(call, pages=(first, *call.pages[1:]))
            changed = True
        # One call of several may list nothing; where all do, the change would change nothing.
        for sentence in () if changed else empty:
            self._say(where, sentence)

    def _targets(self, target: str, where: tuple[str | int, ...]) -> list[CaseCall]:
        operation, at, place = target.partition("@")
        found = [
            call
            for call in self.calls.values()
            if call.operation == operation and (not at or place in {call.region, call.account})
        ]
        if found:
            self.operations.add(operation)
        else:
            names = {call.operation for call in self.calls.values()}
            if at:
                for call in self.calls.values():
                    names |= {f"{call.operation}@{call.region}", f"{call.operation}@{call.account}"}
            self._say(where, f"the case has no call {target}.{did_you_mean(target, names)}")
        return found

    def _say(self, where: tuple[str | int, ...], sentence: str) -> None:
        document, parent = self._document, (*self._pointer, *where[:-1])
        last = where[-1]
        mark = document.key_mark(parent, last) if isinstance(last, str) else document.mark((*parent, last))
        self._problems.append(document.problem_at(mark, sentence))
