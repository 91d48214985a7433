"""A set of rules that judges many records fast: exactly the records that ``scanner.pattern.matches`` finds.

What a head, a plan and a guard are, and why they find the same, is told in ``compiling``. A record that does not fit a
view is read whole and judged without shortcuts.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from scanner.events.matching.conditions.categories import account_of, id_of, name_of
from scanner.events.matching.conditions.condition import Condition
from scanner.events.matching.judging.columns import fetch_of
from scanner.events.matching.judging.compiling import ACCOUNT, EVENT_ID, KEY, USUAL_BOUNDS, Bounds, compile_rules
from scanner.events.matching.judging.guards import Guard, GuardedPlans
from scanner.events.matching.judging.key_plans import KeyPlans
from scanner.events.matching.judging.nameless_rules import Loose
from scanner.events.matching.judging.plans import Hits, Plan, Planner, Records, run, run_sieved
from scanner.events.reading.fields.replaced import original_of, update_of
from scanner.events.reading.fields.views import MISFITS, Head, Record, parse_record
from scanner.pattern.language.nodes import Steps
from scanner.pattern.matching.match import Test
from scanner.pattern.matching.values import MISSING, find_in_json

SLICE = 1024
"""How many records are decoded before they are judged: what was decoded then still is in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Matches:
    """What was found in a sequence of records.

    ``hits`` are (position of the record, number of the condition), by position. ``ids`` and ``accounts`` hold
    ``eventID`` and ``recipientAccountId`` of every record: a text, None, or MISSING; what is neither text nor null is
    MISSING too. ``apart`` has the category of records of a category apart, and ``originals`` the ids of the events that
    records replace, both by position. ``unreadable`` are the positions of records that are not JSON objects.
    """

    hits: Sequence[tuple[int, int]]
    ids: list[Any]
    accounts: list[Any]
    unreadable: Sequence[int] = ()
    apart: Mapping[int, str] = field(default_factory=dict)
    originals: Mapping[int, str] = field(default_factory=dict)


class _Gathered:
    """What is found, one stretch of records after another."""

    def __init__(self) -> None:
        self.hits: Final[Hits] = []
        self.ids: Final[list[Any]] = []
        self.accounts: Final[list[Any]] = []
        self.unreadable: Final[list[int]] = []
        self.apart: Final[dict[int, str]] = {}
        self.originals: Final[dict[int, str]] = {}

    def add(self, found: Matches) -> None:
        """Add what the next records gave."""
        start = len(self.ids)
        self.hits.extend([(start + at, number) for at, number in found.hits])
        self.ids.extend(found.ids)
        self.accounts.extend(found.accounts)
        self.unreadable.extend([start + at for at in found.unreadable])
        for at, category in found.apart.items():
            self.apart[start + at] = category
        for at, original in found.originals.items():
            self.originals[start + at] = original

    def matches(self) -> Matches:
        """All of it."""
        return Matches(self.hits, self.ids, self.accounts, self.unreadable, self.apart, self.originals)


class RuleSet:
    """Compiled conditions. It remembers what it worked out about values it met, so it is not for several threads."""

    def __init__(
        self, conditions: Sequence[Condition], details: Collection[Steps] = (), bounds: Bounds = USUAL_BOUNDS
    ) -> None:
        """``details`` are fields that are asked of matching records, and therefore decoded with the head."""
        rules = self._rules = compile_rules(conditions, details, bounds)
        self.head: Final[Head] = rules.head
        planner = Planner(rules.head, rules.held)
        self._fetch_key: Final = fetch_of(rules.head, KEY)
        self._fetch_ids: Final = rules.head.find_all((EVENT_ID,))
        self._fetch_accounts: Final = rules.head.find_all((ACCOUNT,))
        self._plans: Final = KeyPlans(rules, planner, bounds)
        self._guards: Final = tuple(
            GuardedPlans(
                Guard(steps, rules.numbered(numbers), bounds.values),
                fetch_of(rules.head, (steps,)),
                planner,
                bounds.values,
            )
            for steps, numbers in rules.guarded.items()
            if steps not in KEY
        )
        self._near: Final = Loose(rules.numbered(rules.near), rules.head) if rules.near else None
        self._far: Final = planner.plan(rules.numbered(rules.far))
        self._whole: Final[dict[int, Test]] = {}

    def match(self, records: Sequence[Record]) -> tuple[tuple[int, int], ...]:
        """The hits among ``records`` as (position, number of the condition), by position."""
        return tuple(self.scan(records).hits)

    def scan(self, records: Sequence[Record]) -> Matches:
        """The hits among ``records``, with what accounting needs of every record."""
        if len(records) <= SLICE:
            return self._scan_slice(records)
        found = _Gathered()
        for start in range(0, len(records), SLICE):
            found.add(self._scan_slice(records[start : start + SLICE]))
        return found.matches()

    def scan_heads(self, heads: Sequence[Any], records: Records) -> Matches:
        """``scan`` of records whose heads are decoded; a record is only looked at where its head does not do."""
        try:
            return self._judged(heads, records)
        except MISFITS:
            return self.scan([records[at] for at in range(len(heads))])

    def _scan_slice(self, records: Sequence[Record]) -> Matches:
        decode = self.head.decode
        try:
            return self._judged([decode(record) for record in records], records)
        except MISFITS:
            return self._scan_singly(records)

    def _judged(self, heads: Sequence[Any], records: Records) -> Matches:
        """What records give whose heads are decoded; raises one of MISFITS when a record does not fit a view."""
        hits: Hits = []
        ordered = self._judge_by_key(heads, records, hits)
        for guarded in self._guards:
            guarded.judge(heads, records, hits)
        self._judge_loose(heads, records, hits)
        if not (ordered and not self._guards and self._near is None and self._far is None):
            hits.sort()
        return Matches(hits, list(map(self._fetch_ids, heads)), list(map(self._fetch_accounts, heads)))

    def _judge_by_key(self, heads: Sequence[Any], records: Records, hits: Hits) -> bool:
        """Add the hits of the plans for the values of ``KEY``; returns whether they are in the order of the records."""
        sieved: defaultdict[Plan, list[int]] = defaultdict(list)
        for at, plan in enumerate(map(self._plans.__getitem__, self._fetch_key.of_all(heads))):
            if plan is None:
                continue
            if plan.sieves:
                sieved[plan].append(at)
            elif plan.more:
                run(plan, at, heads[at], records, hits)
            else:  # as ``run`` would, without a call for most of the records
                head = heads[at]
                for numbers, _, test in plan.head:
                    if test(head):
                        hits.extend([(at, number) for number in numbers])
        _run_sieved(sieved, heads, hits)
        return not sieved

    def _judge_loose(self, heads: Sequence[Any], records: Records, hits: Hits) -> None:
        if self._near is not None:
            self._near.judge(heads, hits)
        if self._far is not None:
            for at, head in enumerate(heads):
                run(self._far, at, head, records, hits)

    def _scan_singly(self, records: Sequence[Record]) -> Matches:
        """``scan`` for records of which some do not fit: those are read whole."""
        found = _Gathered()
        for record in records:
            try:
                found.add(self._judged((self.head.decode(record),), (record,)))
            except MISFITS:
                found.add(self._judge_whole(record))
        return found.matches()

    def _judge_whole(self, record: Record) -> Matches:
        """What one record gives that is parsed as a whole."""
        value = parse_record(record)
        if value is None:
            return Matches((), [MISSING], [MISSING], unreadable=(0,))
        category, original = name_of(value.get("eventCategory")), original_of(value)
        return Matches(
            [(0, number) for number in self._candidates(value) if self._whole_test(number)(value)],
            [_text_or_missing(_known_by(value))],
            [_text_or_missing(account_of(value))],
            apart={0: category} if category else {},
            originals={0: original} if original else {},
        )

    def _candidates(self, root: Mapping[str, Any]) -> Iterable[int]:
        """The conditions that may hold for a parsed record, by its name."""
        name = root.get("eventName")
        if isinstance(name, str):
            return sorted({*self._rules.unnamed, *self._rules.by_name.get(name, ())})
        return range(len(self._rules.conditions))

    def _whole_test(self, number: int) -> Test:
        test = self._whole.get(number)
        if test is None:
            test = self._whole[number] = self._rules.conditions[number].test(find_in_json)
        return test


def _run_sieved(sieved: Mapping[Plan, Sequence[int]], heads: Sequence[Any], hits: Hits) -> None:
    for plan, positions in sieved.items():
        run_sieved(plan, positions, heads, hits)


def _known_by(record: Mapping[str, Any]) -> Any:
    """The id that tells repeated deliveries of an event apart from the record that completes it."""
    found, update = id_of(record), update_of(record)
    return f"{found}{update}" if update else found


def _text_or_missing(value: Any) -> Any:
    return value if isinstance(value, str) else MISSING
