"""``check: resource``: JMESPath over each resource of a type.

The expression language is imported where it is used: routes and log events need none of it to be read.
"""

from collections.abc import Collection, Iterator, Sequence

from scanner.content.draft import Draft, Resources
from scanner.content.kinds.clauses import Written, clauses, expression_mistakes, fields_of, template_mistakes
from scanner.content.kinds.kind import CheckKind, Data
from scanner.content.templates import FOUND, inserted_fields, placeholders
from scanner.documents import Pointer
from scanner.model import Outcome, Remark, ResourceCheck, ResourceScope
from scanner.wording import did_you_mean, shown


def _remarks(data: Data) -> Iterator[tuple[Pointer, Pointer, Remark]]:
    """The remarks, each with where its expression and its sentence are written."""
    for number, remark in enumerate(data.get("remarks", ())):
        place = ("remarks", number)
        yield (*place, "when"), (*place, "say"), Remark(remark["when"].strip(), remark["say"].strip())


def _expressions(data: Data) -> list[Written]:
    found: list[Written] = [(("where",), data["where"])] if data.get("where") else []
    stated = list(clauses(data))
    found += [(pointer, clause.that) for pointer, _, clause in stated]
    found += [((*pointer[:-1], FOUND), clause.found) for pointer, _, clause in stated if clause.found]
    found += [(pointer, remark.when) for pointer, _, remark in _remarks(data)]
    return found


def _read(data: Data) -> ResourceCheck:
    from scanner.expressions.language import fields

    where = data.get("where")
    selected = data.get("when_none_selected")
    used: set[str] = set()
    for _, text in _expressions(data):
        used |= fields(text)
    return ResourceCheck(
        resource=data["resource"].strip(),
        clauses=tuple(clause for _, _, clause in clauses(data)),
        where=where.strip() if where else None,
        when_none=Outcome(data["when_none"]),
        fields=frozenset(used),
        passed=data.get("passed", "").strip(),
        where_none=data.get("where_none", "").strip(),
        when_none_selected=Outcome(selected) if selected else None,
        remarks=_only_remarks(data),
        scope=ResourceScope(data.get("scope", ResourceScope.ACCOUNT)),
    )


def _only_remarks(data: Data) -> tuple[Remark, ...]:
    return tuple(remark for _, _, remark in _remarks(data))


def _mistakes(draft: Draft, resources: Resources | None) -> Iterator[str]:
    yield from expression_mistakes(draft, _expressions(draft.data))
    inserting = {pointer for _, pointer, clause in clauses(draft.data) if clause.found}
    templates = _templates(draft.data)
    for pointer, template in templates:
        yield from template_mistakes(draft, pointer, template)
        if pointer in inserting and FOUND not in placeholders(template):
            yield draft.mistake(pointer, f"otherwise: nothing inserts {{{FOUND}}}, which the clause names")
    if resources is None or "resource" not in draft.data:
        return
    resource = draft.data["resource"].strip()
    if resource not in resources:
        hint = did_you_mean(resource, resources)
        yield draft.mistake(("resource",), f"there is no resource type {shown(resource)}.{hint}")
        return
    used = [(pointer, fields_of(text)) for pointer, text in _expressions(draft.data)]
    for pointer, template in templates:
        used.append((pointer, inserted_fields(template) - ({FOUND} if pointer in inserting else set())))
    for pointer, names in used:
        yield from _field_mistakes(draft, pointer, names, resources)


def _templates(data: Data) -> Sequence[Written]:
    found: list[Written] = [(pointer, clause.otherwise) for _, pointer, clause in clauses(data)]
    found += [(("passed",), data["passed"])] if "passed" in data else []
    found += [(pointer, remark.say) for _, pointer, remark in _remarks(data)]
    return found


def _field_mistakes(draft: Draft, pointer: Pointer, names: Collection[str], resources: Resources) -> Iterator[str]:
    from scanner.expressions.language import WHOLE_ROW

    resource = draft.data["resource"].strip()
    for name in sorted(set(names) - {WHOLE_ROW} - set(resources[resource])):
        hint = did_you_mean(name, resources[resource])
        yield draft.mistake(pointer, f"{pointer[0]}: {resource} has no field {shown(name)}.{hint}")


def _parameters(data: Data) -> frozenset[str]:
    from scanner.expressions.language import parameters_of

    return frozenset[str]().union(*(parameters_of(text) for _, text in _expressions(data)))


def _describe(check: ResourceCheck) -> list[str]:
    lines = [f"resource: {check.resource}"]
    if check.where:
        lines.append(f"where: {check.where.strip()}")
    for clause in check.clauses:
        lines += [f"expect: {clause.that}", f"  otherwise: {clause.otherwise}"]
        lines += [f"  found: {clause.found}"] if clause.found else []
    for remark in check.remarks:
        lines += [f"remark when: {remark.when}", f"  say: {remark.say}"]
    if check.scope is ResourceScope.OWNER:
        lines.append("judged once, in the account that owns it, where that account is looked at")
    lines.append(f"when none: {check.when_none}")
    if check.when_none_selected:
        lines.append(f"when none is selected: {check.when_none_selected}")
    return [*lines, ""]


def _reasons(check: ResourceCheck) -> Iterator[tuple[str, str]]:
    yield "passed", check.passed
    for remark in check.remarks:
        yield "remarks", remark.say
    for clause in check.clauses:
        yield "expect" if len(check.clauses) > 1 else "reason", clause.otherwise


KIND = CheckKind(
    check=ResourceCheck,
    read=_read,
    mistakes=_mistakes,
    parameters=_parameters,
    describe=_describe,
    reasons=_reasons,
)
