"""A set of rules compiled to judge many records fast: exactly the records that ``scanner.pattern.matches`` finds.

Of every record a small head is decoded: event name and source, id, account, and the fields that rules without an event
name depend on. What is left of all rules for records of the same name, source, error code and type of identity is worked
out once and kept; it is tested on the head, or on a view of the few further fields it needs. A record that does not fit a
view is read whole and judged without shortcuts.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from scanner.events.index import EVENT_NAME, EVENT_SOURCE, Steps, guards_of, texts_of
from scanner.events.plans import Condition, Hits, Plan, Planner, run
from scanner.events.projection import MISFITS, Record, can_be_attributes, clash, head_of, parse_record
from scanner.pattern.match import MISSING, Test, find_in_json

EVENT_ID: Steps = ("eventID",)
ACCOUNT: Steps = ("recipientAccountId",)
ERROR: Steps = ("errorCode",)
IDENTITY_TYPE: Steps = ("userIdentity", "type")
_ALWAYS_IN_HEAD = (EVENT_NAME, EVENT_SOURCE, EVENT_ID, ACCOUNT)

KEY: tuple[Steps, ...] = (EVENT_NAME, EVENT_SOURCE, ERROR, IDENTITY_TYPE)
"""Fields that hold few different texts and that many rules ask for: records with equal values share a plan."""

FREQUENT = ("PutObject", "GetObject", "GetBucketAcl", "GenerateDataKey", "Decrypt", "Sign")
"""The event names that most records of published trails have: what rules ask of them is decoded with the head."""

MAX_GUARDS = 6
"""How many further fields decide about rules without event name; the rest of such rules is tested on every record."""

KEYS = 16384
"""How many combinations of values of ``KEY`` are remembered."""

SLICE = 1024
"""How many records are decoded before they are judged: what was decoded then still is in the processor's cache."""

CACHE = 2048
"""How many values of another field are remembered."""

_UNKNOWN: Final = Plan()
_ANY_VALUE: Final = object()


@dataclass(frozen=True, slots=True)
class Guard:
    """Conditions that one field can rule out, and what is left of them for each of its values met so far.

    ``known`` are the values whose plan was worked out, ``telling`` the plans of those that have one; ``full`` holds the
    plan for all other values once there are too many.
    """

    steps: Steps
    fetch: Callable[[Any], Any]
    conditions: tuple[tuple[int, Condition], ...]
    left: dict[Any, tuple[tuple[int, Condition | bool], ...]] = field(default_factory=dict)
    known: set[Any] = field(default_factory=set)
    telling: dict[Any, Plan] = field(default_factory=dict)
    full: list[Plan | None] = field(default_factory=list)

    def left_for(self, value: Any) -> tuple[tuple[int, Condition | bool], ...]:
        """What is left where the field holds ``value``; conditions that cannot hold are left out."""
        known = self.left.get(value)
        if known is not None:
            return known
        settled = ((number, condition.settle(self.steps, value)) for number, condition in self.conditions)
        found = tuple((number, rest) for number, rest in settled if rest is not False)
        if len(self.left) < CACHE:
            self.left[value] = found
        return found


@dataclass(frozen=True, slots=True)
class Matches:
    """What was found in a sequence of records.

    ``hits`` are (position of the record, number of the condition), by position. ``ids`` and ``accounts`` hold ``eventID``
    and ``recipientAccountId`` of every record: a text, None, or MISSING; what is neither text nor null is MISSING too.
    ``unreadable`` are the positions of records that are no JSON object.
    """

    hits: Sequence[tuple[int, int]]
    ids: Sequence[Any]
    accounts: Sequence[Any]
    unreadable: Sequence[int] = ()


class RuleSet:
    """Compiled conditions. It remembers what it worked out about values it met, so it is not for several threads."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self.conditions: Final = tuple(conditions)
        self._by_name: Final[dict[str, list[int]]] = {}
        unnamed: list[int] = []
        for number, condition in enumerate(self.conditions):
            names = texts_of(condition.events, EVENT_NAME)
            if names is None:
                unnamed.append(number)
            for name in names or ():
                self._by_name.setdefault(name, []).append(number)
        self._unnamed: Final = tuple(unnamed)
        guarded = _choose_guards({number: guards_of(self.conditions[number].events) for number in unnamed})
        loose = sorted(set(unnamed).difference(*guarded.values()))
        further = [steps for steps in guarded if steps not in KEY and steps not in _ALWAYS_IN_HEAD]
        often = {*loose, *(number for name in FREQUENT for number in self._by_name.get(name, ()))}
        wanted = sorted({steps for number in often for steps in self.conditions[number].paths()}, key=str)
        self._head: Final = head_of((*_ALWAYS_IN_HEAD, ERROR, IDENTITY_TYPE, *further), wanted)
        self._planner: Final = Planner(self._head)
        self._fetch_key: Final = self._head.find_all(KEY)
        self._plans: Final[dict[Any, Plan | None]] = {}
        self._by_telling: Final[dict[tuple[Any, ...], Plan | None]] = {}
        self._asked_of: Final[dict[Any, set[Steps]]] = {}
        guards = {
            steps: Guard(steps, self._head.find_all((steps,)), self._numbered(numbers))
            for steps, numbers in guarded.items()
        }
        self._key_guards: Final = tuple((KEY.index(steps), guard) for steps, guard in guards.items() if steps in KEY)
        self._guards: Final = tuple(guard for steps, guard in guards.items() if steps not in KEY)
        self._loose: Final = self._planner.plan(self._numbered(loose))
        self._whole: Final[dict[int, Test]] = {}

    def match(self, records: Sequence[Record]) -> tuple[tuple[int, int], ...]:
        """The hits among ``records`` as (position, number of the condition), by position."""
        return tuple(self.scan(records).hits)

    def scan(self, records: Sequence[Record]) -> Matches:
        """The hits among ``records``, with what accounting needs of every record."""
        if len(records) <= SLICE:
            return self._scan_slice(records)
        hits: Hits = []
        ids: list[Any] = []
        accounts: list[Any] = []
        unreadable: list[int] = []
        for start in range(0, len(records), SLICE):
            found = self._scan_slice(records[start : start + SLICE])
            hits.extend([(start + at, number) for at, number in found.hits])
            ids += found.ids
            accounts += found.accounts
            unreadable.extend([start + at for at in found.unreadable])
        return Matches(hits, ids, accounts, unreadable)

    def _scan_slice(self, records: Sequence[Record]) -> Matches:
        decode = self._head.decode
        try:
            heads = [decode(record) for record in records]
            hits = self._judge(heads, records)
        except MISFITS:
            return self._scan_singly(records)
        # The fixed fields are the first of the head, in their order: id and account are the third and fourth.
        return Matches(hits, [head.f2 for head in heads], [head.f3 for head in heads])

    def _judge(self, heads: Sequence[Any], records: Sequence[Record]) -> Hits:
        """The hits of records whose heads are decoded; raises one of MISFITS when a record does not fit a view."""
        hits: Hits = []
        keys = self._values(KEY, self._fetch_key, heads)
        known = self._plans.get
        for at, key in enumerate(keys):
            plan = known(key, _UNKNOWN)
            if plan is _UNKNOWN:
                plan = self._plan_for(key)
            if plan is None:
                continue
            if plan.simple:
                head = heads[at]
                for numbers, _, test in plan.head:
                    if test(head):
                        hits.extend([(at, number) for number in numbers])
            else:
                run(plan, at, heads[at], records, hits)
        for guard in self._guards:
            self._judge_guarded(guard, heads, records, hits)
        if self._loose is not None:
            for at, head in enumerate(heads):
                run(self._loose, at, head, records, hits)
        if self._guards or self._loose is not None:
            hits.sort()
        return hits

    def _values(self, fields: Sequence[Steps], fetch: Callable[[Any], Any], heads: Sequence[Any]) -> list[Any]:
        """What ``fetch`` gives of each head; slower where what should hold a field is no object."""
        try:
            return list(map(fetch, heads))
        except AttributeError:
            finds = [self._head.find(steps) for steps in fields]
            if len(finds) == 1:
                return [finds[0](head) for head in heads]
            return [tuple([find(head) for find in finds]) for head in heads]

    def _judge_guarded(self, guard: Guard, heads: Sequence[Any], records: Sequence[Record], hits: Hits) -> None:
        """Add the hits of the conditions that one field decides about: mostly none of its values leads to any."""
        values = self._values((guard.steps,), guard.fetch, heads)
        for value in set(values).difference(guard.known):
            self._learn(guard, value)
        telling = guard.telling
        if guard.full or not telling.keys().isdisjoint(values):
            for at, value in enumerate(values):
                plan = telling.get(value)
                if plan is None and guard.full and value not in guard.known:
                    plan = guard.full[0]
                if plan is not None:
                    run(plan, at, heads[at], records, hits)

    def _learn(self, guard: Guard, value: Any) -> None:
        """Work out what a value of a guard leads to; beyond those remembered, a plan tests the field of each record."""
        if len(guard.known) < CACHE:
            guard.known.add(value)
            plan = self._planned(guard.left_for(value))
            if plan is not None:
                guard.telling[value] = plan
        elif not guard.full:
            guard.full.append(self._planner.plan(guard.conditions))

    def _plan_for(self, key: tuple[Any, ...]) -> Plan | None:
        """The plan for records with these values of ``KEY``, remembered.

        Beyond those remembered, records share the plan of their event name, or that of names no rule is bound to.
        """
        if key in self._plans:  # an earlier record of the same batch brought it
            return self._plans[key]
        if len(self._plans) < KEYS:
            telling = self._telling(key)
            if telling not in self._by_telling:
                self._by_telling[telling] = self._planned(self._left_for(key))
            plan = self._plans[key] = self._by_telling[telling]
            return plan
        shared = (_ANY_VALUE, key[0] if key[0] in self._by_name else None)
        if shared not in self._plans:
            of_name = self._numbered(self._by_name.get(key[0], ()))
            of_guards = [pair for _, guard in self._key_guards for pair in guard.conditions]
            self._plans[shared] = self._planner.plan([*of_name, *of_guards])
        return self._plans[shared]

    def _telling(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        """The key without the values that no condition left for it asks about: equal ones lead to equal plans."""
        if any(guard.left_for(key[at]) for at, guard in self._key_guards):
            return key
        asked = self._asked_of.get(key[0])
        if asked is None:
            asked = {steps for number in self._by_name.get(key[0], ()) for steps in self.conditions[number].paths()}
            self._asked_of[key[0]] = asked
        if not asked:
            return (MISSING,)
        return tuple([value if steps in asked else MISSING for steps, value in zip(KEY, key, strict=True)])

    def _left_for(self, key: tuple[Any, ...]) -> Iterable[tuple[int, Condition | bool]]:
        """What is left of all conditions where the fields of ``KEY`` hold these values."""
        named: Iterable[tuple[int, Condition | bool]] = self._numbered(self._by_name.get(key[0], ()))
        unnamed = [pair for at, guard in self._key_guards for pair in guard.left_for(key[at])]
        for number, condition in (*named, *unnamed):
            rest = condition
            for steps, value in zip(KEY, key, strict=True):
                if isinstance(rest, Condition):
                    rest = rest.settle(steps, value)
            if rest is not False:
                yield number, rest

    def _planned(self, left: Iterable[tuple[int, Condition | bool]]) -> Plan | None:
        found = tuple(left)
        open_conditions = [(number, rest) for number, rest in found if isinstance(rest, Condition)]
        return self._planner.plan(open_conditions, [number for number, rest in found if rest is True])

    def _numbered(self, numbers: Iterable[int]) -> tuple[tuple[int, Condition], ...]:
        return tuple((number, self.conditions[number]) for number in numbers)

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
        return Matches(hits, ids, accounts, unreadable)

    def _judge_whole(self, root: Mapping[str, Any]) -> list[int]:
        """The rules that match a parsed record."""
        name = root.get("eventName")
        candidates: Iterable[int] = range(len(self.conditions))
        if isinstance(name, str):
            candidates = sorted({*self._unnamed, *self._by_name.get(name, ())})
        return [number for number in candidates if self._whole_test(number)(root)]

    def _whole_test(self, number: int) -> Test:
        test = self._whole.get(number)
        if test is None:
            test = self._whole[number] = self.conditions[number].test(find_in_json)
        return test


def _text_or_missing(value: Any) -> Any:
    return value if isinstance(value, str) else MISSING


def _choose_guards(choices: Mapping[int, Collection[Steps]]) -> dict[Steps, list[int]]:
    """Few fields for many rules: the field that serves most rules first. Rules without any are left out."""
    open_rules = {number: fields for number, fields in choices.items() if fields}
    chosen: dict[Steps, list[int]] = {}
    while open_rules and len(chosen) < MAX_GUARDS + len(KEY):
        counts = Counter(
            steps
            for fields in open_rules.values()
            for steps in fields
            if can_be_attributes(steps) and not any(clash(steps, other) for other in (*_ALWAYS_IN_HEAD, *KEY, *chosen))
        )
        if not counts:
            break
        best = min(counts, key=lambda steps: (-counts[steps], steps != ERROR, steps))
        chosen[best] = [number for number, fields in open_rules.items() if best in fields]
        for number in chosen[best]:
            del open_rules[number]
    return chosen
