"""Changes of what kinds of check share that judge by clauses."""

from collections.abc import Iterator
from dataclasses import replace

from scanner.model import Clause
from scanner.mutants.expressions import expression_changes

_HOLDS = "`true`"


def clause_changes(clauses: tuple[Clause, ...]) -> Iterator[tuple[str, tuple[Clause, ...]]]:
    """The clauses with each of them dropped, and with each change of one."""
    for number, clause in enumerate(clauses):
        place = f"expect {number + 1}" if len(clauses) > 1 else "expect"
        before, after = clauses[:number], clauses[number + 1 :]
        yield f"{place}: dropped", (*before, replace(clause, that=_HOLDS), *after)
        for change in expression_changes(clause.that):
            yield f"{place}: {change.what}", (*before, replace(clause, that=change.text), *after)
