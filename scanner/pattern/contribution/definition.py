"""The definition of a Contributor Insights rule, read and proved.

Source: CloudWatch User Guide, "Contributor Insights rule syntax in CloudWatch".
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

from scanner.errors import UsageError

MOST_KEYS = 4
MOST_FILTERS = 4
MOST_VALUES = 10
"""Values in the list of one filter at most."""

MOST_CHARACTERS = 8192
"""Length of a definition at most (CloudWatch API reference, ``PutInsightRule``)."""

SCHEMA = "CloudWatchLogRule"

_PAGE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html"
_HINT = f"See {_PAGE}."
_MEMBERS = ("Schema", "LogGroupNames", "LogGroupARNs", "LogFormat", "Fields", "Contribution", "AggregateOn")
_CONTRIBUTION = ("Keys", "ValueOf", "Filters")
_LISTING = ("In", "NotIn", "StartsWith")
_COMPARING = ("GreaterThan", "LessThan", "EqualTo", "NotEqualTo")
_PRESENCE = "IsPresent"
OPERATORS = (*_LISTING, *_COMPARING, _PRESENCE)

_STEP = re.compile(r"\.([A-Za-z0-9_@-]+)|\[([0-9]{1,9})\]")
_PROPERTY = re.compile(rf"\$(?:{_STEP.pattern})+")
_COLUMN = re.compile(r"[1-9][0-9]{0,3}")

Path = tuple[str | int, ...]
"""The names and places in arrays that lead to a value."""


class LogFormat(StrEnum):
    """How log events are written."""

    JSON = "JSON"
    CLF = "CLF"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: what ``operator`` asks of the field at ``path``; ``asked`` is a list, a number, true or false."""

    label: str
    path: Path
    operator: str
    asked: tuple[str, ...] | float | bool


@dataclass(frozen=True, slots=True)
class Key:
    """A field by which contributors are told apart, and how the rule writes it."""

    label: str
    path: Path


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole rule; ``value_of`` is the field that is added up, None where occurrences are counted."""

    groups: tuple[str, ...]
    group_arns: tuple[str, ...]
    log_format: LogFormat
    keys: tuple[Key, ...]
    filters: tuple[Filter, ...]
    value_of: Key | None


def read_definition(text: str, name: str) -> Definition:
    """The rule in a text; ``name`` is the file it comes from.

    Raises UsageError: one sentence with the place, what was expected and what is there.
    """
    return _Reading(name).definition(_parsed(text, name))


def _parsed(text: str, name: str) -> Any:
    if len(text) > MOST_CHARACTERS:
        found = f"{len(text):,} characters"
        raise UsageError(
            f"{name}: expected a definition of at most {MOST_CHARACTERS:,} characters, found {found}.", _HINT
        )
    try:
        return json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = f"{name}:{error.lineno}:{error.colno}"
        raise UsageError(
            f"{place}: expected a JSON object, found text that is not JSON ({error.msg}).", _HINT
        ) from error
    except _RepeatedError as error:
        raise UsageError(f"{name}: expected each member once, found {error} twice.", _HINT) from error
    except RecursionError as error:
        raise UsageError(f"{name}: expected a JSON object, found one nested too deep.", _HINT) from error


def _no_constant(word: str) -> float:
    """Refuse ``NaN`` and ``Infinity``, which are not JSON."""
    raise json.JSONDecodeError("Not a JSON value", word, 0)


class _RepeatedError(Exception):
    """A member is there twice."""


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedError(next(name for name in names if names.count(name) > 1))
    return found


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads one definition and says what is wrong in it by its place."""

    name: str

    def wrong(self, place: str, expected: str, found: Any) -> UsageError:
        return UsageError(f"{self.name}: {place}: expected {expected}, found {_shown(found)}.", _HINT)

    def definition(self, document: Any) -> Definition:
        whole = self._object(document, "$", _MEMBERS)
        schema = self._object(whole.get("Schema"), "$.Schema", ("Name", "Version"))
        if dict(schema) != {"Name": SCHEMA, "Version": 1}:
            raise self.wrong("$.Schema", f'{{"Name": "{SCHEMA}", "Version": 1}}', dict(schema))
        names, arns = (self._texts(whole.get(each), f"$.{each}") for each in ("LogGroupNames", "LogGroupARNs"))
        if bool(names) == bool(arns):
            raise self.wrong("$", "LogGroupNames or LogGroupARNs, and not both", "both" if names else "neither")
        log_format = self._one_of(whole.get("LogFormat"), "$.LogFormat", list(LogFormat))
        aliases = self._fields(whole.get("Fields"), log_format)
        contribution = self._object(whole.get("Contribution"), "$.Contribution", _CONTRIBUTION)
        return Definition(
            names,
            arns,
            LogFormat(log_format),
            self._keys(contribution.get("Keys"), aliases),
            tuple(self._filters(contribution.get("Filters"), aliases)),
            self._value_of(whole.get("AggregateOn"), contribution.get("ValueOf"), aliases),
        )

    def _object(self, value: Any, place: str, members: Collection[str]) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self.wrong(place, f"an object with {_either(members)}", value)
        unknown = [name for name in value if name not in members]
        if unknown:
            raise self.wrong(place, f"no other members than {_either(members)}", unknown[0])
        return value

    def _texts(self, value: Any, place: str) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
            raise self.wrong(place, "a list of texts", value)
        return tuple(value)

    def _one_of(self, value: Any, place: str, choices: Collection[str]) -> str:
        if not isinstance(value, str) or value not in choices:
            raise self.wrong(place, _either(choices), value)
        return value

    def _fields(self, value: Any, log_format: str) -> Mapping[str, Path] | None:
        """The aliases of the columns of a CLF log; None for a JSON log, which has no columns."""
        if log_format == LogFormat.JSON:
            if value is not None:
                raise self.wrong("$.Fields", "nothing, because LogFormat is JSON", value)
            return None
        columns = value if value is not None else {}
        if not isinstance(columns, Mapping) or not all(map(_is_column, columns.items())):
            raise self.wrong("$.Fields", 'names by column, such as {"4": "IpAddress"}', value)
        return {str(alias): (int(number) - 1,) for number, alias in columns.items()}

    def _property(self, value: Any, place: str, aliases: Mapping[str, Path] | None) -> Key:
        if aliases is None:
            if not isinstance(value, str) or not _PROPERTY.fullmatch(value):
                raise self.wrong(place, "a property such as $.userIdentity.arn", value)
            steps = _STEP.findall(value[1:])
            return Key(value, tuple(int(index) if index else name for name, index in steps))
        if isinstance(value, str) and value in aliases:
            return Key(value, aliases[value])
        if isinstance(value, str) and _COLUMN.fullmatch(value):
            return Key(value, (int(value) - 1,))
        raise self.wrong(place, "the number of a column or its name in Fields", value)

    def _keys(self, value: Any, aliases: Mapping[str, Path] | None) -> tuple[Key, ...]:
        place = "$.Contribution.Keys"
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_KEYS:
            raise self.wrong(place, f"a list of 1 to {MOST_KEYS} properties", value)
        return tuple(self._property(each, f"{place}[{number}]", aliases) for number, each in enumerate(value))

    def _value_of(self, aggregate: Any, value: Any, aliases: Mapping[str, Path] | None) -> Key | None:
        place = "$.Contribution.ValueOf"
        if self._one_of(aggregate, "$.AggregateOn", ("Count", "Sum")) == "Count":
            if value is not None:
                raise self.wrong(place, "nothing, because AggregateOn is Count", value)
            return None
        return self._property(value, place, aliases)

    def _filters(self, value: Any, aliases: Mapping[str, Path] | None) -> Iterator[Filter]:
        place = "$.Contribution.Filters"
        if value is not None and (not isinstance(value, list) or len(value) > MOST_FILTERS):
            raise self.wrong(place, f"a list of at most {MOST_FILTERS} filters", value)
        for number, each in enumerate(value or ()):
            yield self._filter(each, f"{place}[{number}]", aliases)

    def _filter(self, value: Any, place: str, aliases: Mapping[str, Path] | None) -> Filter:
        whole = self._object(value, place, ("Match", *OPERATORS))
        named = [name for name in whole if name != "Match"]
        if len(named) != 1 or "Match" not in whole:
            raise self.wrong(place, f"Match and one of {_either(OPERATORS)}", value)
        field, operator = self._property(whole["Match"], f"{place}.Match", aliases), named[0]
        asked = self._asked(operator, whole[operator], f"{place}.{operator}")
        return Filter(field.label, field.path, operator, asked)

    def _asked(self, operator: str, value: Any, place: str) -> tuple[str, ...] | float | bool:
        if operator in _LISTING:
            texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
            if not texts or not 1 <= len(value) <= MOST_VALUES:
                raise self.wrong(place, f"a list of 1 to {MOST_VALUES} texts", value)
            return tuple(value)
        if operator == _PRESENCE:
            if not isinstance(value, bool):
                raise self.wrong(place, "true or false", value)
            return value
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise self.wrong(place, "a number", value)
        return value


def _is_column(item: tuple[Any, Any]) -> bool:
    number, alias = item
    return isinstance(number, str) and _COLUMN.fullmatch(number) is not None and isinstance(alias, str) and bool(alias)


def _either(names: Collection[str]) -> str:
    *before, last = names
    return f"{', '.join(before)} or {last}" if before else last


def _shown(value: Any) -> str:
    """What was found, in short."""
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value or "an empty text"
    return text if len(text) <= 80 else f"{text[:77]}..."
