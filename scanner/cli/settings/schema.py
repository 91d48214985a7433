"""The JSON Schema of the configuration file, made of the options themselves: neither can lack what the other has."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import click

from scanner.cli.settings.commands import APART, COMMANDS, PRESETS, Settable

Members = dict[str, Any]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def configuration_schema(commands: Mapping[str, Settable]) -> str:
    """The schema as JSON text with a final newline."""
    tables = {name: {"$ref": f"#/$defs/{name}"} for name in COMMANDS}
    shared = {**_shared(commands.values()), **tables}
    document = {
        "$schema": _DRAFT,
        "title": "Trailwitness configuration",
        "description": "Options of trailwitness in .trailwitness.yaml. A key at the top counts for each command that "
        "has the option.",
        **_table({**shared, PRESETS: _presets()}),
        "$defs": {
            "preset": _table(shared) | {"description": "Options under a name, chosen with --preset NAME."},
            **{name: _of(each) for name, each in commands.items()},
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _presets() -> Members:
    return {
        "description": "Options by the name of the preset that holds them.",
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/preset"},
    }


def _of(each: Settable) -> Members:
    options = {key: _schema(option) for key, option in sorted(each.options.items())}
    return _table(options) | {"description": f"Options of trailwitness {each.command} alone."}


def _table(properties: Members) -> Members:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _shared(commands: Iterable[Settable]) -> Members:
    """The options that may be set for several commands at once; one that differs among them may be as any has it."""
    found: dict[str, dict[str, Members]] = {}
    for each in commands:
        for key, option in each.options.items():
            if key not in APART:
                one = _schema(option)
                shape = json.dumps({name: value for name, value in one.items() if name != "description"})
                found.setdefault(key, {}).setdefault(shape, one)
    alike = {key: list(shapes.values()) for key, shapes in sorted(found.items())}
    return {key: shapes[0] if len(shapes) == 1 else {"anyOf": shapes} for key, shapes in alike.items()}


def _schema(option: click.Option) -> Members:
    context = click.Context(click.Command("trailwitness"))
    record = option.get_help_record(context)
    told = {"description": record[1]} if record is not None and record[1] else {}
    if option.is_flag:
        return {**told, "type": "boolean"}
    one = _one(option.type)
    if not option.multiple:
        return {**told, **one}
    return {**told, "oneOf": [one, {"type": "array", "items": one}]}


def _one(kind: Any) -> Members:
    """What one value may be."""
    if isinstance(kind, click.Choice):
        return {"type": "string", "enum": list(map(str, kind.choices))}
    if isinstance(kind, click.IntRange):
        bounds = {"minimum": kind.min, "maximum": kind.max}
        return {"type": "integer", **{name: bound for name, bound in bounds.items() if bound is not None}}
    return {"type": "integer"} if isinstance(kind, click.types.IntParamType) else {"type": "string"}
