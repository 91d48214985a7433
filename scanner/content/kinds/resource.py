"""``check: resource``: JMESPath over each resource of a type.

The expression language is imported where it is used: routes and log events need none of it to be read.
"""

from collections.abc import Collection, Iterator, Sequence

from scanner.content.draft import Draft, Resources
from scanner.content.kinds.kind import CheckKind, Data
from scanner.content.templates import FIELD_PATH, FOUND, PLACEHOLDER, inserted_fields, placeholders
from scanner.documents import Pointer
from scanner.errors import UsageError
from scanner.model import Clause, Outcome, Remark, ResourceCheck, ResourceScope
from scanner.wording import did_you_mean, shown

_Written = tuple[Pointer, str]
"""A text of the file with the place where it is written."""


def _clauses(data: Data) -> Iterator[tuple[Pointer, Pointer, Clause]]:
    """The clauses, each with where its expression and its reason are written."""
    expect = data.get("expect", ())
    if isinstance(expect, str):
        yield ("expect",), ("reason",), Clause(expect.strip(), data.get("reason", "").strip())
        return
    for number, clause in enumerate(expect):
        place = ("expect", number)
        that, otherwise, found = (clause.get(name, "").strip() for name in ("that", "otherwise", FOUND))
        yield (*place, "that"), (*place, "otherwise"), Clause(that, otherwise, found)


def _remarks(data: Data) -> Iterator[tuple[Pointer, Pointer, Remark]]:
    """The remarks, each with where its expression and its sentence are written."""
    for number, remark in enumerate(data.get("remarks", ())):
        place = ("remarks", number)
        yield (*place, "when"), (*place, "say"), Remark(remark["when"].strip(), remark["say"].strip())


def _expressions(data: Data) -> list[_Written]:
    found: list[_Written] = [(("where",), data["where"])] if data.get("where") else []
    clauses = list(_clauses(data))
    found += [(pointer, clause.that) for pointer, _, clause in clauses]
    found += [((*pointer[:-1], FOUND), clause.found) for pointer, _, clause in clauses if clause.found]
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
        clauses=tuple(clause for _, _, clause in _clauses(data)),
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
    yield from _expression_mistakes(draft)
    inserting = {pointer for _, pointer, clause in _clauses(draft.data) if clause.found}
    templates = _templates(draft.data)
    for pointer, template in templates:
        yield from _template_mistakes(draft, pointer, template)
        if pointer in inserting and FOUND not in placeholders(template):
            yield draft.mistake(pointer, f"otherwise: nothing inserts {{{FOUND}}}, which the clause names")
    if resources is None or "resource" not in draft.data:
        return
    resource = draft.data["resource"].strip()
    if resource not in resources:
        hint = did_you_mean(resource, resources)
        yield draft.mistake(("resource",), f"there is no resource type {shown(resource)}.{hint}")
        return
    used = [(pointer, _fields(text)) for pointer, text in _expressions(draft.data)]
    for pointer, template in templates:
        used.append((pointer, inserted_fields(template) - ({FOUND} if pointer in inserting else set())))
    for pointer, names in used:
        yield from _field_mistakes(draft, pointer, names, resources)


def _templates(data: Data) -> Sequence[_Written]:
    found: list[_Written] = [(pointer, clause.otherwise) for _, pointer, clause in _clauses(data)]
    found += [(("passed",), data["passed"])] if "passed" in data else []
    found += [(pointer, remark.say) for _, pointer, remark in _remarks(data)]
    return found


def _expression_mistakes(draft: Draft) -> Iterator[str]:
    from scanner.expressions.language import compile_expression, fields

    for pointer, text in _expressions(draft.data):
        try:
            if draft.defaults is None:
                fields(text)
            else:
                compile_expression(text, draft.defaults)
        except UsageError as error:
            yield draft.mistake(pointer, f"{pointer[0]}: {error}")


def _template_mistakes(draft: Draft, pointer: Pointer, template: str) -> Iterator[str]:
    """What is wrong with the braces of a reason."""
    key = pointer[-1]
    for text in placeholders(template):
        if text.startswith("$") and draft.parameters is not None and text[1:] not in draft.types:
            sentence = f"{key}: the rule has no parameter {shown(text[1:])}.{did_you_mean(text[1:], draft.types)}"
            yield draft.mistake(pointer, sentence)
        elif not text.startswith("$") and not FIELD_PATH.fullmatch(text):
            sentence = f"{key}: {{{text}}} is not a field; write {{Field}}, {{Field.Member}} or {{$parameter}}"
            yield draft.mistake(pointer, sentence)
    if "{" in (rest := PLACEHOLDER.sub("", template)) or "}" in rest:
        yield draft.mistake(pointer, f"{key}: a {{ or }} has no partner; braces insert a field")


def _field_mistakes(draft: Draft, pointer: Pointer, names: Collection[str], resources: Resources) -> Iterator[str]:
    from scanner.expressions.language import WHOLE_ROW

    resource = draft.data["resource"].strip()
    for name in sorted(set(names) - {WHOLE_ROW} - set(resources[resource])):
        hint = did_you_mean(name, resources[resource])
        yield draft.mistake(pointer, f"{pointer[0]}: {resource} has no field {shown(name)}.{hint}")


def _fields(text: str) -> frozenset[str]:
    """The fields of an expression; none when it cannot be read, which is another mistake."""
    from scanner.expressions.language import fields

    try:
        return fields(text)
    except UsageError:
        return frozenset()


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
