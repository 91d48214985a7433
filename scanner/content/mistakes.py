"""Everything that is wrong with a rule file, found in one go.

A mistake hides no other: what the schema refuses is left out, and all the rest is checked as far as it can be
understood without it.
"""

from collections.abc import Iterator

from scanner.content.draft import Draft, Resources, draft_of
from scanner.content.kinds import KINDS
from scanner.content.parameters import value_problem
from scanner.documents import Document


def mistakes_of(document: Document, known_resources: Resources | None = None) -> tuple[str, ...]:
    """Every mistake of a rule file as ``file:line:column: sentence``, in the order of the file.

    ``known_resources`` lets the check know which resource types and fields exist.
    """
    from scanner.schemas import faults_of  # late: shipped rules are not proved again

    faults = faults_of(document, "rule")
    draft = draft_of(document, {fault.pointer[0] for fault in faults if fault.pointer})
    kind = KINDS.get(draft.data.get("check", ""))
    found = [fault.problem for fault in faults]
    found += _parameter_mistakes(draft)
    if kind is not None:
        found += kind.mistakes(draft, known_resources)
    if kind is not None and not found:
        # What uses a parameter can only be told of a rule that is otherwise right.
        found += _unused_parameters(draft, kind.parameters(draft.data))
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: _place(document, problem)))


def _place(document: Document, problem: str) -> tuple[int, int]:
    line, column, _ = problem[len(document.name) + 1 :].split(":", 2)
    return int(line), int(column)


def _parameter_mistakes(draft: Draft) -> Iterator[str]:
    for parameter in draft.parameters or ():
        pointer = ("parameters", parameter.name)
        bounds = [name for name in ("minimum", "maximum") if getattr(parameter, name) is not None]
        if bounds and parameter.type != "integer":
            yield draft.mistake((*pointer, bounds[0]), f"{bounds[0]} is for integers, not {parameter.type}")
        if parameter.choices and parameter.type not in {"string", "strings"}:
            yield draft.mistake((*pointer, "choices"), f"choices are for texts, not {parameter.type}")
        elif problem := value_problem(parameter, parameter.default):
            yield draft.mistake((*pointer, "default"), f"the default of {parameter.name} {problem}")


def _unused_parameters(draft: Draft, used: frozenset[str]) -> Iterator[str]:
    for parameter in draft.parameters or ():
        if parameter.name not in used:
            mark = draft.document.key_mark(("parameters",), parameter.name)
            yield draft.document.problem_at(mark, f"nothing uses the parameter {parameter.name}")
