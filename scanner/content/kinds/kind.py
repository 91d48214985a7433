"""What the rest of the house asks of a kind of check."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from scanner.content.draft import Draft, Resources
from scanner.model import Check, JsonValue

if TYPE_CHECKING:
    from scanner.pattern import Pattern

C = TypeVar("C", bound=Check)

Data = Mapping[str, Any]
"""The content of a rule file without mistakes."""

Parameters = Mapping[str, JsonValue]
"""The values of a rule's parameters by name."""


@dataclass(frozen=True, slots=True)
class CheckKind(Generic[C]):
    """A kind of check.

    ``read`` makes the check of a file without mistakes. ``mistakes`` finds those that no schema can tell, given the
    fields of every resource type (None: not known). ``parameters`` are the names of the parameters that something in
    the file uses. ``describe`` tells a reader of the rule what is judged, line by line. ``patterns`` are the filter
    patterns with the key and the text of each, ``reasons`` the sentences of findings with their keys. ``has_decoy``:
    its cases must hold something that looks right and is broken.
    """

    check: type[C]
    read: Callable[[Data], C]
    mistakes: Callable[[Draft, Resources | None], Iterator[str]]
    parameters: Callable[[Data], frozenset[str]]
    describe: Callable[[C], list[str]]
    patterns: "Callable[[C, Parameters], Iterable[tuple[str, str, Pattern]]]" = lambda _check, _values: ()
    reasons: Callable[[C], Iterable[tuple[str, str]]] = lambda _check: ()
    has_decoy: bool = False
