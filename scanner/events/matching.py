"""A set of rules compiled to judge many records fast: exactly the records that ``scanner.pattern.matches`` finds.

Of every record a small head is decoded: event name and source, id, account, and the fields that rules without an event
name depend on. Rules are looked up by those values; what is left of their conditions is tested on the head, or on a
view of the few further fields it needs. A record that does not fit a view is read whole and judged without shortcuts.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from scanner.events.index import (
    EVENT_NAME,
    EVENT_SOURCE,
    Steps,
    conjuncts,
    guards_of,
    paths,
    settle,
    texts_of,
)
from scanner.events.projection import MISFITS, Record, View, can_be_attributes, clash, head_of, parse_record, view_of
from scanner.pattern.match import MISSING, Finder, Test, expression_test, find_in_json
from scanner.pattern.nodes import ANY, And, Expr

EVENT_ID: Steps = ("eventID",)
ACCOUNT: Steps = ("recipientAccountId",)
_ALWAYS_IN_HEAD = (EVENT_NAME, EVENT_SOURCE, EVENT_ID, ACCOUNT)
_FEW_VALUES: tuple[Steps, ...] = (("errorCode",), ("userIdentity", "type"))
"""Fields that hold few different texts and that many rules ask for: looked up together with name and source."""

FREQUENT = ("PutObject", "GetObject", "GetBucketAcl", "GenerateDataKey", "Decrypt", "Sign")
"""The event names that most records of published trails have: what rules ask of them is decoded with the head."""

MAX_GUARDS = 6
"""How many fields besides the event name decide about rules without one; the rest is tested on every record."""

CACHE = 2048
"""How many values of a field, or of the fields looked up with an event name, are remembered."""

SWITCH_FROM = 4
"""From how many conditions on the same field a table of its texts is faster than asking each."""

_ANY_VALUE: Final = object()

Hits = list[tuple[int, int]]
"""Position of a record and number of a condition that holds for it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What records a rule speaks of: those that match ``events`` and not ``excluded``."""

    events: Expr
    excluded: Expr | None

    def settle(self, steps: Steps, value: Any) -> "Condition | bool":
        """What is left where the field holds ``value``; True when all such records match, False when none does."""
        events = settle(self.events, steps, value)
        excluded = settle(self.excluded, steps, value) if self.excluded is not None else False
        if events is False or excluded is True:
            return False
        rest = None if isinstance(excluded, bool) else excluded
        if isinstance(events, bool):
            return True if rest is None else Condition(And(()), rest)
        return Condition(events, rest)

    def paths(self) -> frozenset[Steps]:
        """Every field it looks at."""
        return paths(self.events) | (paths(self.excluded) if self.excluded is not None else frozenset())

    def split(self, fields: Collection[Steps]) -> "tuple[Condition | None, Condition | None]":
        """The part that ``fields`` decide, and the rest; None where there is none. Both together are the condition."""
        near = tuple(part for part in conjuncts(self.events) if paths(part).issubset(fields))
        far = tuple(part for part in conjuncts(self.events) if not paths(part).issubset(fields))
        excluded_near = self.excluded if self.excluded is not None and paths(self.excluded).issubset(fields) else None
        excluded_far = self.excluded if excluded_near is None else None
        return (
            Condition(And(near), excluded_near) if near or excluded_near is not None else None,
            Condition(And(far), excluded_far) if far or excluded_far is not None else None,
        )

    def test(self, finder: Finder) -> Test:
        """The whole condition over records of one shape."""
        parts = conjuncts(self.events)
        events = expression_test(parts[0] if len(parts) == 1 else self.events, finder)
        if self.excluded is None:
            return events
        excluded = expression_test(self.excluded, finder)
        return lambda root: events(root) and not excluded(root)


@dataclass(frozen=True, slots=True)
class Question:
    """One test and the conditions it decides; ``first`` is asked of the head, ``then`` of a view of the record."""

    numbers: tuple[int, ...]
    first: Test | None
    then: Test | None


@dataclass(frozen=True, slots=True)
class Switch:
    """Questions of which only those can be answered with yes that ask for the text that a field holds.

    ``every`` are all of them, for fields that hold no text.
    """

    fetch: Callable[[Any], Any]
    by_text: Mapping[str, tuple[Question, ...]]
    every: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left to decide about records whose looked-up fields are known; numbers are those of conditions.

    ``always`` hold, ``head`` and ``head_switches`` are decided by the head alone, ``body`` and ``body_switches`` also need
    the view that ``decode`` makes.
    """

    always: tuple[int, ...] = ()
    head: tuple[Question, ...] = ()
    head_switches: tuple[Switch, ...] = ()
    body: tuple[Question, ...] = ()
    body_switches: tuple[Switch, ...] = ()
    decode: Callable[[Record], Any] = bytes


_UNKNOWN: Final = Plan()
"""Stands for a plan that is still to be worked out."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """Conditions that some fields of the head decide about, and the plan for each combination of their values met so far.

    ``name`` is the event name they are bound to. ``fetch`` gives one value as it is, several as a tuple.
    """

    name: str | None
    fields: tuple[Steps, ...]
    fetch: Callable[[Any], Any]
    numbers: tuple[int, ...]
    plans: dict[Any, Plan | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Matches:
    """What was found in a sequence of records.

    ``hits`` are (position of the record, number of the condition), by position. ``ids`` and ``accounts`` hold ``eventID`` and
    ``recipientAccountId`` of every record: a text, None, or MISSING; what is neither text nor null is MISSING too.
    ``unreadable`` are the positions of records that are no JSON object.
    """

    hits: tuple[tuple[int, int], ...]
    ids: tuple[Any, ...]
    accounts: tuple[Any, ...]
    unreadable: tuple[int, ...] = ()


class RuleSet:
    """Compiled conditions. It remembers what it worked out about values it met, so it is not for several threads."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self.conditions: Final = tuple(conditions)
        by_name: dict[str, list[int]] = {}
        unnamed: list[int] = []
        for number, condition in enumerate(self.conditions):
            names = texts_of(condition.events, EVENT_NAME)
            if names is None:
                unnamed.append(number)
            for name in names or ():
                by_name.setdefault(name, []).append(number)
        guarded = _choose_guards({number: guards_of(self.conditions[number].events) for number in unnamed})
        mentioned = {steps for condition in self.conditions for steps in condition.paths()}
        extra = [steps for steps in (*_FEW_VALUES, *guarded) if steps in mentioned and steps not in _ALWAYS_IN_HEAD]
        loose = sorted(set(unnamed).difference(*guarded.values()))
        often = {*loose, *(number for name in FREQUENT for number in by_name.get(name, ()))}
        self._looked_up_by: Final = tuple(dict.fromkeys((*_ALWAYS_IN_HEAD, *extra)))
        self._head: Final = head_of(
            self._looked_up_by, sorted({steps for at in often for steps in self.conditions[at].paths()}, key=str)
        )
        self._views: Final[dict[frozenset[Steps], View]] = {}
        self._names: Final = {name: self._named_lookup(name, tuple(numbers)) for name, numbers in by_name.items()}
        self._guards: Final = tuple(
            Lookup(None, (steps,), self._head.find_all((steps,)), tuple(numbers)) for steps, numbers in guarded.items()
        )
        self._loose: Final = self._plan([(number, self.conditions[number]) for number in loose])
        self._unnamed: Final = tuple(unnamed)
        self._whole: Final[dict[int, Test]] = {}

    def match(self, records: Sequence[Record]) -> tuple[tuple[int, int], ...]:
        """The hits among ``records`` as (position, number of the condition), by position."""
        return self.scan(records).hits

    def scan(self, records: Sequence[Record]) -> Matches:
        """The hits among ``records``, with what accounting needs of every record."""
        decode = self._head.decode
        try:
            heads = [decode(record) for record in records]
            hits = self._judge(heads, records)
        except MISFITS:
            return self._scan_singly(records)
        # The fixed fields are the first of the head, in their order: id and account are the third and fourth.
        return Matches(tuple(hits), tuple([head.f2 for head in heads]), tuple([head.f3 for head in heads]))

    def _judge(self, heads: Sequence[Any], records: Sequence[Record]) -> Hits:
        """The hits of records whose heads are decoded; raises one of MISFITS when a record does not fit a view."""
        hits: Hits = []
        names = self._names.get
        for at, head in enumerate(heads):
            lookup = names(head.f0)
            if lookup is not None:
                try:
                    values = lookup.fetch(head)
                except AttributeError:  # what should hold the field is no object
                    values = self._fetch_singly(lookup, head)
                plan = lookup.plans.get(values, _UNKNOWN)
                if plan is _UNKNOWN:
                    plan = self._looked_up(lookup, values)
                if plan is not None:
                    _run(plan, at, head, records, hits)
        for guard in self._guards:
            self._judge_guarded(guard, heads, records, hits)
        if self._loose is not None:
            for at, head in enumerate(heads):
                _run(self._loose, at, head, records, hits)
        if self._unnamed:
            hits.sort()
        return hits

    def _judge_guarded(self, guard: Lookup, heads: Sequence[Any], records: Sequence[Record], hits: Hits) -> None:
        """Add the hits of the conditions that one field decides about: mostly none of its values leads to any."""
        try:
            values = list(map(guard.fetch, heads))
        except AttributeError:  # what should hold the field is no object
            values = [self._fetch_singly(guard, head)[0] for head in heads]
        plans = {
            value: guard.plans[value] if value in guard.plans else self._looked_up(guard, value)
            for value in set(values)
        }
        telling = {value: plan for value, plan in plans.items() if plan is not None}
        if not telling:
            return
        for at, value in enumerate(values):
            if value in telling:
                _run(telling[value], at, heads[at], records, hits)

    def _scan_singly(self, records: Sequence[Record]) -> Matches:
        """``scan`` for records of which some do not fit: those are read whole."""
        hits: Hits = []
        ids: list[Any] = []
        accounts: list[Any] = []
        unreadable: list[int] = []
        for at, record in enumerate(records):
            try:
                head = self._head.decode(record)
                found = self._judge((head,), (record,))
                ids.append(head.f2)
                accounts.append(head.f3)
            except MISFITS:
                value = parse_record(record)
                if value is None:
                    unreadable.append(at)
                root = value or {}
                found = [(0, number) for number in self._judge_whole(root)] if value is not None else []
                ids.append(_text_or_missing(root.get("eventID")))
                accounts.append(_text_or_missing(root.get("recipientAccountId")))
            hits.extend((at, number) for _, number in found)
        return Matches(tuple(hits), tuple(ids), tuple(accounts), tuple(unreadable))

    def _judge_whole(self, root: Mapping[str, Any]) -> list[int]:
        """The rules that match a parsed record."""
        name = root.get("eventName")
        candidates: Iterable[int] = range(len(self.conditions))
        if isinstance(name, str):
            lookup = self._names.get(name)
            candidates = sorted({*self._unnamed, *(lookup.numbers if lookup else ())})
        return [number for number in candidates if self._whole_test(number)(root)]

    def _whole_test(self, number: int) -> Test:
        test = self._whole.get(number)
        if test is None:
            test = self._whole[number] = self.conditions[number].test(find_in_json)
        return test

    def _named_lookup(self, name: str, numbers: tuple[int, ...]) -> Lookup:
        """The lookup of rules bound to an event name: by source and the fields with few values that they mention."""
        mentioned = {steps for number in numbers for steps in self.conditions[number].paths()}
        fields = (
            EVENT_SOURCE,
            *(steps for steps in _FEW_VALUES if steps in mentioned and steps in self._looked_up_by),
        )
        return Lookup(name, fields, self._head.find_all(fields), numbers)

    def _fetch_singly(self, lookup: Lookup, head: Any) -> tuple[Any, ...]:
        return tuple(self._head.find(steps)(head) for steps in lookup.fields)

    def _looked_up(self, lookup: Lookup, values: Any) -> Plan | None:
        """The plan for records whose fields of ``lookup`` hold ``values``, worked out and remembered.

        Where too many values occur, the rest share the plan that tests the fields of each record.
        """
        if len(lookup.plans) > CACHE:
            return lookup.plans[_ANY_VALUE]
        if len(lookup.plans) == CACHE:
            unsettled = [(number, self.conditions[number]) for number in lookup.numbers]
            lookup.plans[_ANY_VALUE] = self._plan(unsettled)
            return lookup.plans[_ANY_VALUE]
        pairs = list(zip(lookup.fields, values if len(lookup.fields) > 1 else (values,), strict=True))
        if lookup.name is not None:
            pairs.insert(0, (EVENT_NAME, lookup.name))
        left: list[tuple[int, Condition]] = []
        always: list[int] = []
        for number in lookup.numbers:
            rest: Condition | bool = self.conditions[number]
            for steps, value in pairs:
                if isinstance(rest, Condition):
                    rest = rest.settle(steps, value)
            if isinstance(rest, Condition):
                left.append((number, rest))
            elif rest:
                always.append(number)
        plan = lookup.plans[values] = self._plan(left, always)
        return plan

    def _view(self, wanted: frozenset[Steps]) -> View:
        if wanted not in self._views:
            self._views[wanted] = view_of(wanted)
        return self._views[wanted]

    def _plan(self, conditions: Sequence[tuple[int, Condition]], always: Sequence[int] = ()) -> Plan | None:
        """How to decide ``conditions``, each with as little as it needs; None when there is nothing to decide."""
        if not conditions and not always:
            return None
        near: dict[Condition, list[int]] = {}
        far: dict[tuple[Condition | None, Condition], list[int]] = {}
        for number, condition in conditions:
            first, then = condition.split(self._head.fields)
            if then is not None:
                far.setdefault((first, then), []).append(number)
            elif first is not None:
                near.setdefault(first, []).append(number)
        view = self._view(frozenset(steps for _, then in far for steps in then.paths()))
        find, test = self._head.find, self._test
        head_switches, head = _switched(
            [(first, Question(tuple(numbers), test(first), None)) for first, numbers in near.items()], find
        )
        body_switches, body = _switched(
            [
                (then, Question(tuple(numbers), test(first) if first is not None else None, then.test(view.find)))
                for (first, then), numbers in far.items()
            ],
            view.find,
        )
        return Plan(tuple(always), head, head_switches, body, body_switches, view.decode)

    def _test(self, condition: Condition) -> Test:
        return condition.test(self._head.find)


def _run(plan: Plan, at: int, head: Any, records: Sequence[Record], hits: Hits) -> None:
    """Add the hits a plan leads to; raises one of MISFITS when the record does not fit its view."""
    if plan.always:
        hits.extend([(at, number) for number in plan.always])
    for question in plan.head:
        if question.first is not None and question.first(head):
            hits.extend([(at, number) for number in question.numbers])
    for switch in plan.head_switches:
        for question in _asked(switch, head):
            if question.first is not None and question.first(head):
                hits.extend([(at, number) for number in question.numbers])
    if plan.body or plan.body_switches:
        _run_body(plan, at, head, records, hits)


def _run_body(plan: Plan, at: int, head: Any, records: Sequence[Record], hits: Hits) -> None:
    body = None
    if plan.body_switches:
        body = plan.decode(records[at])
    asked = (plan.body, *[_asked(switch, body) for switch in plan.body_switches])
    for questions in asked:
        for question in questions:
            if question.first is None or question.first(head):
                if body is None:
                    body = plan.decode(records[at])
                if question.then is not None and question.then(body):
                    hits.extend([(at, number) for number in question.numbers])


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
        texts = [
            {steps: found for steps in condition.paths() if (found := texts_of(condition.events, steps)) is not None}
            for condition, _ in rest
        ]
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


def _text_or_missing(value: Any) -> Any:
    return value if isinstance(value, str) else MISSING


def _choose_guards(choices: Mapping[int, Collection[Steps]]) -> dict[Steps, list[int]]:
    """Few fields for many rules: the field that serves most rules first. Rules without any are left out."""
    open_rules = {number: fields for number, fields in choices.items() if fields}
    chosen: dict[Steps, list[int]] = {}
    while open_rules and len(chosen) < MAX_GUARDS:
        counts = Counter(
            steps
            for fields in open_rules.values()
            for steps in fields
            if can_be_attributes(steps)
            and not any(clash(steps, other) for other in (*_ALWAYS_IN_HEAD, *_FEW_VALUES, *chosen))
        )
        if not counts:
            break
        best = min(counts, key=lambda steps: (-counts[steps], steps != _FEW_VALUES[0], steps))
        chosen[best] = [number for number, fields in open_rules.items() if best in fields]
        for number in chosen[best]:
            del open_rules[number]
    return chosen
