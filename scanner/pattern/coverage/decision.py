"""The decision about one required pattern over JSON events, under one reading of ``*``."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from scanner.pattern.cloudtrail.api_names import RETIRED
from scanner.pattern.cloudtrail.recorded import FIELDS, NAME, RELATIONS, SOURCE
from scanner.pattern.coverage.assumptions import Assumptions
from scanner.pattern.coverage.cloudtrail_domain import Domain
from scanner.pattern.coverage.losses import Loss, Part, is_lost_whole, loss, losses_of
from scanner.pattern.coverage.search.components import Budget
from scanner.pattern.coverage.search.counterexample import (
    Anything,
    Choices,
    Chosen,
    Problem,
    SearchResult,
    Status,
    TooManyDisjunctsError,
    atoms_of,
    disjuncts,
    holds,
    problem,
    search,
)
from scanner.pattern.coverage.text_cover import certain_texts, proves
from scanner.pattern.coverage.verdict import Confirm, CoverageProof, CoverageVerdict
from scanner.pattern.coverage.witness import likelier, realistic_choice, small_event, whole_event
from scanner.pattern.language.nodes import (
    And,
    Atom,
    Compare,
    Expr,
    JsonPattern,
    Pattern,
    Regex,
    SpacePattern,
    Text,
)
from scanner.pattern.language.printer import print_expression
from scanner.pattern.language.values.globs import Reading
from scanner.pattern.matching.json_reader import read_object
from scanner.pattern.matching.match import matches, matches_value
from scanner.pattern.matching.values import MISSING

LONGEST_LABEL = 200
"""Characters of the label of a disjunct without an event name; longer ones are cut."""

MAXIMUM_EXPLAINED = 64
"""Parts of a required pattern for which it is found out what decides; for further ones, only whether all is lost."""

MANY_WILDCARDS = 12
"""A filter with more wildcard values than this joins the search only when it is needed."""


def conjunction(given: Problem, need: int) -> list[Atom]:
    """The conditions whose bits are in ``need``."""
    return [atom for place, atom in enumerate(given.atoms) if need >> place & 1]


@dataclass(slots=True)
class _Findings:
    """What was found out about the disjuncts so far."""

    witness: dict[str, Any] | None = None
    missed: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    assumptions: Assumptions = field(default_factory=Assumptions)


class Message(NamedTuple):
    """The text of an event, and what a reader of JSON makes of it."""

    text: str
    event: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came out for one disjunct; ``event`` shows that it is missed, ``reason`` says why nothing is known."""

    status: Status
    event: dict[str, Any] | None = None
    reason: str = ""
    chosen: Chosen = ()


Events = Callable[[SearchResult], Iterable[tuple[dict[str, Any], Chosen]]]
"""The events that a search found, each in several forms, with what was chosen for its fields."""


class Decision:
    """The decision under one reading of ``*``.

    Filters that make the search large (wildcards, regular expressions) wait until they match an event that no other
    filter matches: an event found without them and not matched by them either is a witness all the same.
    """

    def __init__(
        self,
        required: JsonPattern,
        deployed: Sequence[Pattern],
        reading: Reading,
        *,
        realistic: bool,
        budget: Budget,
        explain: bool = False,
        confirm: Confirm | None = None,
    ) -> None:
        self.required = required
        self.deployed = deployed
        self.reading = reading
        self.realistic = realistic
        self.explain = explain
        self.confirm = confirm
        self.budget = budget
        trees = [pattern for pattern in deployed if isinstance(pattern, JsonPattern)]
        self.texts = [pattern for pattern in deployed if not isinstance(pattern, JsonPattern)]
        self.waiting = [pattern for pattern in trees if _is_large(pattern.expr)]
        self.active = [pattern for pattern in trees if pattern not in self.waiting]
        self.problem = self.numbered()
        self.domain = Domain()
        self.found = _Findings()
        self.explained = 0

    def numbered(self) -> Problem:
        """The problem over the active filters; the bits of the required pattern are the same whatever they are."""
        return problem(self.required.expr, [pattern.expr for pattern in self.active], self.reading, self.budget)

    def coverage(self) -> CoverageProof:
        """The answer over all disjuncts."""
        try:
            parts = disjuncts(self.problem.required)
        except TooManyDisjunctsError:
            return CoverageProof(
                CoverageVerdict.UNDETERMINED, reason="the required pattern has too many combinations of its conditions"
            )
        for need in parts:
            self.judge(need)
        found = self.found
        assumed = found.assumptions.facts()
        if found.witness is not None:
            return CoverageProof(
                CoverageVerdict.NOT_COVERED,
                found.witness,
                tuple(dict.fromkeys(found.missed)),
                assumed,
                "",
                losses_of(found.parts) if self.explain else (),
            )
        if found.reasons:
            return CoverageProof(
                CoverageVerdict.UNDETERMINED, None, (), assumed, "; ".join(dict.fromkeys(found.reasons))
            )
        return CoverageProof(CoverageVerdict.COVERED, assumptions=assumed)

    def judge(self, need: int) -> None:
        """Decide one disjunct and note the result."""
        atoms = conjunction(self.problem, need)
        answer, choices = self.answer(need, atoms)
        label = _label(atoms)
        part = Part(label, _literal(atoms, SOURCE) or "")
        if answer.event is not None:
            self.found.witness = self.found.witness or answer.event
            self.found.missed.append(label)
            if self.explain:
                part = part._replace(loss=self.loss(need, choices, answer, label))
        elif answer.status is Status.UNKNOWN:
            self.found.reasons.append(f"{label}: {answer.reason}")
            part = part._replace(decided=False)
        self.found.parts.append(part)

    def covering(self) -> CoverageProof | None:
        """The proof that everything is covered; None once one disjunct is not, or cannot be decided."""
        try:
            parts = disjuncts(self.problem.required)
        except TooManyDisjunctsError:
            return None
        if all(self.is_covered(need) for need in parts):
            return CoverageProof(CoverageVerdict.COVERED, assumptions=self.found.assumptions.facts())
        return None

    def is_covered(self, need: int) -> bool:
        """Whether ``judge`` would find nothing missed in a disjunct."""
        atoms = conjunction(self.problem, need)
        if self.is_proven_by_text(atoms) or self.leaves_nothing(need, Anything(), _small_events):
            return True
        if not self.realistic:
            return False
        if self.is_retired(atoms):
            return True
        covered = self.is_known(need) and self.leaves_nothing(need, self.domain, partial(self.records, need))
        if covered:
            self.assume(need, _event_name(atoms))
        return covered

    def answer(self, need: int, atoms: list[Atom]) -> tuple[_Answer, Choices]:
        """What comes out for one disjunct, and over which values."""
        anything: Choices = Anything()
        if self.is_proven_by_text(atoms):
            return _Answer(Status.NONE), anything
        if self.realistic:
            if self.leaves_nothing(need, anything, _small_events):
                return _Answer(Status.NONE), anything
            realistic = self.judge_realistic(need, atoms)
            if realistic is not None:
                return realistic, self.domain
        return self.decide(need, anything, _small_events), anything

    def is_proven_by_text(self, atoms: list[Atom]) -> bool:
        """Whether a filter on the raw text certainly matches every event of a disjunct."""
        if not self.texts:
            return False
        texts = certain_texts(atoms)
        return any(proves(pattern, texts) for pattern in self.texts)

    def leaves_nothing(self, need: int, choices: Choices, events: Events) -> bool:
        """Whether ``decide`` would find no event left; it takes an example to tell only where filters wait."""
        if self.waiting:
            return self.decide(need, choices, events).status is Status.NONE
        return search(self.problem, need, choices).status is Status.NONE

    def loses_parts_whole(self) -> bool:
        """Whether each disjunct of which events are lost is certainly lost whole; told by the first that is not."""
        try:
            parts = disjuncts(self.problem.required)
        except TooManyDisjunctsError:
            return False
        for need in parts:
            answer, choices = self.answer(need, conjunction(self.problem, need))
            if answer.event is not None and not self.is_whole(need, choices):
                return False
        return True

    def is_whole(self, need: int, choices: Choices) -> bool:
        """Whether certainly no event of a disjunct is matched, by any filter: not known while some wait."""
        return not (self.waiting or self.texts) and is_lost_whole(self.problem, need, choices)

    def loss(self, need: int, choices: Choices, answer: _Answer, label: str) -> Loss:
        """What decides about the events of a disjunct; left open when the search did not look at every filter."""
        if self.waiting or self.texts:
            return Loss(label)
        if self.explained == MAXIMUM_EXPLAINED:
            return Loss(label, whole=self.is_whole(need, choices))
        self.explained += 1
        return loss(self.problem, need, choices, answer.chosen, label)

    def decide(self, need: int, choices: Choices, events: Events) -> _Answer:
        """Search until an event found passes the matcher, or none is left."""
        while True:
            outcome = search(self.problem, need, choices)
            if outcome.status is Status.NONE:
                return _Answer(Status.NONE)
            seen: list[Message] = []
            for event, chosen in events(outcome):
                messages = [Message(text, read_object(text)) for text in spellings(event, exact=not self.texts)]
                if self.is_missed(messages) and (self.confirm is None or self.confirm(event)):
                    return _Answer(Status.FOUND, event, chosen=chosen)
                seen.append(messages[0])
            joining = self.waiting
            if outcome.status is Status.FOUND:
                joining = [pattern for pattern in self.waiting if self.matches_some(pattern, seen)]
            if not joining:
                return _Answer(Status.UNKNOWN, reason=outcome.reason or self.why_unchecked())
            self.active.extend(joining)
            self.waiting = [pattern for pattern in self.waiting if pattern not in joining]
            self.problem = self.numbered()

    def why_unchecked(self) -> str:
        """Why an event that the search found is not a witness."""
        if self.texts:
            return (
                "a filter on the raw text matches the examples tried, which does not prove that it matches all events"
            )
        if self.confirm is not None:
            return (
                "an event pattern asks for more than a filter pattern can say, and no example that is missed was found"
            )
        return "the event found is not one CloudTrail delivers, or failed the check by matching it"

    def holds(self, pattern: Pattern, message: Message) -> bool:
        """Whether a filter matches a message."""
        if not isinstance(pattern, JsonPattern):
            return matches(pattern, message.text, midglob=self.reading)
        return message.event is not None and matches_value(pattern, message.event, midglob=self.reading)

    def matches_some(self, pattern: Pattern, messages: Iterable[Message]) -> bool:
        """Whether a filter matches one of several messages."""
        return any(self.holds(pattern, message) for message in messages)

    def is_missed(self, messages: Sequence[Message]) -> bool:
        """Whether the matcher agrees that the required pattern matches an event and no deployed one does.

        ``messages`` are the event's spellings, the one of CloudTrail first. A filter that only counts the words of the
        line is asked about that one alone: for it blanks between members are another message.
        """
        for pattern in self.deployed:
            if self.matches_some(pattern, messages[:1] if _only_counts(pattern) else messages):
                return False
        return all(self.holds(self.required, message) for message in messages)

    def judge_realistic(self, need: int, atoms: list[Atom]) -> _Answer | None:
        """Decide one disjunct over what CloudTrail delivers; None when the model knows no such event at all.

        A model that calls a required event impossible is not believed, except for retired API calls: the logical
        answer then holds.
        """
        if self.is_retired(atoms):
            return _Answer(Status.NONE)
        if not self.is_known(need):
            return None
        answer = self.decide(need, self.domain, partial(self.records, need))
        if answer.status is Status.NONE:
            self.assume(need, _event_name(atoms))
        return answer

    def is_retired(self, atoms: Sequence[Atom]) -> bool:
        """Whether a disjunct asks for an API call that AWS took away, which is noted."""
        name = _event_name(atoms)
        if name not in RETIRED:
            return False
        self.found.assumptions.add("retired", RELATIONS["retired"], name)
        return True

    def is_known(self, need: int) -> bool:
        """Whether the model of what CloudTrail delivers knows an event of a disjunct."""
        return search(replace(self.problem, deployed=()), need, self.domain).status is Status.FOUND

    def assume(self, need: int, name: str | None) -> None:
        """Note facts that the disjunct is covered by, none of which can be spared; of equal ones the plainer stay."""
        facts = self.domain.facts(self.problem.components)
        spared: frozenset[str] = frozenset()
        for fact in reversed(facts):
            fewer = spared | {fact}
            if search(self.problem, need, Domain(fewer)).status is Status.NONE:
                spared = fewer
        for fact in facts:
            if fact not in spared:
                self.found.assumptions.add(fact, facts[fact], name)

    def records(self, need: int, outcome: SearchResult) -> Iterator[tuple[dict[str, Any], Chosen]]:
        """The outcome as whole records, as far as CloudTrail could deliver them."""

        def missed(true: int) -> bool:
            return not any(holds(formula, true) for formula in self.problem.deployed)

        for chosen in (realistic_choice(outcome.chosen, self.domain, need, missed), outcome.chosen):
            event = whole_event(chosen)
            if self.domain.admits({path: _at(event, path) for path in FIELDS}):
                yield event, chosen


def _only_counts(pattern: Pattern) -> bool:
    """Whether a filter asks for a number of words and nothing else."""
    return isinstance(pattern, SpacePattern) and all(field.condition is None for field in pattern.fields)


def spellings(event: dict[str, Any], *, exact: bool) -> tuple[str, ...]:
    """The event as texts: as CloudTrail writes it, and unless ``exact`` also as other writers of JSON do.

    A filter on the raw text sees blanks and the order of the members. An event shows that such a filter misses it only
    if it is missed however it is written: as it was found, as it is printed, and as a reader may write it again.
    """
    compact = json.dumps(event, separators=(",", ":"))
    if exact:
        return (compact,)
    return (
        compact,
        *(
            json.dumps(event, separators=separators, sort_keys=ordered, ensure_ascii=escaped)
            for separators in ((",", ":"), (", ", ": "))
            for ordered in (False, True)
            for escaped in (False, True)
        ),
    )


def _small_events(outcome: SearchResult) -> Iterator[tuple[dict[str, Any], Chosen]]:
    """The outcome as events of only the fields that matter, and as a whole record in case that evades a text filter."""
    if outcome.status is Status.FOUND:
        better = likelier(outcome.chosen)
        yield small_event(better), better
        yield small_event(outcome.chosen), outcome.chosen
        yield whole_event(better), better


def _is_large(expr: Expr) -> bool:
    """Whether a filter makes the search large: wildcard or index selectors, regular expressions, or many wildcards."""
    stars = 0
    for atom in atoms_of(expr):
        if any(not isinstance(step, str) for step in atom.selector.steps):
            return True
        if isinstance(atom, Compare) and isinstance(atom.value, Regex):
            return True
        stars += isinstance(atom, Compare) and isinstance(atom.value, Text) and "*" in atom.value.text
    return stars > MANY_WILDCARDS


def _at(event: Any, path: Sequence[str]) -> Any:
    """The value at ``path``, or ``MISSING``."""
    for step in path:
        if not isinstance(event, dict) or step not in event:
            return MISSING
        event = event[step]
    return event


def _event_name(atoms: Iterable[Atom]) -> str | None:
    """The event name that a conjunction asks for literally."""
    return _literal(atoms, NAME)


def _literal(atoms: Iterable[Atom], path: tuple[str, ...]) -> str | None:
    """The text that a conjunction asks for literally in the field at ``path``."""
    for atom in atoms:
        if isinstance(atom, Compare) and isinstance(atom.value, Text) and atom.op == "=":
            text = atom.value.text
            if atom.selector.steps == path and "*" not in text:
                return text
    return None


def _label(atoms: Sequence[Atom]) -> str:
    """How a person calls a disjunct: by its event name, else by its text."""
    if not atoms:
        return "every event"
    text = _event_name(atoms) or print_expression(atoms[0] if len(atoms) == 1 else And(tuple(atoms)))
    return text if len(text) <= LONGEST_LABEL else f"{text[:LONGEST_LABEL]}…"
