"""The JSON Schemas of our files, and what a document does wrong against one of them, in sentences.

The schemas (draft 2020-12) serve editors as well: ``description`` explains a key, ``errorMessage`` says in
words what a value must look like.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from scanner.documents import Document, Mark
from scanner.errors import ContentError
from scanner.model import JsonValue
from scanner.wording import did_you_mean, shown

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

_TOLD_APART_BY = "check"
_ANNOTATIONS = frozenset({"description", "title", "errorMessage", "examples"})
"""Keys of a schema that check nothing."""

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def require(document: Document, schema: str, definition: str = "") -> None:
    """Raise a ContentError with everything that is wrong with a document against ``<schema>.schema.json``."""
    problems = problems_of(document, schema, definition)
    if problems:
        raise ContentError(problems)


def problems_of(document: Document, schema: str, definition: str = "") -> tuple[str, ...]:
    """Every mistake as ``file:line:column: sentence``, in the order of the file.

    ``definition`` names one of the schema's ``$defs`` to check against instead of its root.
    """
    return tuple(dict.fromkeys(fault.problem for fault in faults_of(document, schema, definition)))


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One mistake: where it is, how it is told, and the value that it is about (keys and places from the top)."""

    line: int
    column: int
    problem: str
    pointer: tuple[str | int, ...] = field(compare=False)


def faults_of(document: Document, schema: str, definition: str = "") -> tuple[Fault, ...]:
    """Every mistake in the order of the file; ``definition`` as for ``problems_of``."""
    found: list[Fault] = []
    for error in _validator(schema, definition, _kind_of(document.value)).iter_errors(document.value):
        pointer = tuple(error.absolute_path)
        for mark, sentence in _sentences(document, error):
            found.append(Fault(mark.line, mark.column, document.problem_at(mark, sentence), pointer))
    return tuple(sorted(found))


def misfit(value: JsonValue, schema: str) -> str:
    """What is first wrong with plain data against ``<schema>.schema.json``, with its place; "" when it fits."""
    error = next(iter(_validator(schema, "").iter_errors(value)), None)
    return "" if error is None else f"{_name(list(error.absolute_path))}: {error.message[:200]}"


def schema_text(schema: str) -> str:
    """The text of ``<schema>.schema.json``."""
    return files("scanner.schemas").joinpath(f"{schema}.schema.json").read_text(encoding="utf-8")


def _kind_of(value: JsonValue) -> str:
    """The member ``check`` of a document, by which the kinds of rules are told apart; "" without one."""
    kind = value.get(_TOLD_APART_BY) if isinstance(value, Mapping) else ""
    return kind if isinstance(kind, str) else ""


@cache
def _validator(schema: str, definition: str, kind: str = "") -> "Validator":
    from jsonschema import Draft202012Validator  # late: shipped content is not validated again

    root = json.loads(schema_text(schema))
    if definition:
        root = {"$schema": root["$schema"], "$defs": root["$defs"], "$ref": f"#/$defs/{definition}"}
    if kind and "allOf" in root:
        root = {**root, "allOf": [branch for branch in root["allOf"] if not _is_of_another_kind(branch, kind)]}
    return Draft202012Validator(_inlined(root, root["$defs"], frozenset()) if "$defs" in root else root)


def _is_of_another_kind(branch: Mapping[str, Any], kind: str) -> bool:
    """Whether a branch asks for another kind first, which then need not be asked of each document anew."""
    asked = branch.get("if", {}).get("properties", {}).get(_TOLD_APART_BY, {}).get("const", kind)
    return asked != kind and "else" not in branch


def _inlined(part: Any, definitions: Mapping[str, Any], within: frozenset[str]) -> Any:
    """The part with definitions in place of what refers to them: looking each up took a sixth of the time of checking.

    A definition that refers to itself is left as it is, and so is a reference with more beside it than words.
    """
    if isinstance(part, list):
        return [_inlined(each, definitions, within) for each in part]
    if not isinstance(part, Mapping):
        return part
    name = str(part.get("$ref", "")).removeprefix("#/$defs/")
    if name in definitions and name not in within and part.keys() <= {"$ref", *_ANNOTATIONS}:
        return _inlined(definitions[name], definitions, within | {name})
    return {key: _inlined(value, definitions, within) for key, value in part.items()}


def _sentences(document: Document, error: "ValidationError") -> Iterator[tuple[Mark, str]]:
    pointer = list(error.absolute_path)
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    if error.validator == "additionalProperties":
        for key in _unknown_keys(error):
            hint = did_you_mean(key, schema.get("properties", {}))
            yield document.key_mark(pointer, key), f"the key {shown(key)} is not known here.{hint}"
    elif error.validator == "required":
        needed: Sequence[str] = cast("Sequence[str]", error.validator_value)
        missing = [key for key in needed if key not in cast("Mapping[str, Any]", error.instance)]
        yield document.mark(pointer), f"{_name(pointer)} lacks the key{'s' * (len(missing) > 1)} {_listed(missing)}"
    elif error.validator == "not":  # the key belongs to another kind of check
        key = str(pointer[-1])
        yield document.key_mark(pointer[:-1], key), f"the key {shown(key)} does not belong here"
    elif error.validator == "propertyNames" or "propertyNames" in error.absolute_schema_path:
        key = str(error.instance)
        yield document.key_mark(pointer, key), f"the key {shown(key)} {_expectation(error, schema)}"
    else:
        yield document.mark(pointer), f"{_name(pointer)} {_expectation(error, schema)}"


def _unknown_keys(error: "ValidationError") -> list[str]:
    known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
    return [key for key in cast("Mapping[str, Any]", error.instance) if key not in known]


def _expectation(error: "ValidationError", schema: Mapping[str, Any]) -> str:
    """What the value should have been: ``must be …, not …``."""
    value: Any = error.validator_value
    refused: Any = error.instance
    instance = shown(refused)
    if error.validator == "oneOf":
        return f"must hold exactly one of the keys {_listed([key for one in value for key in one['required']])}"
    if error.validator == "maxLength":
        return _WORDS["maxLength"].format(value=value)
    if "errorMessage" in schema:
        if error.validator == "pattern" and str(refused) != str(refused).strip() != "":
            return f"{schema['errorMessage']}, without a space before or after it, not {instance}"
        quotes = _quotes(value, error.instance) if error.validator == "type" else ""
        return f"{schema['errorMessage']}, not {instance}{quotes}"
    match error.validator:
        case "type":
            return f"must be {_kinds(value)}, not {instance}{_quotes(value, error.instance)}"
        case "enum":
            hint = did_you_mean(error.instance, map(str, value)) if isinstance(error.instance, str) else ""
            return f"must be one of {_listed(value)}, not {instance}.{hint}"
        case "minLength" | "minItems" | "minProperties" if value == 1:
            return "must not be empty"
    words = _WORDS.get(str(error.validator))
    return (
        words.format(value=value, shown=shown(value), instance=instance) if words else f"is not valid: {error.message}"
    )


_WORDS: Mapping[str, str] = {
    "const": "must be {shown}, not {instance}",
    "minLength": "must hold at least {value} characters",
    "minItems": "must hold at least {value} entries",
    "minProperties": "must hold at least {value} keys",
    "maxLength": "must hold at most {value} characters",
    "maxItems": "must hold at most {value} entries",
    "minimum": "must be at least {value}, not {instance}",
    "maximum": "must be at most {value}, not {instance}",
    "uniqueItems": "must not hold the same value twice",
    "pattern": "does not have the expected form {value}: {instance}",
}
"""What is said when a plain bound of a schema is not kept."""


def _kinds(kinds: str | Sequence[str]) -> str:
    return " or ".join(_KINDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _quotes(kinds: str | Sequence[str], instance: Any) -> str:
    wants_text = kinds == "string" or (not isinstance(kinds, str) and "string" in kinds)
    return "; put it in quotes" if wants_text and isinstance(instance, int | float) else ""


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(shown(value) for value in values)


def _name(pointer: Sequence[str | int]) -> str:
    """A pointer as authors write it: ``controls[3].rules[0]``."""
    text = ""
    for step in pointer:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text or "the file"
