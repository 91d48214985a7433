"""Facts of which a part is not known: which places a source could not tell, and mappings that refuse to be read there.

A source other than AWS itself may know an alarm and not its actions. Such a place is neither absent nor null, so
reading it raises ``NotKnownError``: what nobody caught cannot be taken for "there is none".
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from scanner.model import CallKey, Gap, GapKind

_POINTER = re.compile(r"(/([^~/]|~[01])*)+")
_INDEX = re.compile(r"0|[1-9][0-9]*")
_PAGES = "pages"

Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownPlace:
    """A place of an answer that is not known: a JSON Pointer (RFC 6901) into the raw file, and why, for a person."""

    pointer: str
    reason: str

    @property
    def steps(self) -> Steps:
        """The names and indices of the pointer, unescaped."""
        return tuple(step.replace("~1", "/").replace("~0", "~") for step in self.pointer.split("/")[1:])

    def gap(self, call: CallKey) -> Gap:
        """The gap that the place leaves in an answer of the call."""
        reason = f"{call.operation} in {call.account}/{call.region}: {self.pointer} is not known ({self.reason})"
        return Gap(key=call, kind=GapKind.NOT_KNOWN, reason=reason, pointer=self.pointer)


class NotKnownError(Exception):
    """A place was read that is not known; ``gap`` says why."""

    def __init__(self, gap: Gap) -> None:
        super().__init__(gap.reason)
        self.gap = gap


class PartlyKnown(dict[str, Any]):
    """A mapping that knows some of its members; ``hidden`` holds the gaps of the others.

    ``gap`` is the first of them, or of a mapping inside it: then it has all of its members and not all of theirs.

    Whatever would take a hidden member for absent raises ``NotKnownError``: reading it, asking whether it is there,
    going through all members, counting, copying or comparing them. :func:`known_part` gives the rest on purpose.
    """

    def __init__(self, known: Mapping[str, Any], hidden: Mapping[str, Gap], within: Gap | None = None) -> None:
        super().__init__(known)
        self.hidden = dict(hidden)
        first = self.hidden[min(self.hidden)] if self.hidden else within
        if first is None:
            raise ValueError("nothing is hidden: a plain mapping says so")
        self.gap = first

    def __getitem__(self, name: str) -> Any:
        self._look(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The member, or ``default`` when it is certainly absent."""
        self._look(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self._look(name)
        return super().__contains__(name)

    def __bool__(self) -> bool:
        return True  # it is an object, whatever is in it

    def __iter__(self) -> NoReturn:
        self._refuse()

    def __len__(self) -> NoReturn:  # noqa: PLE0303 - it raises, like every look at all members
        self._refuse()

    def __eq__(self, other: object) -> bool:
        return self is other or self._refuse()

    def __ne__(self, other: object) -> bool:
        return self is not other and self._refuse()

    __hash__ = None

    def keys(self) -> NoReturn:
        """Refused, like every look at all members."""
        self._refuse()

    def values(self) -> NoReturn:
        """Refused, like every look at all members."""
        self._refuse()

    def items(self) -> NoReturn:
        """Refused, like every look at all members."""
        self._refuse()

    def copy(self) -> NoReturn:
        """Refused, like every look at all members."""
        self._refuse()

    def _look(self, name: object) -> None:
        if isinstance(name, str) and name in self.hidden:
            raise NotKnownError(self.hidden[name])

    def _refuse(self) -> NoReturn:
        raise NotKnownError(self.gap)


def partly_known(known: Mapping[str, Any], hidden: Mapping[str, Gap]) -> Mapping[str, Any]:
    """The mapping without its hidden members; as it is when nothing is hidden."""
    return PartlyKnown(known, hidden) if hidden else known


def known_part(value: Mapping[str, Any]) -> tuple[Mapping[str, Any], dict[str, Gap]]:
    """The members of a mapping that are known to their last part, and the gaps of the others."""
    if not isinstance(value, PartlyKnown):
        return value, {}
    held, hidden = parts_of(value)
    for name in list(held):
        inner = held[name]
        if isinstance(inner, PartlyKnown):
            hidden[name] = inner.gap
            del held[name]
    return held, hidden


def pointer_problem(pointer: str, pages: Sequence[Any]) -> str:
    """Why a pointer leads to no place of an answer, as the end of a sentence; "" when it does.

    All but the last step must be there; the last one may be a member that the answer leaves out, for it is not known.
    """
    if not _POINTER.fullmatch(pointer):
        return "is not a JSON Pointer (RFC 6901)"
    first, *steps = UnknownPlace(pointer, "").steps
    if first != _PAGES or not steps:
        return "does not begin with /pages/ and the number of a page"
    held: Any = list(pages)
    for number, step in enumerate(steps):
        if isinstance(held, list):
            if not _INDEX.fullmatch(step) or int(step) >= len(held):
                return f"leads nowhere: {step!r} is not an index of a list of {len(held)}"
            held = held[int(step)]
        elif isinstance(held, Mapping):
            if step not in held and number < len(steps) - 1:
                return f"leads nowhere: there is no member {step!r}"
            held = held.get(step)
        else:
            return f"leads nowhere: {step!r} is below a value without members"
    return ""


@dataclass(frozen=True, slots=True)
class Parted:
    """The pages of an answer with their marked places hidden, and the marks that concern a page or a listing whole.

    A place inside an item or an object hides the member that it is in; a place inside a list that is not the listing
    itself hides that whole list, because what is left of it would read as all of it.
    """

    pages: tuple[Any, ...]
    of_listings: tuple[UnknownPlace, ...]


def blanked(pages: Sequence[Any], marks: Iterable[UnknownPlace]) -> list[Any]:
    """The pages, with an empty object for each that is marked as a whole."""
    blank = {mark.steps[1] for mark in marks if len(mark.steps) == 2}  # "pages" and a number
    return [{} if str(number) in blank else page for number, page in enumerate(pages)]


def parted(call: CallKey, pages: Sequence[Any], marks: Sequence[UnknownPlace]) -> Parted:
    """Hide the marked places of an answer. The marks lead somewhere (:func:`pointer_problem`)."""
    changed = blanked(pages, marks)
    listings: list[UnknownPlace] = []
    for mark in _outermost(marks):
        _, number, *steps = mark.steps
        page = changed[int(number)]
        hidden = _with_hidden(page, tuple(steps), mark.gap(call)) if isinstance(page, Mapping) else None
        if hidden is None:
            listings.append(mark)
        else:
            changed[int(number)] = hidden
    return Parted(tuple(changed), tuple(listings))


def _outermost(marks: Sequence[UnknownPlace]) -> Iterator[UnknownPlace]:
    """The marks that do not lie inside another marked place."""
    for mark in marks:
        if not any(mark.pointer.startswith(f"{other.pointer}/") for other in marks):
            yield mark


def _with_hidden(page: Mapping[str, Any], steps: Steps, gap: Gap) -> Mapping[str, Any] | None:
    """The page with one place hidden; None when the place is the page, one of its lists or an item of one."""
    if not steps:
        return None
    held = _member(page, steps[0])
    if not isinstance(held, list):
        return None if held is None and len(steps) == 1 else _hide(page, steps, gap)
    if len(steps) < 3 or not isinstance(held[int(steps[1])], Mapping):
        return None
    items = list(held)
    items[int(steps[1])] = _hide(items[int(steps[1])], steps[2:], gap)
    return _replaced(page, steps[0], items)


def _hide(value: Mapping[str, Any], steps: Steps, gap: Gap) -> Mapping[str, Any]:
    """The mapping with one place hidden; those that it is in tell so, and need not be searched for it."""
    known, hidden = parts_of(value)
    held = known.pop(steps[0], None)
    if len(steps) > 1 and isinstance(held, Mapping):
        return PartlyKnown({**known, steps[0]: _hide(held, steps[1:], gap)}, hidden, within=gap)
    return PartlyKnown(known, {**hidden, steps[0]: gap})


def _replaced(value: Mapping[str, Any], name: str, new: Any) -> Mapping[str, Any]:
    known, hidden = parts_of(value)
    return partly_known({**known, name: new}, hidden)


def parts_of(value: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Gap]]:
    """The members of a mapping that can be read, and the gaps of those that are hidden."""
    if isinstance(value, PartlyKnown):
        return dict(dict.items(value)), dict(value.hidden)
    return dict(value), {}


def _member(value: Mapping[str, Any], name: str) -> Any:
    return dict.get(value, name) if isinstance(value, PartlyKnown) else value.get(name)


def marked_below(pointer: str, marks: Iterable[UnknownPlace]) -> Iterator[UnknownPlace]:
    """The marks of places at or inside ``pointer``."""
    return (mark for mark in marks if mark.pointer == pointer or mark.pointer.startswith(f"{pointer}/"))
