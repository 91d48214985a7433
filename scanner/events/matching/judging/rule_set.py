"""A set of rules compiled to judge many records fast: exactly the records that ``scanner.pattern.matches`` finds.

Of every record a small head is decoded: event name and source, id, account, and the fields that rules without an event
name depend on. What is left of all rules for records of the same name, source, error code and type of identity is worked
out once and kept; it is tested on the head, or on a view of the few further fields it needs. A record that does not fit a
view is read whole and judged without shortcuts.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from scanner.events.matching.conditions.categories import CATEGORY, account_of, id_of, name_of
from scanner.events.matching.conditions.condition import Condition
from scanner.events.matching.conditions.rule_fields import guards_of, texts_of
from scanner.events.matching.judging.columns import Columns, Fetches
from scanner.events.matching.judging.nameless_rules import Loose
from scanner.events.matching.judging.plans import Hits, Plan, Planner, Records, run, run_sieved
from scanner.events.reading.fields.record_fields import EVENT_NAME, EVENT_SOURCE
from scanner.events.reading.fields.replaced import ADDENDUM, original_of, update_of
from scanner.events.reading.fields.views import MISFITS, Record, can_be_attributes, clash, head_of, parse_record
from scanner.pattern.language.nodes import Atom, NotExists, Steps
from scanner.pattern.matching.match import MISSING, Test, find_in_json

EVENT_ID: Steps = ("eventID",)
ACCOUNT: Steps = ("recipientAccountId",)
ERROR: Steps = ("errorCode",)
IDENTITY_TYPE: Steps = ("userIdentity", "type")
_ALWAYS_IN_HEAD = (EVENT_NAME, EVENT_SOURCE, EVENT_ID, ACCOUNT, CATEGORY)

KEY: tuple[Steps, ...] = (EVENT_NAME, EVENT_SOURCE, ERROR, IDENTITY_TYPE)
"""Fields that hold few different texts and that many rules ask for: records with equal values share a plan."""

_BEGUN = 2
"""How many of these fields, event name and source, mostly go together."""

FREQUENT = frozenset(
    {
        "AssumeRole", "Decrypt", "DescribeInstances", "DescribeRouteTables", "Encrypt", "GenerateDataKey", "GetBucketAcl",
        "GetCallerIdentity", "GetObject", "GetSecretValue", "HeadBucket", "ListObjects", "PutObject", "Sign",
    }
)  # fmt: skip
"""The event names that most records of published trails have: what rules ask of them is decoded with the head."""

MAX_DEPTH = 3
"""How deep a field may lie that is decoded with the head only because some rule names it."""

MAX_SIBLINGS = 24
"""How many keys of one object the head holds for all rules together; looking for more costs every record."""

_CONTAINERS = frozenset(
    (key,)
    for key in (
        "additionalEventData",
        "requestParameters",
        "resources",
        "responseElements",
        "serviceEventDetails",
        "userIdentity",
    )
)
"""Keys of a record that hold much: as a whole they are not decoded with the head."""

REFUSED = ("eventData", ADDENDUM)
"""Keys no plain record has: events of other systems, whose record lies inside, are opened before they are judged; and what
is added to a record later may replace another."""

PLAIN_CATEGORIES = ("Management", "Data")
"""What the category of a plain record is, if it has one; of any other record more is asked."""

REQUIRED = (EVENT_NAME,)
"""What every record of a log file has, but those of Insights and aggregated events: an object without it may be something
else among the records, and is looked at by itself."""

MAX_GUARDS = 6
"""How many further fields decide about rules without event name; the rest of such rules is tested on every record."""

KEYS = 16384
"""How many combinations of values of ``KEY`` are remembered."""

SLICE = 1024
"""How many records are decoded before they are judged: what was decoded then still is in the processor's cache."""

CACHE = 2048
"""How many values of another field are remembered."""

_ANY_VALUE: Final = object()

Left = tuple[int, Condition | bool]
"""A condition's number, and what is left of it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Conditions that one field can rule out, and what is left of them for each of its values met so far.

    ``known`` are the values whose plan was worked out, ``telling`` the plans of those that have one; ``full`` holds the
    plan for all other values once there are too many.
    """

    steps: Steps
    fetch: Callable[[Any], Any]
    conditions: tuple[tuple[int, Condition], ...]
    left: dict[Any, tuple[Left, ...]] = field(default_factory=dict)
    known: set[Any] = field(default_factory=set)
    telling: dict[Any, Plan] = field(default_factory=dict)
    full: list[Plan | None] = field(default_factory=list)

    def left_for(self, value: Any) -> tuple[Left, ...]:
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
    ``apart`` has the category of records of a category apart, and ``originals`` the ids of the events that records replace,
    both by position. ``unreadable`` are the positions of records that are no JSON object.
    """

    hits: Sequence[tuple[int, int]]
    ids: list[Any]
    accounts: list[Any]
    unreadable: Sequence[int] = ()
    apart: Mapping[int, str] = field(default_factory=dict)
    originals: Mapping[int, str] = field(default_factory=dict)


class _Plans(dict[Any, Plan | None]):
    """Plans by key; what is missing is asked for."""

    def __init__(self, ask: Callable[[Any], Plan | None]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, key: Any) -> Plan | None:
        return self._ask(key)


class RuleSet:
    """Compiled conditions. It remembers what it worked out about values it met, so it is not for several threads."""

    def __init__(self, conditions: Sequence[Condition], details: Collection[Steps] = ()) -> None:
        """``details`` are fields that are asked of matching records, and therefore decoded with the head."""
        self.conditions: Final = tuple(conditions)
        asked = [condition.atoms() for condition in self.conditions]
        self._paths: Final = [frozenset([atom.selector.steps for atom in several]) for several in asked]
        self._by_name: Final[dict[str, list[int]]] = {}
        self._begun: Final[dict[tuple[Any, ...], Condition | bool]] = {}
        self._key_fields: Final = [tuple(at for at, steps in enumerate(KEY) if steps in paths) for paths in self._paths]
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
        wanted = sorted(self._asked_often(loose), key=str)
        wanted += [steps for steps in details if steps not in wanted]
        wanted += _common(self._paths, wanted)
        strict = (*_ALWAYS_IN_HEAD, ERROR, IDENTITY_TYPE, *further)
        only = {CATEGORY: PLAIN_CATEGORIES}
        self.head: Final = head_of(strict, wanted, REFUSED, _only_present(asked, details), only, REQUIRED)
        held = {number for number, paths in enumerate(self._paths) if paths <= self.head.fields}
        self._planner: Final = Planner(self.head, held)
        self._fetches: Final = Fetches(self.head)
        self._fetch_key: Final = self.head.find_all(KEY)
        self._fetch_ids: Final = self.head.find_all((EVENT_ID,))
        self._fetch_accounts: Final = self.head.find_all((ACCOUNT,))
        self._plans: Final = _Plans(self._plan_for)
        self._by_telling: Final[dict[tuple[Any, ...], Plan | None]] = {}
        self._asked_of: Final[dict[Any, set[Steps]]] = {}
        guards = {
            steps: Guard(steps, self.head.find_all((steps,)), self._numbered(numbers))
            for steps, numbers in guarded.items()
        }
        self._key_guards: Final = tuple((KEY.index(steps), guard) for steps, guard in guards.items() if steps in KEY)
        self._guards: Final = tuple(guard for steps, guard in guards.items() if steps not in KEY)
        near = [number for number in loose if number in held]
        self._near: Final = Loose(self._numbered(near), self.head) if near else None
        self._far: Final = self._planner.plan(self._numbered(sorted(set(loose).difference(near))))
        self._whole: Final[dict[int, Test]] = {}

    def _asked_often(self, loose: Iterable[int]) -> set[Steps]:
        """The fields that are asked of nearly every record, or of those with a frequent event name."""
        asked = {steps for number in loose for steps in self._paths[number]}
        for name in FREQUENT:
            for number in self._by_name.get(name, ()):
                rest = self.conditions[number].settle(EVENT_NAME, name)
                if isinstance(rest, Condition):
                    asked |= rest.paths()
        return asked

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
        apart: dict[int, str] = {}
        originals: dict[int, str] = {}
        for start in range(0, len(records), SLICE):
            found = self._scan_slice(records[start : start + SLICE])
            hits.extend([(start + at, number) for at, number in found.hits])
            ids += found.ids
            accounts += found.accounts
            unreadable.extend([start + at for at in found.unreadable])
            apart.update((start + at, category) for at, category in found.apart.items())
            originals.update((start + at, original) for at, original in found.originals.items())
        return Matches(hits, ids, accounts, unreadable, apart, originals)

    def scan_heads(self, heads: Sequence[Any], records: Records) -> Matches:
        """``scan`` of records whose heads are decoded; a record itself is only looked at where its head does not do."""
        try:
            hits = self._judge(heads, records)
        except MISFITS:
            return self.scan([records[at] for at in range(len(heads))])
        return self._matches(hits, heads)

    def _scan_slice(self, records: Sequence[Record]) -> Matches:
        decode = self.head.decode
        try:
            heads = [decode(record) for record in records]
            hits = self._judge(heads, records)
        except MISFITS:
            return self._scan_singly(records)
        return self._matches(hits, heads)

    def _matches(self, hits: Hits, heads: Sequence[Any]) -> Matches:
        return Matches(hits, list(map(self._fetch_ids, heads)), list(map(self._fetch_accounts, heads)))

    def _judge(self, heads: Sequence[Any], records: Records) -> Hits:
        """The hits of records whose heads are decoded; raises one of MISFITS when a record does not fit a view."""
        hits: Hits = []
        sieved: defaultdict[Plan, list[int]] = defaultdict(list)
        for at, plan in enumerate(map(self._plans.__getitem__, self._values(KEY, self._fetch_key, heads))):
            if plan is None:
                continue
            if plan.sieves:
                sieved[plan].append(at)
            elif plan.more or plan.always:
                run(plan, at, heads[at], records, hits)
            else:
                head = heads[at]
                for numbers, _, test in plan.head:
                    if test(head):
                        hits.extend([(at, number) for number in numbers])
        for plan, positions in sieved.items():
            run_sieved(plan, positions, heads, hits)
        for guard in self._guards:
            self._judge_guarded(guard, heads, records, hits)
        if self._near is not None:
            self._near.judge(heads, Columns(heads, self._fetches), hits)
        if self._far is not None:
            for at, head in enumerate(heads):
                run(self._far, at, head, records, hits)
        if sieved or self._guards or self._near is not None or self._far is not None:
            hits.sort()
        return hits

    def _values(self, fields: Sequence[Steps], fetch: Callable[[Any], Any], heads: Sequence[Any]) -> list[Any]:
        """What ``fetch`` gives of each head; slower where what should hold a field is no object."""
        try:
            return list(map(fetch, heads))
        except AttributeError:
            finds = [self.head.find(steps) for steps in fields]
            if len(finds) == 1:
                return [finds[0](head) for head in heads]
            return [tuple([find(head) for find in finds]) for head in heads]

    def _judge_guarded(self, guard: Guard, heads: Sequence[Any], records: Records, hits: Hits) -> None:
        """Add the hits of the conditions that one field decides about: mostly none of its values leads to any."""
        values = self._values((guard.steps,), guard.fetch, heads)
        different = set(values)
        for value in different.difference(guard.known):
            self._learn(guard, value)
        telling = guard.telling
        if guard.full or not telling.keys().isdisjoint(different):
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
        if len(self._plans) < KEYS:
            telling = self._telling(key)
            if telling not in self._by_telling:
                self._by_telling[telling] = self._planned(self._left_for(key), often=key[0] in FREQUENT)
            return self._plans.setdefault(key, self._by_telling[telling])
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
            asked = {steps for number in self._by_name.get(key[0], ()) for steps in self._paths[number]}
            self._asked_of[key[0]] = asked
        if not asked:
            return (MISSING,)
        return tuple([value if steps in asked else MISSING for steps, value in zip(KEY, key, strict=True)])

    def _left_for(self, key: tuple[Any, ...]) -> list[Left]:
        """What is left of all conditions where the fields of ``KEY`` hold these values."""
        left: list[Left] = []
        for number in self._by_name.get(key[0], ()):
            begun = (number, key[0], key[1])
            rest = self._begun.get(begun)
            if rest is None:  # the keys of one name and source share this
                rest = self._begun[begun] = self._settled(number, self.conditions[number], key, range(_BEGUN))
            left.append((number, self._settled(number, rest, key, range(_BEGUN, len(KEY)))))
        for at, guard in self._key_guards:
            left += [(number, self._settled(number, rest, key)) for number, rest in guard.left_for(key[at])]
        return [pair for pair in left if pair[1] is not False]

    def _settled(
        self, number: int, condition: Condition | bool, key: tuple[Any, ...], fields: Sequence[int] = range(len(KEY))
    ) -> Condition | bool:
        """What some fields of a key leave of a condition."""
        rest = condition
        for at in self._key_fields[number]:
            if at in fields and isinstance(rest, Condition):
                rest = rest.settle(KEY[at], key[at])
        return rest

    def _planned(self, left: Sequence[Left], *, often: bool = False) -> Plan | None:
        if not left:
            return None
        open_conditions = [(number, rest) for number, rest in left if isinstance(rest, Condition)]
        return self._planner.plan(open_conditions, [number for number, rest in left if rest is True], often=often)

    def _numbered(self, numbers: Iterable[int]) -> tuple[tuple[int, Condition], ...]:
        return tuple((number, self.conditions[number]) for number in numbers)

    def _scan_singly(self, records: Sequence[Record]) -> Matches:
        """``scan`` for records of which some do not fit: those are read whole."""
        hits: Hits = []
        ids: list[Any] = []
        accounts: list[Any] = []
        unreadable: list[int] = []
        apart: dict[int, str] = {}
        originals: dict[int, str] = {}
        for at, record in enumerate(records):
            try:
                head = self.head.decode(record)
                found = self._judge((head,), (record,))
                ids.append(self._fetch_ids(head))
                accounts.append(self._fetch_accounts(head))
            except MISFITS:
                value = parse_record(record)
                if value is None:
                    unreadable.append(at)
                root = value or {}
                found = [(0, number) for number in self._judge_whole(root)] if value is not None else []
                ids.append(_text_or_missing(_known_by(root)))
                accounts.append(_text_or_missing(account_of(root)))
                if category := name_of(root.get("eventCategory")):
                    apart[at] = category
                if original := original_of(root):
                    originals[at] = original
            hits.extend((at, number) for _, number in found)
        return Matches(hits, ids, accounts, unreadable, apart, originals)

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


def _known_by(record: Mapping[str, Any]) -> Any:
    """The id that tells repeated deliveries of an event apart from the record that completes it."""
    found, update = id_of(record), update_of(record)
    return f"{found}{update}" if update else found


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
            if can_be_attributes(steps)
            and steps[0] not in REFUSED
            and not any(clash(steps, other) for other in (*_ALWAYS_IN_HEAD, *KEY, *chosen))
        )
        if not counts:
            break
        best = min(counts, key=lambda steps: (-counts[steps], steps != ERROR, steps))
        chosen[best] = [number for number, fields in open_rules.items() if best in fields]
        for number in chosen[best]:
            del open_rules[number]
    return chosen


def _common(asked: Sequence[Collection[Steps]], held: Collection[Steps]) -> list[Steps]:
    """The fields that most conditions ask for, beside those ``held``, within the limit for each object."""
    counts = Counter(steps for paths in asked for steps in paths)
    siblings = Counter(steps[:-1] for steps in held)
    chosen: list[Steps] = []
    for steps in sorted(counts, key=lambda steps: (-counts[steps], str(steps))):
        plain = can_be_attributes(steps) and all(isinstance(step, str) for step in steps)
        if plain and len(steps) <= MAX_DEPTH and steps not in held and steps not in _CONTAINERS:
            siblings[steps[:-1]] += 1
            if siblings[steps[:-1]] <= MAX_SIBLINGS:
                chosen.append(steps)
    return chosen


def _only_present(asked: Iterable[Iterable[Atom]], others: Collection[Steps]) -> set[Steps]:
    """The fields of which conditions only ask whether they exist."""
    present: set[Steps] = set()
    more: set[Steps] = set(others)
    for several in asked:
        for atom in several:
            (present if isinstance(atom, NotExists) else more).add(atom.selector.steps)
    return present - more
