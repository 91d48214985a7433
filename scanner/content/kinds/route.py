"""``check: route``: every event must reach a person."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.content.draft import Draft, Resources
from scanner.content.kinds.bounds import bound_mistakes, named_in
from scanner.content.kinds.kind import CheckKind, Data, Parameters
from scanner.content.kinds.patterns import pattern_mistakes
from scanner.documents import Pointer
from scanner.model import RouteCheck, RouteKind, RouteScope

if TYPE_CHECKING:
    from scanner.pattern import Pattern

PARAMETERS = {"accept": "strings", "extended": "boolean", "max_delivery_age_hours": "integer"}
"""Parameters that the check reads by their names, without the rule naming them elsewhere, and their types."""


def _read(data: Data) -> RouteCheck:
    return RouteCheck(
        events=data["events"],
        extended=data.get("extended"),
        accept=tuple(map(RouteKind, data["accept"])),
        max_threshold=data["alarm"]["max_threshold"],
        max_period=data["alarm"]["max_period"],
        scope=RouteScope(data.get("scope", RouteScope.ACCOUNT)),
    )


def _mistakes(draft: Draft, resources: Resources | None) -> Iterator[str]:
    from scanner.pattern import parse

    del resources
    written: list[tuple[Pointer, str]] = [
        ((key,), draft.data[key]) for key in ("events", "extended") if key in draft.data
    ]
    yield from pattern_mistakes(draft, written, parse)
    if draft.parameters is None:
        return
    yield from bound_mistakes(draft, draft.data.get("alarm", {}), "alarm")
    for name, kind in PARAMETERS.items():
        if draft.types.get(name, kind) != kind:
            yield draft.mistake(("parameters", name), f"the parameter {name} of a route must be of type {kind}")
    if ("extended" in draft.data) != ("extended" in draft.types):
        sentence = "`extended` events and a boolean parameter `extended` go together"
        yield draft.mistake(("extended",), sentence)


def _parameters(data: Data) -> frozenset[str]:
    return named_in(data["alarm"].values()) | frozenset(PARAMETERS)


def _describe(check: RouteCheck) -> list[str]:
    return ["events that must reach a person:", check.events.strip(), ""]


def _patterns(check: RouteCheck, parameters: Parameters) -> "Iterator[tuple[str, str, Pattern]]":
    from scanner.pattern import parse

    del parameters
    for key, text in (("events", check.events), ("extended", check.extended)):
        if text:
            yield key, text, parse(text)


KIND = CheckKind(
    check=RouteCheck,
    read=_read,
    mistakes=_mistakes,
    parameters=_parameters,
    describe=_describe,
    patterns=_patterns,
    has_decoy=True,
)
