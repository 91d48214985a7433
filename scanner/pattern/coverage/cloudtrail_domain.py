"""What CloudTrail can deliver: the field values and couplings that the realistic verdict relies on.

The model is of management events as CloudTrail writes them to a log group. It says which fields are always there and
what they hold, and how fields go together: a console sign-in has its own source, type and result, an API name occurs
only with the services that have such a call, the caller's identity carries the fields of its type. The facts
themselves, with the page of AWS that states each, are in ``scanner.pattern.cloudtrail.recorded``. Names, sources and
values outside the model stay possible wherever AWS does not enumerate them.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.pattern.cloudtrail.api_names import RETIRED, SIGN_IN, SIGN_IN_NAMES, ApiName, api_name
from scanner.pattern.cloudtrail.recorded import (
    ALWAYS_TEXT,
    API_CALL,
    ARN,
    BEARS_ON,
    CONSOLE_LOGIN,
    CONSOLE_SIGN_IN,
    ERROR_MESSAGE,
    EVENT_TYPE,
    EVENT_TYPES,
    FIELDS,
    GONE,
    IDENTITY_TYPE,
    IDENTITY_TYPES,
    INVOKED_BY,
    ISSUER_FIELDS,
    NAME,
    READ_ONLY,
    RELATIONS,
    ROLE_ARN,
    ROOT_ARN,
    SERVICE_EVENT,
    SERVICE_EVENT_SOURCES,
    SERVICE_EVENTS,
    SIGN_IN_RESULT,
    SOURCE,
    USER_ARN,
    USER_ARN_OR_NONE,
    USER_NAME,
    Allowed,
    Fact,
    Path,
)
from scanner.pattern.coverage.search.components import Component, unseen
from scanner.pattern.coverage.search.counterexample import able
from scanner.pattern.coverage.search.vectors import UNWITNESSED, Group, Option
from scanner.pattern.matching.regex_search import searcher
from scanner.pattern.matching.values import MISSING

Context = Mapping[Path, Any]
"""Values of fields known so far, ``MISSING`` for an absent one; a field that is not in it may hold anything."""

_NO_RESULT = GONE
_RESULT = Allowed(only=("Success", "Failure"))
_TYPED = Allowed(only=IDENTITY_TYPES)
_DEPENDENTS: Mapping[Path, frozenset[Path]] = {
    NAME: frozenset(),
    EVENT_TYPE: frozenset({IDENTITY_TYPE, SOURCE, INVOKED_BY, ARN, USER_NAME}),
    IDENTITY_TYPE: frozenset({ARN, USER_NAME, *ISSUER_FIELDS}),
    SIGN_IN_RESULT: frozenset({ERROR_MESSAGE, ARN, USER_NAME}),
}
"""The fields that decide what others may hold, in the order in which they are chosen, and those others.

Such a field is chosen even when no filter looks at it, once it ties two fields together that are looked at.
"""


@dataclass(slots=True)
class Domain:
    """The values fields may take in what CloudTrail delivers; a ``Choices`` of the search.

    ``without`` names facts to leave out: a key of ``RELATIONS``, or a field's path joined by dots.
    """

    without: frozenset[str] = frozenset()
    _options: dict[tuple[int, Path, Hashable], tuple[Option, ...]] = field(default_factory=dict)
    _able: dict[tuple[int, Path, Hashable, int], Sequence[Option]] = field(default_factory=dict)
    _unseen: dict[Path, Component] = field(default_factory=dict)

    def hubs(self, present: Sequence[Component]) -> list[Component]:
        """Name, event type, identity type and sign-in result: they decide what other fields hold."""
        seen = {component.path: component for component in present if component.group is not None}
        tangled = [component.path for component in present if component.group is None]
        hubs = []
        for path, dependents in _DEPENDENTS.items():
            if path in seen:
                hubs.append(seen[path])
            elif len(dependents & seen.keys()) > 1 and not any(_touch(path, each) for each in tangled):
                hubs.append(self._unseen.setdefault(path, unseen(path)))
        return hubs

    def key(self, component: Component, context: Context) -> Hashable:
        """What the component's field may hold; None for any value."""
        return None if component.group is None else self.allowed(component.path, context)

    def options(self, component: Component, key: Hashable) -> Sequence[Option]:
        """The options of a component under ``key``; names that differ in what is known of them are kept apart."""
        if not isinstance(key, Allowed) or component.group is None:
            return component.options
        remember = (component.mask, component.path, key)
        found = self._options.get(remember)
        if found is None:
            found = self._options[remember] = tuple(self._enumerate(component, key))
        return found

    def able(self, component: Component, wanted: int, key: Hashable) -> Sequence[Option]:
        """Those of them that make all of ``wanted`` true; asked for again and again with other fields' values."""
        remember = (component.mask, component.path, key, wanted)
        found = self._able.get(remember)
        if found is None:
            found = self._able[remember] = able(self.options(component, key), wanted)
        return found

    def allowed(self, path: Path, context: Context) -> Allowed | None:
        """What the field at ``path`` may hold, given what is known of others; None when the model does not say."""
        if path in _COUPLED:
            coupled = _COUPLED[path](self, context)
            if coupled is not None:
                return coupled
        elif path in ISSUER_FIELDS and "identity" not in self.without:
            identity = context.get(IDENTITY_TYPE)
            if _is(identity, "Root", "IAMUser"):
                return GONE
            if _is(identity, "AssumedRole"):
                return ALWAYS_TEXT
        if path not in FIELDS or ".".join(path) in self.without:
            return None
        return FIELDS[path][0]

    def admits(self, values: Context) -> bool:
        """Whether fields can have these values together (``MISSING`` for an absent one)."""
        if _is(values.get(NAME), *RETIRED) and "retired" not in self.without:
            return False
        return all(_admits(self.allowed(path, values), value) for path, value in values.items())

    def is_sign_in(self, context: Context) -> bool | None:
        """Whether the event is a ConsoleLogin, None when that is open."""
        if _is(context.get(NAME), CONSOLE_LOGIN):
            return True
        if "result" not in self.without and isinstance(context.get(SIGN_IN_RESULT), str):
            return True
        if NAME in context or context.get(SIGN_IN_RESULT) is MISSING:
            return False
        return None

    def event_types(self, context: Context) -> tuple[str, ...]:
        """The event types that are possible for what is known of name, source and sign-in result."""
        name, source = context.get(NAME), context.get(SOURCE)
        if "sign-in" not in self.without and (_is(name, *SIGN_IN_NAMES) or self.is_sign_in(context)):
            return (CONSOLE_SIGN_IN,)
        types = self._types_of_call(name, source)
        if SOURCE in context and source != SIGN_IN and "sign-in-source" not in self.without:
            return tuple(each for each in types if each != CONSOLE_SIGN_IN)
        return types

    def _types_of_call(self, name: Any, source: Any) -> tuple[str, ...]:
        known = api_name(name) if isinstance(name, str) else None
        if known is None or name in SIGN_IN_NAMES or "api-call" in self.without:
            return EVENT_TYPES
        served = _service_event_sources(name, known)
        also = bool(served) if "sources" in self.without or not isinstance(source, str) else source in served
        return (API_CALL, SERVICE_EVENT) if also else (API_CALL,)

    def type_is(self, wanted: str, context: Context) -> bool | None:
        """Whether the event is of a type; None when it may be and may not be."""
        if EVENT_TYPE in context:
            return bool(context[EVENT_TYPE] == wanted)
        types = self.event_types(context)
        return None if wanted in types and len(types) > 1 else wanted in types

    def knows_caller(self, context: Context) -> bool:
        """Whether the event is not a sign-in, or one that succeeded: an unfinished sign-in may lack who it is."""
        return context.get(SIGN_IN_RESULT) == "Success" or self.type_is(CONSOLE_SIGN_IN, context) is False

    def _enumerate(self, component: Component, allowed: Allowed) -> list[Option]:
        group = component.group
        if group is None:
            return list(component.options)
        found = [Option(group.evaluate(text), text) for text in allowed.only]
        if allowed.shape:
            found.extend(group.shaped(allowed.shape))
        elif allowed.text:
            found.extend(group.literals[1:])
            found.extend(group.other_strings)
        if "empty" in allowed.besides:
            found.append(group.literals[0])
        found.extend(option for option in group.constants if _kind(option.value) in allowed.besides)
        if component.path == NAME:
            return self._names(group, found)
        return _different(found) if component.path == IDENTITY_TYPE else found

    def _names(self, group: Group, options: list[Option]) -> list[Option]:
        """One event name for each vector and what is known of the name, and a name of which nothing is known.

        A name found by a wildcard or regex represents all names that satisfy the same conditions; should it happen to
        be the name of an API call, another one has to represent the names that are not. The sign-in names are tried
        besides, as they decide more than their event source.
        """
        options = [*options, *(Option(group.evaluate(name), name) for name in sorted(SIGN_IN_NAMES))]
        if "retired" not in self.without:
            options = [option for option in options if option.value not in RETIRED]
        options.extend(
            Option(option.vector, _unknown_name(group, option))
            for option in group.other_strings
            if api_name(option.value)
        )
        kept: dict[tuple[int, ApiName | None, bool, str | None], Option] = {}
        for option in options:
            name = option.value
            known = api_name(name) if isinstance(name, str) else None
            kept.setdefault((option.vector, known, name == CONSOLE_LOGIN, SERVICE_EVENTS.get(name)), option)
        return list(kept.values())

    def facts(self, present: Sequence[Component]) -> dict[str, Fact]:
        """The facts that bear on these fields, by the name under which ``without`` leaves them out."""
        paths = {component.path for component in present if component.group is not None}
        found = {".".join(path): FIELDS[path][1] for path in FIELDS if path in paths}
        return found | {name: fact for name, fact in RELATIONS.items() if BEARS_ON[name] & paths}


def _service_event_sources(name: str, known: ApiName) -> tuple[str, ...]:
    """The event sources that write service events under this API name."""
    own = (SERVICE_EVENTS[name],) if name in SERVICE_EVENTS else ()
    return tuple(dict.fromkeys((*own, *(source for source in known.sources if source in SERVICE_EVENT_SOURCES))))


def _source(domain: Domain, context: Context) -> Allowed | None:
    name = context.get(NAME)
    known = api_name(name) if isinstance(name, str) else None
    if isinstance(name, str) and known is not None and "sources" not in domain.without:
        served = _service_event_sources(name, known)
        if context.get(EVENT_TYPE) == SERVICE_EVENT and "api-call" not in domain.without:
            return Allowed(only=served)
        return Allowed(only=tuple(dict.fromkeys((*known.sources, *served))))
    if "sign-in-source" not in domain.without and (
        domain.is_sign_in(context) or domain.type_is(CONSOLE_SIGN_IN, context) is True
    ):
        return Allowed(only=(SIGN_IN,))
    return None


def _read_only(domain: Domain, context: Context) -> Allowed | None:
    name = context.get(NAME)
    known = api_name(name) if isinstance(name, str) else None
    if known is None or known.read_only is None or "read-only" in domain.without:
        return None
    return Allowed(besides=("true" if known.read_only else "false",))


def _event_type(domain: Domain, context: Context) -> Allowed | None:
    types = domain.event_types(context)
    return None if types == EVENT_TYPES else Allowed(only=types)


def _identity_type(domain: Domain, context: Context) -> Allowed | None:
    open_ = domain.type_is(SERVICE_EVENT, context) is not False
    return None if open_ or "type" in domain.without else _TYPED


def _invoked_by(domain: Domain, context: Context) -> Allowed | None:
    if "not-invoked" in domain.without:
        return None
    return GONE if domain.is_sign_in(context) or domain.type_is(CONSOLE_SIGN_IN, context) is True else None


def _sign_in_result(domain: Domain, context: Context) -> Allowed | None:
    if "result" in domain.without:
        return None
    if NAME in context:
        return _RESULT if context[NAME] == CONSOLE_LOGIN else _NO_RESULT
    return _NO_RESULT if domain.type_is(CONSOLE_SIGN_IN, context) is False else None


def _error_message(domain: Domain, context: Context) -> Allowed | None:
    if "message" in domain.without or domain.is_sign_in(context) is not True:
        return None
    if context.get(SIGN_IN_RESULT) == "Success":
        return GONE
    return ALWAYS_TEXT if context.get(SIGN_IN_RESULT) == "Failure" else None


def _arn(domain: Domain, context: Context) -> Allowed | None:
    identity = context.get(IDENTITY_TYPE)
    if identity == "Root" and "root-arn" not in domain.without:
        return ROOT_ARN
    if identity == "AssumedRole" and "role-arn" not in domain.without:
        return ROLE_ARN
    if identity == "IAMUser" and "user-arn" not in domain.without:
        return USER_ARN if domain.knows_caller(context) else USER_ARN_OR_NONE
    return None


def _user_name(domain: Domain, context: Context) -> Allowed | None:
    needed = context.get(IDENTITY_TYPE) == "IAMUser" and domain.knows_caller(context)
    return ALWAYS_TEXT if needed and "user-name" not in domain.without else None


_COUPLED: Mapping[Path, Callable[[Domain, Context], Allowed | None]] = {
    SOURCE: _source,
    READ_ONLY: _read_only,
    EVENT_TYPE: _event_type,
    IDENTITY_TYPE: _identity_type,
    INVOKED_BY: _invoked_by,
    SIGN_IN_RESULT: _sign_in_result,
    ERROR_MESSAGE: _error_message,
    ARN: _arn,
    USER_NAME: _user_name,
}


def _is(value: Any, *texts: str) -> bool:
    return isinstance(value, str) and value in texts


def _touch(one: Path, other: Path) -> bool:
    """Whether one field lies in the other."""
    return one[: len(other)] == other or other[: len(one)] == one


def _admits(allowed: Allowed | None, value: Any) -> bool:
    if allowed is None:
        return True
    if not isinstance(value, str):
        return _kind(value) in allowed.besides
    if not value:
        return "empty" in allowed.besides
    return value in allowed.only or (allowed.text and (not allowed.shape or searcher(allowed.shape)(value)))


def _different(options: Sequence[Option]) -> list[Option]:
    """One identity type for each vector and each kind of identity that the model tells apart."""
    kept: dict[tuple[int, Any], Option] = {}
    for option in options:
        known = option.value if _is(option.value, "Root", "IAMUser", "AssumedRole") else option.value is MISSING
        kept.setdefault((option.vector, known), option)
    return list(kept.values())


def _unknown_name(group: Group, option: Option) -> Any:
    """A name like that of ``option`` to the conditions, but not of an API call."""
    word: str = option.value
    for place in range(len(word), -1, -1):
        for letter in ("s", "X", "0"):
            name = word[:place] + letter + word[place:]
            if api_name(name) is None and group.evaluate(name) == option.vector:
                return name
    return UNWITNESSED


def _kind(value: Any) -> str:
    """The kind of a value that is not a string, as ``Allowed.besides`` names it."""
    if value is MISSING:
        return "missing"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "object" if isinstance(value, dict) else "array" if isinstance(value, list) else "number"
