"""Log-events rules over many sources of records: each source by itself, then everything together.

What a source gives depends on that source alone, and putting parts together depends neither on their number nor on
their order: the same sources give the same result however they are divided among processes.
"""

import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from scanner.errors import PatternError, UsageError
from scanner.events.accounting import SourceAccount
from scanner.events.deduplication import Seen, fingerprint, fingerprints
from scanner.events.index import Steps
from scanner.events.limits import DEFAULT_LIMITS, Limits
from scanner.events.matching import Matches, RuleSet
from scanner.events.period import ALWAYS, Period
from scanner.events.plans import Condition
from scanner.events.projection import MISFITS, Record, parse_record, view_of
from scanner.events.records import Split, split
from scanner.events.results import Bursts, Hits, LogResult
from scanner.events.thresholds import Hit, Limit, Occurrence, Windows, microseconds
from scanner.model import JsonValue, LogEventsCheck, Rule, RuleId
from scanner.pattern.event_patterns import parse_events
from scanner.pattern.match import MISSING, find_in_json

SAMPLE = 10
"""Hits of a rule in one account that are shown: the first by source and position, each record once."""

Parameters = Mapping[RuleId, Mapping[str, JsonValue]]
"""Parameter values by rule; what is missing keeps the rule's default."""

_DETAILS: tuple[Steps, ...] = (
    ("eventTime",),
    ("eventID",),
    ("eventName",),
    ("eventSource",),
    ("awsRegion",),
    ("recipientAccountId",),
    ("sourceIPAddress",),
    ("errorCode",),
    ("userIdentity", "accountId"),
)
_ACTOR: tuple[Steps, ...] = (
    ("userIdentity", "arn"),
    ("userIdentity", "userName"),
    ("userIdentity", "principalId"),
    ("userIdentity", "invokedBy"),
    ("userIdentity", "type"),
)
"""What names who acted, the most telling first."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule as it is judged: its patterns with parameters filled in, its limit, and the fields it counts by.

    ``seen`` is what must have occurred for the absence of hits to mean something.
    """

    rule: RuleId
    condition: Condition
    seen: Condition | None
    limit: Limit | None
    by: tuple[Steps, ...]
    or_by: tuple[Steps, ...]
    distinct: Steps


def judged_rules(rules: Iterable[Rule], parameters: Parameters | None = None) -> tuple[Judged, ...]:
    """Log-events rules made ready. Raises UsageError for a rule of another kind or with a wrong pattern."""
    given = parameters or {}
    return tuple(_judged(rule, given.get(rule.id, {})) for rule in rules)


def _judged(rule: Rule, overrides: Mapping[str, JsonValue]) -> Judged:
    check = rule.check
    if not isinstance(check, LogEventsCheck):
        raise UsageError(f"Rule {rule.id} is not a log-events rule.")
    values = {parameter.name: parameter.default for parameter in rule.parameters} | dict(overrides)
    try:
        condition, seen = _condition(check, values), None
        if check.seen is not None:
            seen = Condition(parse_events(check.seen, values).expr, None)
    except PatternError as error:
        raise UsageError(f"In rule {rule.id}: {error}") from error
    threshold = check.threshold
    if threshold is None:
        return Judged(rule.id, condition, seen, None, (), (), ())
    distinct = _number(threshold.distinct_count, values) if threshold.distinct else 0
    return Judged(
        rule.id,
        condition,
        seen,
        Limit(_number(threshold.count, values), _number(threshold.within, values), distinct),
        tuple(map(_steps, threshold.by)),
        tuple(map(_steps, threshold.or_by)),
        _steps(threshold.distinct) if threshold.distinct else (),
    )


def _condition(check: LogEventsCheck, values: Mapping[str, JsonValue]) -> Condition:
    excluded = parse_events(check.excluded, values).expr if check.excluded else None
    return Condition(parse_events(check.events, values).expr, excluded)


def _number(bound: int | str, values: Mapping[str, JsonValue]) -> int:
    return int(values[bound[1:]]) if isinstance(bound, str) else bound


def _steps(path: str) -> Steps:
    return tuple(path.split("."))


@dataclass(slots=True)
class Tally:
    """The hits of one rule in one account.

    ``records`` counts every matching record, however often it was delivered. ``prints`` are the numbers of their
    ``eventID`` (0 without one) in the order of the records; ``first`` are the first hits by identity.
    """

    records: int = 0
    prints: "array[int]" = field(default_factory=lambda: array("Q"))
    first: dict[str, Hit] = field(default_factory=dict)

    def show(self, hit: Hit) -> None:
        """Keep a hit if it is among the first."""
        known = self.first.get(hit.identity)
        if known is None or _place(hit) < _place(known):
            self.first[hit.identity] = hit
            if len(self.first) > 2 * SAMPLE:
                self.first = {item.identity: item for item in self.sample()}

    def sample(self) -> tuple[Hit, ...]:
        """The first hits, in order of their places."""
        return tuple(sorted(self.first.values(), key=_place)[:SAMPLE])


def _place(hit: Hit) -> tuple[str, int]:
    return hit.source, hit.position


@dataclass(slots=True)
class Part:
    """What some of the sources gave. ``prints`` are the numbers of all ``eventID`` of each source, in order."""

    sources: list[SourceAccount] = field(default_factory=list)
    prints: "list[array[int]]" = field(default_factory=list)
    accounts: Counter[str] = field(default_factory=Counter)
    tallies: dict[tuple[int, str], Tally] = field(default_factory=dict)
    windows: dict[int, Windows] = field(default_factory=dict)
    seen: set[tuple[int, str]] = field(default_factory=set)

    def leave_out(self, account: SourceAccount) -> None:
        """Account for a source that was not judged."""
        self.sources.append(account)
        self.prints.append(array("Q"))


class Evaluator:
    """Judges sources one by one, which come in the order of their names.

    It holds the compiled rules, and of the sources only which rules have enough hits to show.
    """

    def __init__(self, rules: Sequence[Judged], limits: Limits = DEFAULT_LIMITS, period: Period = ALWAYS) -> None:
        self.rules: Final = tuple(rules)
        self._limits = limits
        self._period = period
        seen = [(number, rule.seen) for number, rule in enumerate(self.rules) if rule.seen is not None]
        self._seen = {len(self.rules) + at: number for at, (number, _) in enumerate(seen)}
        self._set = RuleSet([*(rule.condition for rule in self.rules), *(condition for _, condition in seen)])
        self._details = _Details(self.rules)
        self._shown: dict[tuple[int, str], set[str]] = {}

    def evaluate(self, name: str, data: bytes, part: Part) -> None:
        """Judge the records of one source, given as it is stored, and add what it gave to ``part``."""
        self.evaluate_split(self._period.within(split(data, name, self._limits)), part)

    def evaluate_split(self, source: Split, part: Part) -> None:
        """Judge the records of one source and add what it gave to ``part``."""
        records: Sequence[Record] = source.records
        matches = self._set.scan(records)
        prints = fingerprints(matches.ids)
        accounts = self._accounts(matches, records)
        part.accounts.update(accounts)
        last = -1
        matched = 0
        details: _Detail | None = None
        for at, number in matches.hits:
            if number in self._seen:
                part.seen.add((self._seen[number], accounts[at]))
                continue
            if at != last:
                last, details = at, None
                matched += 1
            key = (number, accounts[at])
            tally = part.tallies.get(key)
            if tally is None:
                tally = part.tallies[key] = Tally()
            tally.records += 1
            tally.prints.append(prints[at])
            limit = self.rules[number].limit
            shown = self._shown.get(key)
            if shown is None:
                shown = self._shown[key] = set()
            if limit is not None or len(shown) < SAMPLE:
                if details is None:
                    details = self._details.read(records[at], source.source, source.position(at), accounts[at])
                if len(shown) < SAMPLE:
                    tally.show(details.hit)
                    shown.add(details.hit.identity)
                if limit is not None:
                    self._count(number, limit, details, part)
        part.sources.append(_account(source, matches, matched))
        part.prints.append(prints)

    def _accounts(self, matches: Matches, records: Sequence[Record]) -> Sequence[str]:
        """The account of every record: the one that received it, else the one that acted, else ""."""
        accounts = list(matches.accounts)
        if not {None, MISSING, ""}.isdisjoint(set(accounts)):
            for at, account in enumerate(accounts):
                if account is MISSING or not account:
                    accounts[at] = self._details.read(records[at], "", 0, "").acting_account
        return accounts

    def _count(self, number: int, limit: Limit, details: "_Detail", part: Part) -> None:
        """Add a hit to the windows of its rule."""
        rule = self.rules[number]
        windows = part.windows.get(number)
        if windows is None:
            windows = part.windows[number] = Windows(limit)
        time = microseconds(details.hit.time)
        if time is None:
            windows.undated += 1
            return
        value = _text(details.value(rule.distinct)) if rule.distinct else ""
        occurrence = Occurrence(time, details.hit.identity, value, details.hit)
        windows.add(("by", *(_text(details.value(steps)) for steps in rule.by)), occurrence)
        if rule.or_by:
            group = tuple(_text(details.value(steps)) for steps in rule.or_by)
            if all(group):
                windows.add(("or_by", *group), occurrence)


def _account(source: Split, matches: Matches, matched: int) -> SourceAccount:
    """The line of a source; a record that turns out to be no JSON object is malformed."""
    account = source.account(matched=matched)
    if not matches.unreadable:
        return account
    named = tuple((source.position(at), "the record is no JSON object") for at in matches.unreadable)
    return replace(
        account,
        malformed=tuple(sorted((*account.malformed, *named)))[:SAMPLE],
        malformed_count=account.malformed_count + len(named),
    )


def _text(value: Any) -> str:
    """A value of a record as a text to count by; "" when it is absent."""
    return "" if value is MISSING else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True)
class _Detail:
    """A record that matched, and what else can be asked of it."""

    hit: Hit
    acting_account: str
    value: Callable[[Steps], Any]


class _Details:
    """Reads of a matching record what is shown and counted."""

    def __init__(self, rules: Sequence[Judged]) -> None:
        asked = {steps for rule in rules for steps in (*rule.by, *rule.or_by, rule.distinct) if steps}
        wanted = tuple(dict.fromkeys((*_DETAILS, *_ACTOR, *sorted(asked))))
        self._view = view_of(_leaves(wanted))
        self._by_view = {steps: self._view.find(steps) for steps in wanted}
        self._by_key = {steps: find_in_json(steps) for steps in wanted}

    def read(self, record: Record, source: str, position: int, account: str) -> _Detail:
        """What is known of a record; it may be of any shape."""
        try:
            root, find = self._view.decode(record), self._by_view
        except MISFITS:
            root, find = parse_record(record) or {}, self._by_key
        shown = [_shown(find[steps](root)) for steps in _DETAILS]
        time, event_id, name, service, region, _, address, error, acting = shown
        actor = next((text for steps in _ACTOR if (text := _shown(find[steps](root)))), "")
        hit = Hit(time, event_id, name, service, region, account, actor, address, error, source, position)
        return _Detail(hit, acting, lambda steps: find[steps](root))


def _leaves(wanted: Iterable[Steps]) -> set[Steps]:
    """The paths as a view needs them: where one leads through another, the outer one is wanted as it stands."""
    several = set(wanted)
    return {
        (*steps, 0) if any(other[: len(steps)] == steps and other != steps for other in several) else steps
        for steps in several
    }


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else ""


def merge(parts: Iterable[Part], rules: Sequence[Judged], seen: Seen | None = None) -> LogResult:
    """Put parts together. They must come in the order of their sources' names, for the first delivery to be the first."""
    known = seen or Seen()
    whole = Part()
    counts: Counter[tuple[int, str]] = Counter()
    salts: dict[tuple[int, str], int] = {}
    for part in parts:
        for account, prints in zip(part.sources, part.prints, strict=True):
            whole.sources.append(replace(account, duplicates=known.add(prints)))
        whole.accounts.update(part.accounts)
        whole.seen |= part.seen
        for key, tally in part.tallies.items():
            if key not in salts:
                salts[key] = fingerprint(f"{rules[key[0]].rule}\n{key[1]}")
            counts[key] += tally.records - known.add(tally.prints, salts[key])
            held = whole.tallies.setdefault(key, Tally())
            held.records += tally.records
            for hit in tally.first.values():
                held.show(hit)
        for number, windows in part.windows.items():
            held_windows = whole.windows.get(number)
            if held_windows is None:
                whole.windows[number] = windows
            else:
                held_windows.merge(windows)
    return LogResult(
        sources=tuple(whole.sources),
        accounts=dict(sorted(whole.accounts.items())),
        hits={
            (rules[number].rule, account): Hits(counts[number, account], tally.records, tally.sample())
            for (number, account), tally in sorted(whole.tallies.items())
        },
        bursts={
            rule.rule: _bursts(whole.windows.get(number)) for number, rule in enumerate(rules) if rule.limit is not None
        },
        seen=frozenset((rules[number].rule, account) for number, account in whole.seen),
        exact=known.exact,
    )


def _bursts(windows: Windows | None) -> Bursts:
    if windows is None:
        return Bursts((), 0, over=False)
    return Bursts(windows.bursts(), windows.undated, windows.over)
