"""Changes of ``check: resource``."""

from collections.abc import Iterator
from dataclasses import replace

from scanner.model import Outcome, Remark, ResourceCheck, ResourceScope
from scanner.mutants.expressions import expression_changes
from scanner.mutants.kinds.clauses import clause_changes
from scanner.mutants.mutant import Mutant
from scanner.resources import RESOURCES


def mutants(check: ResourceCheck) -> Iterator[Mutant]:
    """A clause, the selection or a remark dropped or changed, another outcome of nothing, the other scope."""
    for what, clauses in clause_changes(check.clauses):
        yield Mutant(what, replace(check, clauses=clauses))
    if check.where:
        yield Mutant("where: dropped", replace(check, where=None))
        for change in expression_changes(check.where):
            yield Mutant(f"where: {change.what}", replace(check, where=change.text))
    yield from _remarks(check)
    if check.where or not RESOURCES[check.resource].one_per_account:  # else there is always something to judge
        yield Mutant("when_none: another outcome", replace(check, when_none=_other(check.when_none)))
    if check.when_none_selected:
        yield Mutant("when_none_selected: dropped", replace(check, when_none_selected=None))
    if check.scope is ResourceScope.OWNER:
        yield Mutant("scope: account", replace(check, scope=ResourceScope.ACCOUNT))


def _remarks(check: ResourceCheck) -> Iterator[Mutant]:
    for number, remark in enumerate(check.remarks):
        before, after = check.remarks[:number], check.remarks[number + 1 :]
        yield Mutant(f"remark {number + 1}: dropped", replace(check, remarks=(*before, *after)))
        for change in expression_changes(remark.when):
            changed = Remark(change.text, remark.say)
            yield Mutant(f"remark {number + 1}: {change.what}", replace(check, remarks=(*before, changed, *after)))


def _other(outcome: Outcome) -> Outcome:
    return Outcome.PASS if outcome is not Outcome.PASS else Outcome.FAIL
