"""Everything that is wrong with a rule file, found in one go.

A mistake hides no other: what the schema refuses is left out, and all the rest is checked as far as it can be
understood without it.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.content.parameters import value_problem
from scanner.content.rule_parts import (
    FOUND,
    PLACEHOLDER,
    Pointer,
    clauses_of,
    parameter_of,
    placeholders,
    remarks_of,
    seconds,
)
from scanner.documents import Document
from scanner.errors import PatternError, UsageError
from scanner.expressions.language import WHOLE_ROW, compile_expression, fields, parameters_of
from scanner.model import APART, JsonValue, Parameter
from scanner.pattern import JsonPattern, matches_nothing, parameter_names, parse, parse_events
from scanner.schemas import faults_of
from scanner.wording import did_you_mean, shown

Resources = Mapping[str, Collection[str]]
"""The fields of every resource type by its name."""

ROUTE_PARAMETERS = {"extended": "boolean", "max_delivery_age_hours": "integer"}
"""Parameters that a route check reads by their names, without the rule naming them elsewhere, and their types."""

APPROVAL = "require_approval"
"""A boolean parameter that a log-events check of polarity ``list`` reads by its name."""

DOCUMENT = "document"
RECORD = "record"
"""What the expression of a log-events rule's ``documents`` calls the document."""

LONGEST_WINDOW = 31 * 86400
"""The longest window of a threshold, in seconds."""

_FIELD_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*")
_AGE = re.compile(r"\bage_(?:hours|days)\s*\(")
_PATTERN_KEYS = ("events", "extended", "except", "seen")


@dataclass(frozen=True, slots=True)
class _Draft:
    """What the schema accepts of a rule file. ``parameters`` is None when they cannot be known."""

    document: Document
    data: Mapping[str, Any]
    parameters: tuple[Parameter, ...] | None

    @property
    def kind(self) -> str:
        """The kind of check; "" when it cannot be known."""
        return str(self.data.get("check", ""))

    @property
    def defaults(self) -> dict[str, JsonValue] | None:
        """The parameters' defaults by name."""
        return None if self.parameters is None else {item.name: item.default for item in self.parameters}


def mistakes_of(document: Document, known_resources: Resources | None = None) -> tuple[str, ...]:
    """Every mistake of a rule file as ``file:line:column: sentence``, in the order of the file.

    ``known_resources`` lets the check know which resource types and fields exist.
    """
    faults = faults_of(document, "rule")
    draft = _draft(document, {fault.pointer[0] for fault in faults if fault.pointer})
    found = [fault.problem for fault in faults]
    found += _parameter_problems(draft)
    if draft.kind == "resource":
        found += [*_expression_problems(draft), *_resource_problems(draft, known_resources)]
    elif draft.kind in {"route", "log-events"}:
        found += [*_pattern_problems(draft), *_document_problems(draft)]
        found += [*_route_problems(draft), *_log_events_problems(draft)]
    if not found:
        # What uses a parameter can only be told of a rule that is otherwise right.
        found += _unused_parameters(draft)
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: _place(document, problem)))


def _draft(document: Document, refused: Collection[str | int]) -> _Draft:
    whole = document.value if isinstance(document.value, dict) else {}
    data = {key: value for key, value in whole.items() if key not in refused}
    if "parameters" in whole and "parameters" not in data:
        return _Draft(document, data, None)
    parameters = tuple(parameter_of(name, raw) for name, raw in data.get("parameters", {}).items())
    return _Draft(document, data, parameters)


def _place(document: Document, problem: str) -> tuple[int, int]:
    line, column, _ = problem[len(document.name) + 1 :].split(":", 2)
    return int(line), int(column)


def _parameter_problems(draft: _Draft) -> Iterator[str]:
    document = draft.document
    for parameter in draft.parameters or ():
        pointer = ("parameters", parameter.name)
        bounds = [name for name in ("minimum", "maximum") if getattr(parameter, name) is not None]
        if bounds and parameter.type != "integer":
            yield document.problem((*pointer, bounds[0]), f"{bounds[0]} is for integers, not {parameter.type}")
        if parameter.choices and parameter.type not in {"string", "strings"}:
            yield document.problem((*pointer, "choices"), f"choices are for texts, not {parameter.type}")
        elif problem := value_problem(parameter, parameter.default):
            yield document.problem((*pointer, "default"), f"the default of {parameter.name} {problem}")


def _expressions(draft: _Draft) -> list[tuple[Pointer, str]]:
    where: list[tuple[Pointer, str]] = [(("where",), draft.data["where"])] if draft.data.get("where") else []
    remarks = [(pointer, remark.when) for pointer, _, remark in remarks_of(draft.data)]
    clauses = list(clauses_of(draft.data))
    found = [((*pointer[:-1], FOUND), clause.found) for pointer, _, clause in clauses if clause.found]
    return [*where, *((pointer, clause.that) for pointer, _, clause in clauses), *found, *remarks]


def _expression_problems(draft: _Draft) -> Iterator[str]:
    for pointer, text in _expressions(draft):
        try:
            if draft.defaults is None:
                fields(text)
            else:
                compile_expression(text, draft.defaults)
        except UsageError as error:
            yield draft.document.problem(pointer, f"{pointer[0]}: {error}")


def _pattern_problems(draft: _Draft) -> Iterator[str]:
    is_log_events = draft.kind == "log-events"
    if is_log_events and draft.defaults is None:
        return  # a pattern with parameters is only a pattern with their values
    for place, text in _patterns(draft.data):
        key = ".".join(map(str, place))
        try:
            pattern = parse_events(text, draft.defaults or {}) if is_log_events else parse(text)
        except PatternError as error:
            yield draft.document.problem_at(draft.document.mark_inside(place, error.span[0]), f"{key}: {error}")
            continue
        if not isinstance(pattern, JsonPattern):
            yield draft.document.problem(place, f"{key}: must be a pattern over JSON events, written in {{ }}")
        elif key != "except" and matches_nothing(pattern):
            yield draft.document.problem(place, f"{key}: no event can match this pattern")


def _patterns(data: Mapping[str, Any]) -> list[tuple[Pointer, str]]:
    found: list[tuple[Pointer, str]] = [((key,), data[key]) for key in _PATTERN_KEYS if key in data]
    documents = enumerate(data.get("documents", ()))
    return found + [(("documents", number, "events"), each["events"]) for number, each in documents]


def _document_problems(draft: _Draft) -> Iterator[str]:
    """What is wrong with the expressions over documents inside records."""
    document = draft.document
    for number, each in enumerate(draft.data.get("documents", ())):
        place = ("documents", number, "when")
        try:
            if draft.defaults is not None:
                compile_expression(each["when"], draft.defaults)
            named = fields(each["when"]) - {DOCUMENT, RECORD}
        except UsageError as error:
            yield document.problem(place, f"when: {error}")
            continue
        if named:
            yield document.problem(
                place, f"when: only `{DOCUMENT}` and `{RECORD}` are known here, not {shown(min(named))}"
            )
        if _AGE.search(each["when"]):
            yield document.problem(place, "when: records have no time of collection from which an age could be counted")


def _route_problems(draft: _Draft) -> Iterator[str]:
    if draft.kind != "route" or draft.parameters is None:
        return
    document, data = draft.document, draft.data
    yield from _bound_problems(draft, data.get("alarm", {}), "alarm")
    known = {parameter.name: parameter for parameter in draft.parameters}
    for name, kind in ROUTE_PARAMETERS.items():
        if name in known and known[name].type != kind:
            yield document.problem(("parameters", name), f"the parameter {name} of a route must be of type {kind}")
    if ("extended" in document.value) != ("extended" in known):
        yield document.problem(("extended",), "`extended` events and a boolean parameter `extended` go together")


def _log_events_problems(draft: _Draft) -> Iterator[str]:
    if draft.kind != "log-events" or draft.parameters is None:
        return
    document, data = draft.document, draft.data
    for name in APART:
        if f'"{name}"' in data.get("events", "") and name not in data.get("also", ()):
            yield document.problem(("events",), f"events: {name} events are judged only with `also: [{name}]`")
    known = {parameter.name: parameter.type for parameter in draft.parameters}
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
    yield from _bound_problems(draft, bounds, "threshold")
    within = seconds(threshold["within"])
    if isinstance(within, int) and within > LONGEST_WINDOW:
        yield document.problem(("threshold", "within"), "threshold.within is longer than 31 days")


def _bound_problems(draft: _Draft, bounds: Mapping[str, Any], key: str) -> Iterator[str]:
    """Bounds that name no parameter, or one that may be 0."""
    known = {parameter.name: parameter for parameter in draft.parameters or ()}
    integers = [parameter.name for parameter in draft.parameters or () if parameter.type == "integer"]
    for name, bound in bounds.items():
        if not isinstance(bound, str) or not bound.startswith("$"):
            continue
        if bound[1:] not in integers:
            hint = did_you_mean(bound[1:], integers)
            yield draft.document.problem((key, name), f"{key}.{name} names no integer parameter: {shown(bound)}.{hint}")
        elif (known[bound[1:]].minimum or 0) < 1:
            sentence = f"{key}.{name}: the parameter {bound[1:]} needs a minimum of 1 or more"
            yield draft.document.problem((key, name), sentence)


def _unused_parameters(draft: _Draft) -> Iterator[str]:
    used = _used(draft.data)
    for parameter in draft.parameters or ():
        if parameter.name not in used:
            mark = draft.document.key_mark(("parameters",), parameter.name)
            yield draft.document.problem_at(mark, f"nothing uses the parameter {parameter.name}")


def _used(data: Mapping[str, Any]) -> frozenset[str]:
    """The parameters that something in the rule names, or that its check reads by their names."""
    if data["check"] == "resource":
        texts = [data.get("where", "")]
        texts += [text for _, _, clause in clauses_of(data) for text in (clause.that, clause.found)]
        texts += [remark.when for _, _, remark in remarks_of(data)]
        return frozenset[str]().union(*(parameters_of(text) for text in texts))
    if data["check"] == "route":
        return _named(data["alarm"].values()) | frozenset(ROUTE_PARAMETERS)
    threshold = data.get("threshold", {})
    limits = [threshold.get("count"), threshold.get("within"), threshold.get("distinct", {}).get("count")]
    used = _named(limits) | frozenset(data.get("needs", ()))
    used |= {name for _, text in _patterns(data) for name in parameter_names(text)}
    used |= {name for each in data.get("documents", ()) for name in parameters_of(each["when"])}
    return used | ({APPROVAL} if data.get("polarity") == "list" else frozenset())


def _named(bounds: Iterable[JsonValue]) -> frozenset[str]:
    return frozenset(bound[1:] for bound in bounds if isinstance(bound, str) and bound.startswith("$"))


def _resource_problems(draft: _Draft, known: Resources | None) -> Iterator[str]:
    document, data = draft.document, draft.data
    clauses = list(clauses_of(data))
    templates = [(pointer, clause.otherwise) for _, pointer, clause in clauses]
    finding = {pointer for _, pointer, clause in clauses if clause.found}
    templates += [(("passed",), data["passed"])] if "passed" in data else []
    templates += [(pointer, remark.say) for _, pointer, remark in remarks_of(data)]
    for pointer, template in templates:
        yield from _template_problems(draft, pointer, template)
        if pointer in finding and FOUND not in placeholders(template):
            yield document.problem(pointer, f"otherwise: nothing inserts {{{FOUND}}}, which the clause names")
    if known is None or "resource" not in data:
        return
    resource = data["resource"].strip()
    if resource not in known:
        hint = did_you_mean(resource, known)
        yield document.problem(("resource",), f"there is no resource type {shown(resource)}.{hint}")
        return
    used = [(pointer, _fields(text)) for pointer, text in _expressions(draft)]
    used += [
        (pointer, _inserted_fields(template) - ({FOUND} if pointer in finding else set()))
        for pointer, template in templates
    ]
    for pointer, names in used:
        yield from _field_problems(document, pointer, resource, names, known[resource])


def _field_problems(
    document: Document, pointer: Pointer, resource: str, names: Collection[str], members: Collection[str]
) -> Iterator[str]:
    for name in sorted(set(names) - {WHOLE_ROW} - set(members)):
        hint = did_you_mean(name, members)
        yield document.problem(pointer, f"{pointer[0]}: {resource} has no field {shown(name)}.{hint}")


def _fields(text: str) -> frozenset[str]:
    """The fields of an expression; none when it is no expression, which is another mistake."""
    try:
        return fields(text)
    except UsageError:
        return frozenset()


def _inserted_fields(template: str) -> frozenset[str]:
    return frozenset(text.partition(".")[0] for text in placeholders(template) if _FIELD_PATH.fullmatch(text))


def _template_problems(draft: _Draft, pointer: Pointer, template: str) -> Iterator[str]:
    """What is wrong with the braces of a reason."""
    key, names = pointer[-1], _names(draft.parameters)
    for text in placeholders(template):
        if text.startswith("$") and names is not None and text[1:] not in names:
            sentence = f"{key}: the rule has no parameter {shown(text[1:])}.{did_you_mean(text[1:], names)}"
            yield draft.document.problem(pointer, sentence)
        elif not text.startswith("$") and not _FIELD_PATH.fullmatch(text):
            sentence = f"{key}: {{{text}}} is not a field; write {{Field}}, {{Field.Member}} or {{$parameter}}"
            yield draft.document.problem(pointer, sentence)
    if "{" in (rest := PLACEHOLDER.sub("", template)) or "}" in rest:
        yield draft.document.problem(pointer, f"{key}: a {{ or }} stands alone; braces insert a field")


def _names(parameters: Sequence[Parameter] | None) -> list[str] | None:
    return None if parameters is None else [parameter.name for parameter in parameters]
