"""What a finding about a resource says: its label, and templates filled in with what was observed."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import TypeGuard

from scanner.arns import parse_arn
from scanner.content.templates import FOUND
from scanner.facts.rows import Row
from scanner.model import JsonValue

INSERT = re.compile(r"\{(\$?[A-Za-z][A-Za-z0-9_.]*)(?:\|([^{}|]*))?\}")
"""``{Field}``, ``{Field.Member}`` or ``{$parameter}``, each with the text for when there is none: ``{Field|never}``."""

_COUNTED = re.compile(INSERT.pattern + r"( (?:days|events|hours|minutes|seconds))?( are)?")
"""An insert with the noun that counts it and its verb, which follow the number: "1 day is required"."""

_LONGEST_TEXT = 1000


_ABBREVIATIONS = frozenset({"vpc"})
"""Names of resource types that are written in capitals."""


def noun(resource: str) -> str:
    """What a resource type is called in a sentence: ``s3.log_bucket`` is a "log bucket"."""
    name = resource.partition(".")[2].replace("_", " ")
    return name.upper() if name in _ABBREVIATIONS else name


def label(row: Row) -> str:
    """The resource in a sentence: "Trail main (us-east-1)"."""
    if not row.region and row.id == row.account:
        return f"Account {row.account}"
    arn = parse_arn(row.id)
    name = re.split("[:/]", arn.resource, maxsplit=1)[-1] if arn else row.id
    where = f" ({row.region})" if row.region else ""
    called = noun(row.type)
    return f"{called[:1].upper()}{called[1:]} {name}{where}"


def filled(template: str, row: Row, parameters: Mapping[str, JsonValue], found: JsonValue = None) -> str:
    """The template with its fields and parameters replaced by their values, and ``{found}`` by ``found``.

    A field that could not be read is "unknown"; one that is null or empty is the text behind its ``|``, else "none".
    Days, hours and the like that follow a 1 are put in the singular.
    """

    def inserted(match: re.Match[str]) -> str:
        name, otherwise, noun, verb = match[1], match[2], match[3] or "", match[4] or ""
        value: JsonValue = row.data
        if name.startswith("$"):
            value = parameters.get(name[1:])
        elif name == FOUND:
            value = found
        else:
            for step in name.split("."):
                if value is row.data and step in row.gaps:
                    return f"unknown{noun}{verb}"
                value = value.get(step) if isinstance(value, Mapping) else None
        if value == 1 and not isinstance(value, bool):
            noun, verb = noun.removesuffix("s"), " is" if verb else ""
        return f"{shown_value(value, otherwise)}{noun}{verb}"

    return _COUNTED.sub(inserted, template)


def shown_value(value: JsonValue, otherwise: str | None = None) -> str:
    """A value in a sentence: lists in full, one text up to a length that is said."""
    if value is None or value in ("", [], {}):
        return "none" if otherwise is None else otherwise
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _bounded(value)
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        return ", ".join(shown_value(item) for item in value)
    if _is_flat(value):
        return ", ".join(_members(value))
    if isinstance(value, list) and all(map(_is_flat, value)):
        return "; ".join(shown_value(item) for item in value)
    return _bounded(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str))


def _is_flat(value: JsonValue) -> TypeGuard[Mapping[str, JsonValue]]:
    return isinstance(value, Mapping) and all(_is_plain(member) for member in value.values())


def _is_plain(value: JsonValue) -> bool:
    return value is None or isinstance(value, str | int | float)


def _members(value: Mapping[str, JsonValue]) -> Iterator[str]:
    return (f"{name} {shown_value(value[name])}" for name in sorted(value))


def _bounded(text: str) -> str:
    if len(text) <= _LONGEST_TEXT:
        return text
    return f"{text[:_LONGEST_TEXT]}… (the first {_LONGEST_TEXT} of {len(text)} characters; the evidence has all of it)"
