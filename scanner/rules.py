"""Rule files: read, checked whole, and turned into rules; a wrong rule is an error, never a failed rule.

A rules folder holds ``<area>/<name>.yaml`` (one rule each, id ``area.name``) with its cases beside it in
``<name>.test.yaml``. Files and folders that begin with ``_`` are shared by cases and hold no rule. Rules are data:
reading a folder of unknown origin runs nothing of it.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from scanner.content import content_files, shipped
from scanner.documents import Document, did_you_mean, read_document, shown
from scanner.errors import ContentError, PatternError, UsageError
from scanner.expressions import WHOLE_ROW, compile_expression, fields, parameters_of
from scanner.model import (
    APART,
    Check,
    Clause,
    DocumentCheck,
    JsonValue,
    LogEventsCheck,
    Outcome,
    Parameter,
    ResourceCheck,
    RouteCheck,
    Rule,
    RuleId,
    Severity,
    Threshold,
)
from scanner.parameters import value_problem
from scanner.pattern import JsonPattern, covers, parameter_names, parse, parse_events
from scanner.schemas import problems_of

CASES = ".test.yaml"
CALLS = ".calls.yaml"
DEFAULT_PACKS = ("core",)

Pointer = tuple[str | int, ...]
"""Where something is written in a rule file: its keys and places, from the top."""

Resources = Mapping[str, Collection[str]]
"""The fields of every resource type by its name."""

ROUTE_PARAMETERS = {"extended": "boolean", "max_delivery_age_hours": "integer"}
"""Parameters that a route check reads by their names, without the rule naming them elsewhere, and their types."""

APPROVAL = "require_approval"
"""A boolean parameter that a log-events check of polarity ``list`` reads by its name."""

DOCUMENT = "document"
"""What the expression of a log-events rule's ``documents`` calls the document."""

LONGEST_WINDOW = 31 * 86400
"""The longest window of a threshold, in seconds."""

_PLACEHOLDER = re.compile(r"\{([^{}|]*)(\|[^{}|]*)?\}")
_DURATION = re.compile(r"([1-9][0-9]*)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_AGE = re.compile(r"\bage_(?:hours|days)\s*\(")
_FIELD_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*")


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
            *_log_events_problems(document, data, parameters),
        )
    )
    rule = _rule(document, path.relative_to(folder).as_posix(), parameters)
    _refuse((*_unused_parameters(document, rule), *_resource_problems(document, rule, known_resources)))
    return rule


def select_rules(
    rules: Sequence[Rule], ids: Sequence[str] | None = None, packs: Collection[str] = DEFAULT_PACKS
) -> tuple[Rule, ...]:
    """The rules named by ``ids``, or without ids the rules of ``packs``.

    An id names a rule, an area (``route``) or, with ``*`` for any text, several; what it names is selected whatever its
    pack. Raises UsageError when an id names nothing, when there is no such pack, and when nothing is left.
    """
    known_packs = {rule.pack for rule in rules} | {"core", "extended"}
    for pack in packs:
        if pack not in known_packs:
            raise UsageError(f"There is no pack {shown(pack)}.{did_you_mean(pack, known_packs)}")
    if ids is None:
        selected = [rule for rule in rules if rule.pack in packs]
    else:
        for wanted in ids:
            if not any(_is_named(rule, wanted) for rule in rules):
                names = {rule.id for rule in rules} | {area_of(rule.id) for rule in rules}
                raise UsageError(f"No rule or area is called {shown(wanted)}.{did_you_mean(wanted, names)}")
        selected = [rule for rule in rules if any(_is_named(rule, wanted) for wanted in ids)]
    if not selected:
        raise UsageError("No rule is selected.", "Name rules or packs that exist.")
    return tuple(selected)


def _is_named(rule: Rule, wanted: str) -> bool:
    return wanted == area_of(rule.id) or fnmatchcase(rule.id, wanted)


def area_of(rule_id: str) -> str:
    """What stands before the dot: ``trail`` of ``trail.log-file-validation``."""
    return rule_id.partition(".")[0]


def placeholders(template: str) -> tuple[str, ...]:
    """What braces insert into a reason: ``Field``, ``Field.Member`` or ``$parameter``, without the text behind ``|``."""
    return tuple(match[1] for match in _PLACEHOLDER.finditer(template))


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
    return f"{area_of(rule_id)}/{rule_id.partition('.')[2]}.yaml"


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
        check=_CHECKS[data["check"]](data),
        path=path,
        text=document.text,
        pack=data.get("pack", "core"),
    )


def _resource_check(data: Mapping[str, Any]) -> Check:
    where = data.get("where")
    clauses = tuple(clause for _, _, clause in _clauses(data))
    named = [clause.that for clause in clauses] + ([where] if where else [])
    return ResourceCheck(
        resource=data["resource"].strip(),
        clauses=clauses,
        where=where.strip() if where else None,
        when_none=Outcome(data["when_none"]),
        fields=frozenset[str]().union(*(fields(text) for text in named)),
        passed=data.get("passed", "").strip(),
    )


def _clauses(data: Mapping[str, Any]) -> Iterator[tuple[Pointer, Pointer, Clause]]:
    """The clauses of a resource rule, each with where its expression and its reason are written."""
    expect = data.get("expect")
    if isinstance(expect, str):
        yield ("expect",), ("reason",), Clause(expect.strip(), data["reason"].strip())
        return
    for number, clause in enumerate(expect or ()):
        place = ("expect", number)
        yield (*place, "that"), (*place, "otherwise"), Clause(clause["that"].strip(), clause["otherwise"].strip())


def _route_check(data: Mapping[str, Any]) -> Check:
    return RouteCheck(
        events=data["events"],
        extended=data.get("extended"),
        accept=tuple(data["accept"]),
        max_threshold=data["alarm"]["max_threshold"],
        max_period=data["alarm"]["max_period"],
        scope=data.get("scope", "account"),
    )


def _log_events_check(data: Mapping[str, Any]) -> Check:
    threshold = data.get("threshold")
    return LogEventsCheck(
        events=data["events"],
        excluded=data.get("except"),
        documents=tuple(map(_document_check, data.get("documents", ()))),
        also=tuple(data.get("also", ())),
        polarity=data.get("polarity", "must_not"),
        threshold=_threshold(threshold) if threshold else None,
        seen=data.get("seen"),
        needs=tuple(data.get("needs", ())),
    )


def _document_check(data: Mapping[str, Any]) -> DocumentCheck:
    of = data["of"]
    return DocumentCheck(data["events"], (of,) if isinstance(of, str) else tuple(of), data["when"].strip())


def _threshold(data: Mapping[str, Any]) -> Threshold:
    distinct = data.get("distinct", {})
    return Threshold(
        count=data["count"],
        within=_seconds(data["within"]),
        by=tuple(data.get("by", ())),
        or_by=tuple(data.get("or_by", ())),
        distinct=distinct.get("of", ""),
        distinct_count=distinct.get("count", 1),
    )


def _seconds(duration: int | str) -> int | str:
    """``5m`` in seconds; a number and the name of a parameter stay what they are."""
    found = _DURATION.fullmatch(duration) if isinstance(duration, str) else None
    return int(found[1]) * _SECONDS[found[2]] if found else duration


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], Check]] = {
    "resource": _resource_check,
    "route": _route_check,
    "log-events": _log_events_check,
}


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
    texts: list[tuple[Pointer, str]] = [(("where",), data["where"])] if "where" in data else []
    texts += [(pointer, clause.that) for pointer, _, clause in _clauses(data)]
    for pointer, text in texts:
        try:
            compile_expression(text, defaults)
        except UsageError as error:
            yield document.problem(pointer, f"{pointer[0]}: {error}")
    for number, each in enumerate(data.get("documents", ())):
        place = ("documents", number, "when")
        try:
            compile_expression(each["when"], defaults)
        except UsageError as error:
            yield document.problem(place, f"when: {error}")
            continue
        named = fields(each["when"]) - {DOCUMENT}
        if named:
            name = min(named)
            yield document.problem(place, f"when: only `{DOCUMENT}` is known here, not {shown(name)}")
        if _AGE.search(each["when"]):
            yield document.problem(place, "when: records have no time of collection from which an age could be counted")


def _pattern_problems(document: Document, data: Mapping[str, Any]) -> Iterator[str]:
    defaults = {name: raw["default"] for name, raw in data.get("parameters", {}).items()}
    is_log_events = data["check"] == "log-events"
    places: list[tuple[str | int, ...]] = [(key,) for key in ("events", "extended", "except", "seen") if key in data]
    places += [("documents", number, "events") for number in range(len(data.get("documents", ())))]
    for place in places:
        text: Any = data
        for step in place:
            text = text[step]
        key = ".".join(map(str, place))
        try:
            pattern = parse_events(text, defaults) if is_log_events else parse(text)
        except PatternError as error:
            yield document.problem_at(document.mark_inside(place, error.span[0]), f"{key}: {error}")
        else:
            if not isinstance(pattern, JsonPattern):
                yield document.problem(place, f"{key}: must be a pattern over JSON events, written in {{ }}")
            elif key != "except" and covers(pattern, ()).verdict == "covered":
                yield document.problem(place, f"{key}: no event can match this pattern")


def _route_problems(document: Document, data: Mapping[str, Any], parameters: Sequence[Parameter]) -> Iterator[str]:
    if data["check"] != "route":
        return
    yield from _bound_problems(document, data["alarm"], "alarm", parameters)
    known = {parameter.name: parameter for parameter in parameters}
    for name, kind in ROUTE_PARAMETERS.items():
        if name in known and known[name].type != kind:
            yield document.problem(("parameters", name), f"the parameter {name} of a route must be of type {kind}")
    if ("extended" in data) != ("extended" in known):
        yield document.problem(("extended",), "`extended` events and a boolean parameter `extended` go together")


def _log_events_problems(document: Document, data: Mapping[str, Any], parameters: Sequence[Parameter]) -> Iterator[str]:
    if data["check"] != "log-events":
        return
    for name in APART:
        if f'"{name}"' in data["events"] and name not in data.get("also", ()):
            yield document.problem(("events",), f"events: {name} events are judged only with `also: [{name}]`")
    known = {parameter.name: parameter.type for parameter in parameters}
    for index, name in enumerate(data.get("needs", ())):
        if known.get(name) != "strings":
            hint = did_you_mean(name, [each for each, kind in known.items() if kind == "strings"])
            yield document.problem(("needs", index), f"needs: there is no list parameter {shown(name)}.{hint}")
    if known.get(APPROVAL, "boolean") != "boolean":
        yield document.problem(("parameters", APPROVAL), f"the parameter {APPROVAL} must be of type boolean")
    threshold = data.get("threshold")
    if threshold is None:
        return
    bounds = {key: threshold[key] for key in ("count", "within")}
    if "distinct" in threshold:
        bounds["distinct"] = threshold["distinct"]["count"]
    yield from _bound_problems(document, bounds, "threshold", parameters)
    within = _seconds(threshold["within"])
    if isinstance(within, int) and within > LONGEST_WINDOW:
        yield document.problem(("threshold", "within"), "threshold.within is longer than 31 days")


def _bound_problems(
    document: Document, bounds: Mapping[str, Any], key: str, parameters: Sequence[Parameter]
) -> Iterator[str]:
    """Bounds that name no parameter, or one that may be 0."""
    known = {parameter.name: parameter for parameter in parameters}
    integers = [parameter.name for parameter in parameters if parameter.type == "integer"]
    for name, bound in bounds.items():
        if not isinstance(bound, str) or not bound.startswith("$"):
            continue
        if bound[1:] not in integers:
            hint = did_you_mean(bound[1:], integers)
            yield document.problem((key, name), f"{key}.{name} names no integer parameter: {shown(bound)}.{hint}")
        elif (known[bound[1:]].minimum or 0) < 1:
            yield document.problem((key, name), f"{key}.{name}: the parameter {bound[1:]} needs a minimum of 1 or more")


def _unused_parameters(document: Document, rule: Rule) -> Iterator[str]:
    check = rule.check
    if isinstance(check, ResourceCheck):
        used = parameters_of(check.expect) | parameters_of(check.where or "")
    elif isinstance(check, LogEventsCheck):
        threshold = check.threshold
        limits = (threshold.count, threshold.within, threshold.distinct_count) if threshold else ()
        used = frozenset(limit[1:] for limit in limits if isinstance(limit, str)) | set(check.needs)
        texts = (check.events, check.excluded, check.seen, *(each.events for each in check.documents))
        used |= {name for text in texts if text for name in parameter_names(text)}
        used |= {name for each in check.documents for name in parameters_of(each.when)}
        used |= {APPROVAL} if check.polarity == "list" else set()
    else:
        bounds = (check.max_threshold, check.max_period)
        used = frozenset(bound[1:] for bound in bounds if isinstance(bound, str)) | set(ROUTE_PARAMETERS)
    for parameter in rule.parameters:
        if parameter.name not in used:
            mark = document.key_mark(("parameters",), parameter.name)
            yield document.problem_at(mark, f"nothing uses the parameter {parameter.name}")


def _resource_problems(document: Document, rule: Rule, known: Resources | None) -> Iterator[str]:
    check = rule.check
    if not isinstance(check, ResourceCheck):
        return
    written = list(_clauses(document.value))
    templates = [(pointer, clause.otherwise) for _, pointer, clause in written]
    templates += [(("passed",), check.passed)] if check.passed else []
    for pointer, template in templates:
        yield from _template_problems(document, rule, pointer, template)
    if known is None:
        return
    if check.resource not in known:
        hint = did_you_mean(check.resource, known)
        yield document.problem(("resource",), f"there is no resource type {shown(check.resource)}.{hint}")
        return
    members = known[check.resource]
    used: list[tuple[Pointer, frozenset[str]]] = [(("where",), fields(check.where))] if check.where else []
    used += [(pointer, fields(clause.that)) for pointer, _, clause in written]
    used += [(pointer, _inserted_fields(template)) for pointer, template in templates]
    for pointer, names in used:
        for name in sorted(names - {WHOLE_ROW} - set(members)):
            hint = did_you_mean(name, members)
            yield document.problem(pointer, f"{pointer[0]}: {check.resource} has no field {shown(name)}.{hint}")


def _inserted_fields(template: str) -> frozenset[str]:
    return frozenset(text.partition(".")[0] for text in placeholders(template) if _FIELD_PATH.fullmatch(text))


def _template_problems(document: Document, rule: Rule, pointer: Pointer, template: str) -> Iterator[str]:
    """What is wrong with the braces of a reason."""
    key = pointer[-1]
    names = [parameter.name for parameter in rule.parameters]
    for text in placeholders(template):
        if text.startswith("$") and text[1:] not in names:
            sentence = f"{key}: the rule has no parameter {shown(text[1:])}.{did_you_mean(text[1:], names)}"
            yield document.problem(pointer, sentence)
        elif not text.startswith("$") and not _FIELD_PATH.fullmatch(text):
            sentence = f"{key}: {{{text}}} is not a field; write {{Field}}, {{Field.Member}} or {{$parameter}}"
            yield document.problem(pointer, sentence)
    if "{" in (rest := _PLACEHOLDER.sub("", template)) or "}" in rest:
        yield document.problem(pointer, f"{key}: a {{ or }} stands alone; braces insert a field")
