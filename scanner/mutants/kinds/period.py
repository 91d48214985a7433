"""Changes of ``check: period``."""

from collections.abc import Iterator
from dataclasses import replace

from scanner.model import PeriodCheck
from scanner.mutants.kinds.clauses import clause_changes
from scanner.mutants.mutant import Mutant


def mutants(check: PeriodCheck) -> Iterator[Mutant]:
    """A clause dropped or changed."""
    for what, clauses in clause_changes(check.clauses):
        yield Mutant(what, replace(check, clauses=clauses))
