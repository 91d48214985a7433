"""``check: route``: every event must reach a person."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from scanner.content.draft import Draft, Resources
from scanner.content.kinds.bounds import bound_mistakes, named_in
from scanner.content.kinds.kind import CheckKind, Data, Parameters
from scanner.content.kinds.patterns import pattern_mistakes
from scanner.documents import Pointer
from scanner.errors import PatternError
from scanner.model import ALL_EVENTS, PublishedEvents, RouteCheck, RouteKind, RouteScope

if TYPE_CHECKING:
    from scanner.pattern import Pattern

PARAMETERS = {
    "accept": "strings",
    "events_of": "string",
    "extended": "boolean",
    "log_buckets": "strings",
    "max_delivery_age_hours": "integer",
}
"""Parameters that the check reads by their names, without the rule naming them elsewhere, and their types."""


def _read(data: Data) -> RouteCheck:
    return RouteCheck(
        events=data["events"],
        extended=data.get("extended"),
        accept=tuple(map(RouteKind, data["accept"])),
        max_threshold=data["alarm"]["max_threshold"],
        max_period=data["alarm"]["max_period"],
        scope=RouteScope(data.get("scope", RouteScope.ACCOUNT)),
        published=tuple(map(_published, data.get("published", ()))),
    )


def _published(raw: Data) -> PublishedEvents:
    return PublishedEvents(tuple(raw["versions"]), tuple(raw["patterns"]), raw.get("events"))


def _mistakes(draft: Draft, resources: Resources | None) -> Iterator[str]:
    from scanner.pattern import parse

    del resources
    required: list[tuple[Pointer, str]] = [
        ((key,), draft.data[key]) for key in ("events", "extended") if key in draft.data
    ]
    written: list[tuple[Pointer, str]] = []
    for index, raw in enumerate(draft.data.get("published", ())):
        place: Pointer = ("published", index)
        required += [((*place, "events"), raw["events"])] if "events" in raw else []
        written += [((*place, "patterns", number), text) for number, text in enumerate(raw["patterns"])]
    yield from pattern_mistakes(draft, written, parse)
    if draft.defaults is None:
        return
    yield from pattern_mistakes(draft, required, partial(_deployable, parameters=draft.defaults))
    yield from bound_mistakes(draft, draft.data.get("alarm", {}), "alarm")
    for name, kind in PARAMETERS.items():
        if draft.types.get(name, kind) != kind:
            yield draft.mistake(("parameters", name), f"the parameter {name} of a route must be of type {kind}")
    yield from _version_mistakes(draft)
    if ("extended" in draft.data) != ("extended" in draft.types):
        sentence = "`extended` events and a boolean parameter `extended` go together"
        yield draft.mistake(("extended",), sentence)


def _deployable(text: str, parameters: Parameters) -> "Pattern":
    """The events of a rule. Raises PatternError where no metric filters can match them."""
    from scanner.pattern import is_divisible, parse_required

    pattern = parse_required(text, parameters)
    if not is_divisible(pattern):
        message = "Some part of the events fits into no metric filter, however they are divided."
        raise PatternError(message, text, (0, len(text)), "Write shorter alternatives, joined by ||.")
    return pattern


def _version_mistakes(draft: Draft) -> Iterator[str]:
    """Where the parameter ``events_of`` does not choose among the versions that ask for events of their own."""
    published: Sequence[Data] = draft.data.get("published", ())
    named = list(chain.from_iterable(raw["versions"] for raw in published))
    if len(set(named)) < len(named):
        yield draft.mistake(("published",), "a version is named twice under `published`")
    own = any("events" in raw for raw in published)
    stated = draft.data.get("parameters", {}).get("events_of", {})
    if own != ("events_of" in draft.types):
        yield draft.mistake(("published",), "versions with `events` and a parameter `events_of` go together")
    elif own and (stated.get("default"), list(stated.get("choices", ()))) != (ALL_EVENTS, [ALL_EVENTS, *named]):
        sentence = (
            f"the parameter events_of must choose among {', '.join([ALL_EVENTS, *named])}, {ALL_EVENTS} by default"
        )
        yield draft.mistake(("parameters", "events_of"), sentence)


def _parameters(data: Data) -> frozenset[str]:
    from scanner.pattern import parameter_names

    texts = [data["events"], data.get("extended", ""), *(raw.get("events", "") for raw in data.get("published", ()))]
    return named_in(data["alarm"].values()).union(PARAMETERS, *map(parameter_names, texts))


def _describe(check: RouteCheck) -> list[str]:
    return ["events that must reach a person:", check.events.strip(), ""]


def _patterns(check: RouteCheck, parameters: Parameters) -> "Iterator[tuple[str, str, Pattern]]":
    from scanner.pattern import parse_required

    for key, text in (("events", check.events), ("extended", check.extended)):
        if text:
            yield key, text, parse_required(text, parameters)


KIND = CheckKind(
    check=RouteCheck,
    read=_read,
    mistakes=_mistakes,
    parameters=_parameters,
    describe=_describe,
    patterns=_patterns,
    has_decoy=True,
)
