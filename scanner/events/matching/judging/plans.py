"""How little of a record has to be asked to decide many conditions at once."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final, Protocol

from scanner.events.matching.conditions.condition import Condition
from scanner.events.matching.conditions.rule_fields import conjuncts, texts_of
from scanner.events.reading.fields.views import Head, Record, View, view_of
from scanner.pattern.language.nodes import ANY, Compare, Steps, Text
from scanner.pattern.matching.match import Test
from scanner.pattern.matching.values import Finder

SIEVE_FROM = 5
"""From how many records of one plan their texts are put together before questions are asked."""

SWITCH_FROM = 4
"""From how many conditions on the same field a table of its texts is faster than asking each."""


class Records(Protocol):
    """Records by position; one may be cut out of its source only when it is asked for."""

    def __getitem__(self, at: int, /) -> Record:
        """The record at a position."""
        ...


Hits = list[tuple[int, int]]
"""Position of a record and number of a condition that holds for it."""


Question = tuple[tuple[int, ...], Test | None, Test]
"""The conditions that hold when both tests do: an optional one of the head, then one of the head or of another view."""


@dataclass(frozen=True, slots=True)
class Switch:
    """Equality questions about one field: only those asking for the field's actual text can hold.

    ``every`` are all of them, for fields that hold no text.
    """

    fetch: Callable[[Any], Any]
    by_text: Mapping[str, tuple[Question, ...]]
    every: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Sieve:
    """Substring questions: a record whose field lacks the question's literal is skipped."""

    fetch: Callable[[Any], Any]
    questions: tuple[tuple[str, Question], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is left to decide about records whose looked-up fields are known; numbers are those of conditions.

    ``always`` hold, ``head`` and ``head_switches`` are decided by the head alone, ``body`` and ``body_switches`` also
    need the view that ``decode`` makes; ``more`` says that there is anything but ``head``. ``sieves`` are the questions
    of ``head``, when all can be sieved and nothing else is asked. Plans are told apart by identity.
    """

    always: tuple[int, ...] = ()
    head: tuple[Question, ...] = ()
    head_switches: tuple[Switch, ...] = ()
    body: tuple[Question, ...] = ()
    body_switches: tuple[Switch, ...] = ()
    decode: Callable[[Record], Any] = bytes
    sieves: tuple[Sieve, ...] = ()
    more: bool = field(init=False)

    def __post_init__(self) -> None:
        """Note once, for every record that meets the plan, whether the questions of ``head`` are all of it."""
        more = bool(self.always or self.head_switches or self.body or self.body_switches)
        object.__setattr__(self, "more", more)


class Planner:
    """Makes plans over one head; views of the same fields are made once.

    ``held`` are the numbers of conditions that only ask for fields of the head.
    """

    def __init__(self, head: Head, held: Collection[int] = ()) -> None:
        self._head: Final = head
        self._held: Final = held
        self._views: Final[dict[frozenset[Steps], View]] = {}

    def plan(
        self, conditions: Sequence[tuple[int, Condition]], always: Sequence[int] = (), *, often: bool = False
    ) -> Plan | None:
        """How to decide ``conditions``, each with as little as it needs; None when there is nothing to decide.

        ``often``: many records of one stretch are expected to share the plan.
        """
        if not conditions and not always:
            return None
        near: dict[Condition, list[int]] = {}
        far: dict[tuple[Condition | None, Condition], list[int]] = {}
        for number, condition in conditions:
            held = number in self._held
            first, then = (condition, None) if held else condition.split(self._head.fields)
            if then is not None:
                far.setdefault((first, then), []).append(number)
            elif first is not None:
                near.setdefault(first, []).append(number)
        find = self._head.find
        if not far and len(near) < SWITCH_FROM:
            asked = tuple((tuple(numbers), None, first.test(find)) for first, numbers in near.items())
            sieves = self._sieves(near, asked) if often and not always else ()
            return Plan(tuple(always), asked, sieves=sieves)
        view = self._view(frozenset(steps for _, then in far for steps in then.paths()))
        head_switches, head = _switched(
            [(first, (tuple(numbers), None, first.test(find))) for first, numbers in near.items()], find
        )
        body_switches, body = _switched(
            [
                (then, (tuple(numbers), first.test(find) if first is not None else None, then.test(view.find)))
                for (first, then), numbers in far.items()
            ],
            view.find,
        )
        asked_alone = not (always or head_switches or body or body_switches)
        sieves = self._sieves(near, head) if often and asked_alone else ()
        return Plan(tuple(always), head, head_switches, body, body_switches, view.decode, sieves)

    def _sieves(self, near: Iterable[Condition], questions: Sequence[Question]) -> tuple[Sieve, ...]:
        """One sieve for each field that questions can be sieved by; none when one of them cannot be."""
        by_field: dict[Steps, list[tuple[str, Question]]] = {}
        for condition, question in zip(near, questions, strict=True):
            found = _literal_of(condition)
            if found is None:
                return ()
            by_field.setdefault(found[0], []).append((found[1], question))
        return tuple(Sieve(self._head.find_all((steps,)), tuple(asked)) for steps, asked in by_field.items())

    def _view(self, wanted: frozenset[Steps]) -> View:
        if wanted not in self._views:
            self._views[wanted] = view_of(wanted)
        return self._views[wanted]


def run(plan: Plan, at: int, head: Any, records: Records, hits: Hits) -> None:
    """Add the hits a plan leads to; raises one of MISFITS when the record does not fit its view."""
    hits.extend([(at, number) for number in plan.always])
    _ask(plan.head, at, head, hits)
    for switch in plan.head_switches:
        _ask(_asked(switch, head), at, head, hits)
    if plan.body or plan.body_switches:
        _run_body(plan, at, head, records, hits)


def _ask(questions: Sequence[Question], at: int, head: Any, hits: Hits) -> None:
    """Ask questions of a head alone."""
    for numbers, _, test in questions:
        if test(head):
            hits.extend([(at, number) for number in numbers])


def run_sieved(plan: Plan, positions: Sequence[int], heads: Sequence[Any], hits: Hits) -> None:
    """``run`` for several records of one plan.

    A question whose literal is in none of their texts is not asked at all.
    """
    for numbers, _, test in _sifted(plan, positions, heads):
        for at in positions:
            if test(heads[at]):
                hits.extend([(at, number) for number in numbers])


def _sifted(plan: Plan, positions: Sequence[int], heads: Sequence[Any]) -> Sequence[Question]:
    """The questions of a plan that one of these records may answer with yes."""
    if len(positions) < SIEVE_FROM:
        return plan.head
    chosen = itemgetter(*positions)(heads)
    left: list[Question] = []
    try:
        for sieve in plan.sieves:
            text = "\n".join(map(sieve.fetch, chosen))
            left += [question for literal, question in sieve.questions if literal in text]
    except (TypeError, AttributeError):  # a field holds no text, or what should hold it is not one
        return plan.head
    return left


def _literal_of(condition: Condition) -> tuple[Steps, str] | None:
    """A field that is reached by keys, and a text that it must hold for the condition to be true; the longest one."""
    found: list[tuple[Steps, str]] = []
    for part in conjuncts(condition.events):
        if isinstance(part, Compare) and part.op == "=" and isinstance(part.value, Text):
            steps = part.selector.steps
            if all(isinstance(step, str) for step in steps):
                found.append((steps, max(part.value.text.split("*"), key=len)))
    best = max(found, key=lambda each: len(each[1]), default=None)
    return best if best is not None and best[1] else None


def _run_body(plan: Plan, at: int, head: Any, records: Records, hits: Hits) -> None:
    body = None
    if plan.body_switches:
        body = plan.decode(records[at])
    asked = (plan.body, *[_asked(switch, body) for switch in plan.body_switches])
    for questions in asked:
        for numbers, first, test in questions:
            if first is None or first(head):
                if body is None:
                    body = plan.decode(records[at])
                if test(body):
                    hits.extend([(at, number) for number in numbers])


def _asked(switch: Switch, root: Any) -> tuple[Question, ...]:
    """The questions of a switch that a record may answer with yes."""
    text = switch.fetch(root)
    return switch.by_text.get(text, ()) if isinstance(text, str) else switch.every


def _switched(
    questions: Sequence[tuple[Condition, Question]], find: Finder
) -> tuple[tuple[Switch, ...], tuple[Question, ...]]:
    """Questions that ask for texts of one field are put behind a switch, if they are many; the rest is left."""
    rest = list(questions)
    switches: list[Switch] = []
    while len(rest) >= SWITCH_FROM:
        texts = [_texts_by_field(condition) for condition, _ in rest]
        counts = Counter(steps for found in texts for steps in found)
        best = min(counts, key=lambda steps: (-counts[steps], str(steps)), default=())
        if counts[best] < SWITCH_FROM or ANY in best:
            break
        by_text: dict[str, list[Question]] = {}
        chosen = [(question, found[best]) for (_, question), found in zip(rest, texts, strict=True) if best in found]
        for question, wanted in chosen:
            for text in wanted:
                by_text.setdefault(text, []).append(question)
        every = tuple(question for question, _ in chosen)
        switches.append(Switch(find(best), {text: tuple(found) for text, found in by_text.items()}, every))
        rest = [pair for pair, found in zip(rest, texts, strict=True) if best not in found]
    return tuple(switches), tuple(question for _, question in rest)


def _texts_by_field(condition: Condition) -> dict[Steps, frozenset[str]]:
    """The fields that must hold one of some texts for a condition to be true, with the texts."""
    found: dict[Steps, frozenset[str]] = {}
    for steps in condition.paths():
        texts = texts_of(condition.events, steps)
        if texts is not None:
            found[steps] = texts
    return found
