"""Rule files: read, checked whole, and turned into rules; a wrong rule is an error, never a failed rule.

A rules folder holds ``<area>/<name>.yaml`` (one rule each, id ``area.name``) with its cases beside it in
``<name>.test.yaml``. Files and folders that begin with ``_`` are shared by cases and hold no rule. Rules are data:
reading a folder of unknown origin runs nothing of it.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from scanner.content import content_files, shipped
from scanner.documents import Document, did_you_mean, read_document, shown
from scanner.errors import ContentError, PatternError, UsageError
from scanner.expressions import WHOLE_ROW, compile_expression, fields, parameters_of
from scanner.model import (
    Check,
    JsonValue,
    Outcome,
    Parameter,
    ResourceCheck,
    RouteCheck,
    Rule,
    RuleId,
    Severity,
)
from scanner.parameters import value_problem
from scanner.pattern import parse
from scanner.schemas import problems_of

CASES = ".test.yaml"
CALLS = ".calls.yaml"
DEFAULT_PACKS = ("core",)

Resources = Mapping[str, Collection[str]]
"""The fields of every resource type by its name."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_FIELD_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


def load_rules(
    folders: Sequence[Path] | None = None,
    *,
    with_shipped: bool = True,
    known_resources: Resources | None = None,
) -> tuple[Rule, ...]:
    """The shipped rules, extended and overridden by the rules of ``folders`` in their order; sorted by id.

    A rule in a later folder replaces the rule of the same id. ``known_resources`` lets the check know which
    resource types and fields exist. Raises ContentError with every mistake of every file at once, and UsageError
    for a folder without rules.
    """
    rules: dict[RuleId, Rule] = {}
    problems: list[str] = []
    sources = [(shipped("rules"), True)] if with_shipped else []
    sources += [(folder, False) for folder in folders or ()]
    for folder, is_shipped in sources:
        try:
            found = _load_folder(folder, is_shipped=is_shipped, known_resources=known_resources)
        except ContentError as error:
            problems.extend(error.problems)
        else:
            rules.update((rule.id, rule) for rule in found)
    if problems:
        raise ContentError(problems)
    return tuple(rules[rule_id] for rule_id in sorted(rules))


def rule_files(folder: Path) -> tuple[Path, ...]:
    """The rule files of a rules folder, by relative path."""
    return content_files(folder, but=(CASES, CALLS))


def read_rule(path: Path, folder: Path, known_resources: Resources | None = None) -> Rule:
    """One rule file; raises ContentError with every mistake of the file."""
    document = read_document(path)
    _refuse(problems_of(document, "rule"))
    data: dict[str, Any] = document.value
    parameters = tuple(_parameter(name, raw) for name, raw in data.get("parameters", {}).items())
    _refuse(_parameter_problems(document, parameters))
    defaults = {parameter.name: parameter.default for parameter in parameters}
    _refuse(
        (
            *_expression_problems(document, data, defaults),
            *_pattern_problems(document, data),
            *_route_problems(document, data, parameters),
        )
    )
    rule = _rule(document, path.relative_to(folder).as_posix(), parameters)
    _refuse((*_unused_parameters(document, rule), *_resource_problems(document, rule, known_resources)))
    return rule


def select_rules(
    rules: Sequence[Rule], ids: Sequence[str] | None = None, packs: Collection[str] = DEFAULT_PACKS
) -> tuple[Rule, ...]:
    """The rules named by ``ids`` (``*`` stands for any text), or without ids the rules of ``packs``.

    A rule named by its id is selected whatever its pack. Raises UsageError when an id names nothing, when there is
    no such pack, and when nothing is left.
    """
    known_packs = {rule.pack for rule in rules} | {"core", "extended"}
    for pack in packs:
        if pack not in known_packs:
            raise UsageError(f"There is no pack {shown(pack)}.{did_you_mean(pack, known_packs)}")
    if ids is None:
        selected = [rule for rule in rules if rule.pack in packs]
    else:
        for wanted in ids:
            if not any(fnmatchcase(rule.id, wanted) for rule in rules):
                raise UsageError(f"No rule is called {shown(wanted)}.{did_you_mean(wanted, [r.id for r in rules])}")
        selected = [rule for rule in rules if any(fnmatchcase(rule.id, wanted) for wanted in ids)]
    if not selected:
        raise UsageError("No rule is selected.", "Name rules or packs that exist.")
    return tuple(selected)


def placeholders(reason: str) -> tuple[str, ...]:
    """The fields that ``{Field}`` inserts into a reason."""
    return tuple(_PLACEHOLDER.findall(reason))


def _load_folder(folder: Path, *, is_shipped: bool, known_resources: Resources | None) -> list[Rule]:
    rules: dict[RuleId, Rule] = {}
    problems: list[str] = []
    files = rule_files(folder)
    if not files:
        raise UsageError(f"{folder} holds no rule.", "A rules folder holds <area>/<name>.yaml files.")
    for path in files:
        try:
            rule = read_rule(path, folder, known_resources)
        except ContentError as error:
            problems.extend(error.problems)
            continue
        if is_shipped and rule.path != expected_path(rule.id):
            problems.append(f"{path}:1:1: the rule {rule.id} belongs into the file {expected_path(rule.id)}")
        if rule.id in rules:
            problems.append(f"{path}:1:1: the rule {rule.id} stands in {rules[rule.id].path} already")
        rules[rule.id] = rule
    if problems:
        raise ContentError(problems)
    return list(rules.values())


def expected_path(rule_id: RuleId) -> str:
    """Where a rule stands in its folder: ``area/name.yaml``."""
    area, _, name = rule_id.partition(".")
    return f"{area}/{name}.yaml"


def _refuse(problems: Iterable[str]) -> None:
    found = tuple(problems)
    if found:
        raise ContentError(found)


def _rule(document: Document, path: str, parameters: tuple[Parameter, ...]) -> Rule:
    data: dict[str, Any] = document.value
    return Rule(
        id=RuleId(data["id"]),
        title=data["title"].strip(),
        severity=Severity(data["severity"]),
        description=data["description"].strip(),
        rationale=data["rationale"].strip(),
        remediation=data["remediation"].strip(),
        references=tuple(data["references"]),
        parameters=parameters,
        check=_resource_check(data) if data["check"] == "resource" else _route_check(data),
        path=path,
        text=document.text,
        pack=data.get("pack", "core"),
    )


def _resource_check(data: Mapping[str, Any]) -> Check:
    where = data.get("where")
    return ResourceCheck(
        resource=data["resource"].strip(),
        expect=data["expect"].strip(),
        where=where.strip() if where else None,
        when_none=Outcome(data["when_none"]),
        reason=data["reason"].strip(),
        fields=fields(data["expect"]) | (fields(where) if where else frozenset()),
    )


def _route_check(data: Mapping[str, Any]) -> Check:
    return RouteCheck(
        events=data["events"],
        extended=data.get("extended"),
        accept=tuple(data["accept"]),
        max_threshold=data["alarm"]["max_threshold"],
        max_period=data["alarm"]["max_period"],
        scope=data.get("scope", "account"),
    )


def _parameter(name: str, raw: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=name,
        type=raw["type"],
        default=raw["default"],
        description=raw["description"].strip(),
        minimum=raw.get("minimum"),
        maximum=raw.get("maximum"),
        choices=tuple(raw.get("choices", ())),
    )


def _parameter_problems(document: Document, parameters: Sequence[Parameter]) -> Iterator[str]:
    for parameter in parameters:
        pointer = ("parameters", parameter.name)
        bounds = [name for name in ("minimum", "maximum") if getattr(parameter, name) is not None]
        if bounds and parameter.type != "integer":
            yield document.problem((*pointer, bounds[0]), f"{bounds[0]} is for integers, not {parameter.type}")
        if parameter.choices and parameter.type not in {"string", "strings"}:
            yield document.problem((*pointer, "choices"), f"choices are for texts, not {parameter.type}")
        elif problem := value_problem(parameter, parameter.default):
            yield document.problem((*pointer, "default"), f"the default of {parameter.name} {problem}")


def _expression_problems(
    document: Document, data: Mapping[str, Any], defaults: Mapping[str, JsonValue]
) -> Iterator[str]:
    for key in ("where", "expect"):
        if key in data:
            try:
                compile_expression(data[key], defaults)
            except UsageError as error:
                yield document.problem((key,), f"{key}: {error}")


def _pattern_problems(document: Document, data: Mapping[str, Any]) -> Iterator[str]:
    for key in ("events", "extended"):
        if key in data:
            try:
                parse(data[key])
            except PatternError as error:
                mark = document.mark_inside((key,), error.span[0])
                yield document.problem_at(mark, f"{key}: {error}")


def _route_problems(document: Document, data: Mapping[str, Any], parameters: Sequence[Parameter]) -> Iterator[str]:
    types = {parameter.name: parameter.type for parameter in parameters}
    for key, bound in data.get("alarm", {}).items():
        if isinstance(bound, str) and types.get(bound[1:]) != "integer":
            hint = did_you_mean(bound[1:], types)
            yield document.problem(("alarm", key), f"alarm.{key} names no integer parameter: {shown(bound)}.{hint}")
    if data["check"] != "route":
        return
    if ("extended" in data) != (types.get("extended") == "boolean"):
        yield document.problem(("extended",), "`extended` events and a boolean parameter `extended` go together")


def _unused_parameters(document: Document, rule: Rule) -> Iterator[str]:
    check = rule.check
    if isinstance(check, ResourceCheck):
        used = parameters_of(check.expect) | parameters_of(check.where or "")
    else:
        bounds = (check.max_threshold, check.max_period)
        used = frozenset(bound[1:] for bound in bounds if isinstance(bound, str)) | {"extended"}
    for parameter in rule.parameters:
        if parameter.name not in used:
            mark = document.key_mark(("parameters",), parameter.name)
            yield document.problem_at(mark, f"nothing uses the parameter {parameter.name}")


def _resource_problems(document: Document, rule: Rule, known: Resources | None) -> Iterator[str]:
    check = rule.check
    if not isinstance(check, ResourceCheck):
        return
    inserted = placeholders(check.reason)
    for path in inserted:
        if not _FIELD_PATH.fullmatch(path):
            yield document.problem(("reason",), f"reason: {{{path}}} is no field; write {{Field}} or {{Field.Member}}")
    if "{" in (rest := _PLACEHOLDER.sub("", check.reason)) or "}" in rest:
        yield document.problem(("reason",), "reason: a { or } stands alone; braces insert a field")
    if known is None:
        return
    if check.resource not in known:
        hint = did_you_mean(check.resource, known)
        yield document.problem(("resource",), f"there is no resource type {shown(check.resource)}.{hint}")
        return
    members = known[check.resource]
    for key, names in (
        ("where", fields(check.where) if check.where else frozenset()),
        ("expect", fields(check.expect)),
        ("reason", frozenset(path.partition(".")[0] for path in inserted)),
    ):
        for name in sorted(names - {WHOLE_ROW} - set(members)):
            hint = did_you_mean(name, members)
            yield document.problem((key,), f"{key}: {check.resource} has no field {shown(name)}.{hint}")
