"""``check: period``: JMESPath over what a measure computes of a period."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.content.draft import Draft, Resources
from scanner.content.kinds.clauses import Written, clauses, expression_mistakes, fields_of, template_mistakes
from scanner.content.kinds.kind import CheckKind, Data
from scanner.content.templates import FOUND, inserted_fields, placeholders
from scanner.documents import Pointer
from scanner.model import Clause, PeriodCheck
from scanner.wording import did_you_mean, shown

if TYPE_CHECKING:
    from scanner.period.measured import Measure


def _expressions(data: Data) -> list[Written]:
    found: list[Written] = []
    for pointer, _, clause in clauses(data):
        found.append((pointer, clause.that))
        if clause.found:
            found.append(((*pointer[:-1], FOUND), clause.found))
    return found


def _read(data: Data) -> PeriodCheck:
    from scanner.expressions.language import fields

    used = frozenset[str]().union(*(fields(text) for _, text in _expressions(data)))
    return PeriodCheck(data["measure"].strip(), tuple(_only_clauses(data)), used, data.get("passed", "").strip())


def _only_clauses(data: Data) -> Iterator[Clause]:
    return (clause for _, _, clause in clauses(data))


def _mistakes(draft: Draft, resources: Resources | None) -> Iterator[str]:
    from scanner.period.measures import MEASURES

    del resources
    yield from expression_mistakes(draft, _expressions(draft.data))
    templates = list(_templates(draft.data))
    for pointer, template, inserts in templates:
        yield from template_mistakes(draft, pointer, template)
        if inserts and FOUND not in placeholders(template):
            yield draft.mistake(pointer, f"otherwise: nothing inserts {{{FOUND}}}, which the clause names")
    if "measure" not in draft.data:
        return
    name = draft.data["measure"].strip()
    if name not in MEASURES:
        yield draft.mistake(("measure",), f"there is no measure {shown(name)}.{did_you_mean(name, MEASURES)}")
        return
    yield from _fact_mistakes(draft, MEASURES[name], templates)
    yield from _parameter_mistakes(draft, MEASURES[name])


def _templates(data: Data) -> Iterator[tuple[Pointer, str, bool]]:
    """What findings say, each with its place and whether ``{found}`` is to be in it."""
    for _, pointer, clause in clauses(data):
        yield pointer, clause.otherwise, bool(clause.found)
    if "passed" in data:
        yield ("passed",), data["passed"], False


def _fact_mistakes(draft: Draft, measure: "Measure", templates: list[tuple[Pointer, str, bool]]) -> Iterator[str]:
    """Facts that the measure does not have, ``*`` among them: what a whole row is, no rule should rest on."""
    named = [(pointer, fields_of(text)) for pointer, text in _expressions(draft.data)]
    named += [
        (pointer, inserted_fields(text) - ({FOUND} if inserts else set())) for pointer, text, inserts in templates
    ]
    for pointer, names in named:
        for name in sorted(names - measure.facts.keys() - {"*"}):
            hint = did_you_mean(name, measure.facts)
            yield draft.mistake(pointer, f"{pointer[0]}: {measure.name} has no fact {shown(name)}.{hint}")


def _parameter_mistakes(draft: Draft, measure: "Measure") -> Iterator[str]:
    if draft.parameters is None:
        return
    for name, kind in measure.parameters.items():
        if draft.types.get(name) != kind:
            sentence = f"the measure {measure.name} reads the parameter {name}, of type {kind}; declare it"
            yield draft.mistake(("measure",), sentence)


def _parameters(data: Data) -> frozenset[str]:
    from scanner.expressions.language import parameters_of
    from scanner.period.measures import MEASURES

    named = frozenset[str]().union(*(parameters_of(text) for _, text in _expressions(data)))
    measure = MEASURES.get(str(data.get("measure", "")).strip())
    return named | frozenset(measure.parameters if measure else ())


def _describe(check: PeriodCheck) -> list[str]:
    lines = [f"measure: {check.measure}"]
    for clause in check.clauses:
        lines += [f"expect: {clause.that}", f"  otherwise: {clause.otherwise}"]
        lines += [f"  found: {clause.found}"] if clause.found else []
    return [*lines, ""]


def _reasons(check: PeriodCheck) -> Iterator[tuple[str, str]]:
    yield "passed", check.passed
    for clause in check.clauses:
        yield "expect" if len(check.clauses) > 1 else "reason", clause.otherwise


KIND = CheckKind(
    check=PeriodCheck,
    read=_read,
    mistakes=_mistakes,
    parameters=_parameters,
    describe=_describe,
    reasons=_reasons,
)
