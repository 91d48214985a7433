"""Which API calls do the same harm, and which rules are about them.

The lists are data, reviewed call by call: ``equivalents.yaml`` beside this module says what serves which intent, and
``harmless_calls.yaml`` which calls of the same services serve none, and why.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import NamedTuple

from scanner.documents import read_document
from scanner.model import JsonValue
from scanner.model.json_values import as_object, as_objects, as_text, as_texts


class Call(NamedTuple):
    """An API call as records name it: ``source`` is the eventSource without ``.amazonaws.com``."""

    source: str
    name: str


@dataclass(frozen=True, slots=True)
class Group:
    """Calls that serve one ``intent`` in one way; ``does`` says how, without a subject.

    ``route`` is "" where routes ask for them, ``extended`` where they do so with their parameter of that name, and
    ``named`` or ``data`` where they do not.
    """

    intent: str
    does: str
    route: str
    calls: frozenset[Call]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The calls that a rule is about: ``events``, and those of its parameter ``extended``."""

    events: frozenset[Call]
    extended: frozenset[Call]


@dataclass(frozen=True, slots=True)
class Harmless:
    """Calls of a service, as botocore names it, that serve no intent, and ``why``."""

    service: str
    why: str
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Equivalents:
    """What was reviewed. ``services`` leads from botocore's name of a service to the source of its records."""

    services: Mapping[str, str]
    intents: Mapping[str, str]
    groups: tuple[Group, ...]
    harmless: tuple[Harmless, ...]
    about: Mapping[str, Mapping[str, JsonValue]]

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that are about intents."""
        return tuple(self.about)

    def wanted(self, rule: str) -> Wanted:
        """The calls that a rule must be about: all of its intents, or for a route those that routes ask for."""
        stated = self.about[rule]
        sources = as_texts(stated.get("sources", ()))
        groups = [group for group in self.groups if group.intent in as_texts(stated["intents"])]
        left_out = set(_calls(as_object(stated.get("but", {}))))
        asked: dict[str, set[Call]] = {"": set(_calls(as_object(stated.get("also", {})))), "extended": set()}
        for group in groups:
            kind = group.route if rule.startswith("route.") else ""
            named = {call for call in group.calls if not sources or call.source in sources}
            asked.setdefault(kind, set()).update(named - left_out)
        return Wanted(frozenset(asked[""]), frozenset(asked["extended"]))


@cache
def equivalents() -> Equivalents:
    """The lists as they are shipped."""
    listed = _read("equivalents.yaml")
    return Equivalents(
        services=_texts(listed["services"]),
        intents=_texts(listed["intents"]),
        groups=tuple(map(_group, as_objects(listed["calls"]))),
        harmless=tuple(_harmless()),
        about=_objects(listed["rules"]),
    )


def _texts(value: JsonValue) -> dict[str, str]:
    return {name: as_text(text) for name, text in as_object(value).items()}


def _objects(value: JsonValue) -> dict[str, Mapping[str, JsonValue]]:
    return {name: as_object(stated) for name, stated in as_object(value).items()}


def _read(name: str) -> Mapping[str, JsonValue]:
    path = Path(str(files("scanner.content.reviewed"))) / name
    return as_object(read_document(path, proven=True).value)


def _group(entry: Mapping[str, JsonValue]) -> Group:
    sources = as_texts(entry["sources"]) if "sources" in entry else (as_text(entry["source"]),)
    return Group(
        intent=as_text(entry["intent"]),
        does=as_text(entry["does"]),
        route=as_text(entry.get("route", "")),
        calls=frozenset(Call(*pair) for pair in product(sources, as_texts(entry["calls"]))),
    )


def _harmless() -> Iterator[Harmless]:
    for service, reasons in _read("harmless_calls.yaml").items():
        for entry in as_objects(reasons):
            yield Harmless(service, as_text(entry["why"]), as_texts(entry["calls"]))


def _calls(by_source: Mapping[str, JsonValue]) -> Iterator[Call]:
    for source, names in by_source.items():
        for name in as_texts(names):
            yield Call(source, name)
