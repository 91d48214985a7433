"""Which changes of a rule its cases notice.

A change is noticed when some case no longer holds, or when the changed rule cannot be judged at all. One that no case
notices is a survivor, unless it is proven to change nothing: by the decision of what filter patterns cover, or by the
proof that the file of cases states.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scanner.assessment.evaluate import effective
from scanner.cases import Case, Equivalent, run_case
from scanner.checks.route import Proofs
from scanner.errors import PatternError, UsageError
from scanner.model import JsonValue, LogEventsCheck, Rule
from scanner.mutants.kinds import mutants_of
from scanner.mutants.mutant import Mutant, Patterns
from scanner.pattern import CoverageVerdict, Pattern, covers, parse_events, parse_required


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change that no case notices; ``proof`` says why it changes nothing ("": nobody says so)."""

    what: str
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the changes of a rule: how many were noticed, and the others."""

    noticed: int
    survivors: tuple[Survivor, ...]

    @property
    def total(self) -> int:
        """How many changes there were."""
        return self.noticed + len(self.survivors)

    @property
    def unproven(self) -> tuple[Survivor, ...]:
        """The survivors that may change what the rule says."""
        return tuple(survivor for survivor in self.survivors if not survivor.proof)


PROVEN = "proven: nothing that the rule is judged over tells the two patterns apart"
"""The proof of a pattern that matches what it did before."""


def judge_mutants(rule: Rule, cases: Sequence[Case], stated: Mapping[str, Equivalent]) -> Judged:
    """Judge every change of a rule over its cases; ``stated`` are the proofs by the name of the change."""
    noticed, survivors = 0, []
    proofs = Proofs()
    ordered = list(cases)
    for mutant in mutants_of(rule):
        by = next((case for case in ordered if _notices(case, rule, mutant, proofs)), None)
        if by is not None:
            noticed += 1
            ordered.remove(by)  # what noticed one change often notices the next
            ordered.insert(0, by)
            continue
        told = stated.get(mutant.what)
        survivors.append(Survivor(mutant.what, told.because if told else _proof(rule, mutant.patterns)))
    return Judged(noticed, tuple(survivors))


def stale(judged: Judged, stated: Iterable[str]) -> Iterator[str]:
    """Stated proofs that are about no survivor: the change is noticed, or there is no such change any more."""
    left = {survivor.what for survivor in judged.survivors}
    yield from (what for what in stated if what not in left)


def _notices(case: Case, rule: Rule, mutant: Mutant, proofs: Proofs) -> bool:
    if mutant.ignored:
        if mutant.ignored not in case.parameters:
            return False
        case = replace(case, parameters=_without(case.parameters, mutant.ignored))
    if mutant.default and mutant.default.name in case.parameters:
        return False
    try:
        return not run_case(mutant.of(rule), case, proofs).passed
    except (PatternError, UsageError):
        return True


def _without(parameters: Mapping[str, JsonValue], name: str) -> dict[str, JsonValue]:
    return {other: value for other, value in parameters.items() if other != name}


def _proof(rule: Rule, patterns: Patterns | None) -> str:
    """Why a change of a pattern changes nothing; "" when it does or nothing is proven."""
    if patterns is None:
        return ""
    values = effective(rule)
    same = all(_is_same(rule, patterns, given) for given in (values, _values_apart(values)))
    return PROVEN if same else ""


def _is_same(rule: Rule, patterns: Patterns, values: Mapping[str, JsonValue]) -> bool:
    before, after = _parsed(rule, patterns.before, values), _parsed(rule, patterns.after, values)
    # Routes are about management events; records may be of any kind, and are proven over every JSON object.
    managed = not isinstance(rule.check, LogEventsCheck)
    proofs = (covers(before, [after], realistic=managed), covers(after, [before], realistic=managed))
    return all(proof.verdict is CoverageVerdict.COVERED for proof in proofs)


def _values_apart(values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Each list with one text that nothing else holds: an empty list, or ``*``, would hide what a condition does."""
    return {name: [f"only-{name}"] if isinstance(value, list) else value for name, value in values.items()}


def _parsed(rule: Rule, text: str, values: Mapping[str, JsonValue]) -> Pattern:
    return parse_events(text, values) if isinstance(rule.check, LogEventsCheck) else parse_required(text, values)
