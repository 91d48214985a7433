"""Whether the deployed filters together match every event that a required pattern matches.

The answer is a proof or an event. "covered" is said only when no JSON object exists (or, realistically, none that
CloudTrail delivers) that the required pattern matches and no deployed one does; "not_covered" only with such an event
at hand that was checked by matching it; everything else is "undetermined" with the reason.

How: the required pattern is taken apart into its disjuncts. For each, the truth vectors of all fields are enumerated
(``vectors``, ``components``) and searched for a combination that makes the disjunct true and every deployed pattern
false (``counterexample``). Where a ``*`` is in the middle of a value, whose meaning AWS leaves open, both readings are
decided, and the answer holds only if they agree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from scanner.pattern.coverage.decision import Decision, conjunction, spellings
from scanner.pattern.coverage.losses import Loss
from scanner.pattern.coverage.search.components import Budget
from scanner.pattern.coverage.search.counterexample import (
    TooManyDisjunctsError,
    atoms_of,
    disjuncts,
    problem,
)
from scanner.pattern.coverage.text_cover import example, implies, matches_every_event
from scanner.pattern.coverage.verdict import Confirm, CoverageProof, CoverageVerdict
from scanner.pattern.language.nodes import (
    And,
    Compare,
    EveryPattern,
    Expr,
    FieldCondition,
    FieldExpr,
    JsonPattern,
    Or,
    Pattern,
    SpacePattern,
    Text,
    Value,
    all_of,
)
from scanner.pattern.language.values.globs import Reading, has_middle_wildcard
from scanner.pattern.matching.match import matches


def covers(
    required: Pattern,
    deployed: Sequence[Pattern],
    *,
    realistic: bool = False,
    explain: bool = False,
    confirm: Confirm | None = None,
) -> CoverageProof:
    """Whether every event that ``required`` matches is matched by at least one of ``deployed``.

    The union of the deployed filters counts. The logical verdict ranges over all JSON objects; with ``realistic`` only
    over management events as CloudTrail delivers them (``cloudtrail_domain``). Patterns may come from ``parse`` or be
    put together from nodes. With ``explain`` the answer says what decides about the events that are lost, which takes
    longer. A pattern that no event matches is covered by anything, also by nothing. ``confirm`` has the last word on an
    event that was found: one that it refuses is not a witness.
    """
    if required in deployed:
        return CoverageProof(CoverageVerdict.COVERED)
    if not isinstance(required, JsonPattern):
        return _cover_text(required, deployed)
    if any(matches_every_event(pattern) for pattern in deployed):
        return CoverageProof(CoverageVerdict.COVERED)
    decide = partial(
        Decision, required, deployed, realistic=realistic, budget=Budget(), explain=explain, confirm=confirm
    )
    wildcard = decide("wildcard").coverage()
    if len(_readings(required, deployed)) == 1:
        return wildcard
    return _agreed(wildcard, decide("literal").coverage())


def covering(required: JsonPattern, deployed: Sequence[Pattern], *, realistic: bool = False) -> CoverageProof | None:
    """The proof that every event of ``required`` is matched by ``deployed``; None where ``covers`` gives another one.

    Told by the first part of ``required`` that is not covered, and without an example where none is needed.
    """
    if required in deployed or any(matches_every_event(pattern) for pattern in deployed):
        return CoverageProof(CoverageVerdict.COVERED)
    decide = partial(Decision, required, deployed, realistic=realistic, budget=Budget())
    proofs = (decide(reading).covering() for reading in _readings(required, deployed))
    first = next(proofs)
    return first if all(proof is not None for proof in (first, *proofs)) else None


def loses_parts_whole(required: JsonPattern, deployed: Sequence[Pattern]) -> bool:
    """Whether each part of ``required`` that ``covers`` would name as missed is lost with all its events.

    Those that CloudTrail delivers count. False also where it was not found out.
    """
    decide = partial(Decision, required, deployed, realistic=True, budget=Budget())
    return all(decide(reading).loses_parts_whole() for reading in _readings(required, deployed))


def matches_nothing(pattern: JsonPattern) -> bool:
    """Whether it is proven that no JSON event matches ``pattern``, as when its conditions contradict each other.

    The same as ``covers(pattern, ()).verdict == "covered"``, told by the first of its disjuncts that an event matches:
    a list of a thousand event names is not gone through to the end, and most patterns are told by their first way.
    """
    if covering(JsonPattern(_first_way(pattern.expr)), ()) is None:
        return False
    numbered = problem(pattern.expr, (), "wildcard", Budget())
    try:
        parts = disjuncts(numbered.required)
    except TooManyDisjunctsError:
        return False
    for need in parts:
        alone = JsonPattern(And(tuple(conjunction(numbered, need))))
        if covering(alone, ()) is None:
            return False
    return True


def _first_way(expr: Expr) -> Expr:
    """The first of the conjunctions that an expression is an "or" of."""
    match expr:
        case And(parts=parts):
            return all_of(map(_first_way, parts))
        case Or(parts=(first, *_)):
            return _first_way(first)
        case _:
            return expr


def _readings(required: Pattern, deployed: Sequence[Pattern]) -> tuple[Reading, ...]:
    """The readings of ``*`` that make a difference."""
    return ("wildcard", "literal") if any(map(_ambiguous, (required, *deployed))) else ("wildcard",)


def _ambiguous(pattern: Pattern) -> bool:
    """Whether a value has a ``*`` whose meaning is not settled."""
    values: list[Value] = []
    if isinstance(pattern, JsonPattern):
        values = [atom.value for atom in atoms_of(pattern.expr) if isinstance(atom, Compare)]
    elif isinstance(pattern, SpacePattern):
        values = [value for field in pattern.fields if field.condition for value in _field_values(field.condition)]
    return any(isinstance(value, Text) and has_middle_wildcard(value.text) for value in values)


def _field_values(condition: FieldExpr) -> Iterator[Value]:
    """The values a field of a space-delimited pattern is compared with."""
    if isinstance(condition, FieldCondition):
        yield condition.value
    else:
        for part in condition.parts:
            yield from _field_values(part)


def _agreed(wildcard: CoverageProof, literal: CoverageProof) -> CoverageProof:
    """The common answer of both readings of a ``*`` in the middle of a value."""
    if wildcard.verdict == literal.verdict:
        both = tuple(label for label in wildcard.missed if label in literal.missed) or wildcard.missed
        losses = tuple(each for each in wildcard.losses if each in literal.losses or each.label not in literal.missed)
        return replace(wildcard, missed=both, losses=losses or tuple(map(Loss, both)) if wildcard.losses else ())
    missed = tuple(dict.fromkeys((*wildcard.missed, *literal.missed)))
    words = {
        CoverageVerdict.COVERED: "covers it",
        CoverageVerdict.NOT_COVERED: "does not cover it",
        CoverageVerdict.UNDETERMINED: "cannot be decided",
    }
    reason = (
        "AWS does not say whether a * in the middle of a value is a wildcard or a plain character: "
        f"read as a wildcard the filter {words[wildcard.verdict]}, as a plain character it {words[literal.verdict]}"
    )
    return CoverageProof(
        CoverageVerdict.UNDETERMINED, None, missed, wildcard.assumptions or literal.assumptions, reason
    )


def _cover_text(required: Pattern, deployed: Sequence[Pattern]) -> CoverageProof:
    """The answer for a required pattern that is not a JSON pattern."""
    if any(implies(required, pattern) for pattern in deployed):
        return CoverageProof(CoverageVerdict.COVERED)
    event = example(required)
    if isinstance(required, EveryPattern):
        wanted = JsonPattern(And(()))
        event = Decision(wanted, deployed, "wildcard", realistic=False, budget=Budget()).coverage().witness
    if event is not None:
        missed = "every event" if isinstance(required, EveryPattern) else "the terms"
        messages = spellings(event, exact=False)
        if all(_is_missed(each, required, deployed) for each in messages):
            return CoverageProof(CoverageVerdict.NOT_COVERED, event, (missed,))
    reason = "coverage of a pattern that looks at the raw text of events can be proven only in simple cases"
    return CoverageProof(CoverageVerdict.UNDETERMINED, reason=reason)


def _is_missed(message: str, required: Pattern, deployed: Sequence[Pattern]) -> bool:
    """Whether ``required`` matches a message and none of ``deployed`` does."""
    return matches(required, message) and not any(matches(pattern, message) for pattern in deployed)
