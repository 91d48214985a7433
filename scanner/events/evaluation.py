"""Log-events rules over sources of records: what each source gives depends on that source alone."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, Final

from scanner.events.counting.parts import SAMPLE, Part, Tally
from scanner.events.counting.thresholds import Windows
from scanner.events.hits import Limit, Occurrence
from scanner.events.matching.conditions.compiled_rules import Judged
from scanner.events.matching.details import Detail, Details, text_of, wanted_details
from scanner.events.matching.fast_path import LogFileScan, Scanned
from scanner.events.matching.found import Asked, Finder, Found, Key
from scanner.events.matching.judging.compiling import ACCOUNT
from scanner.events.matching.judging.rule_set import RuleSet
from scanner.events.reading.fields.period import ALWAYS, Period
from scanner.events.reading.fields.times import microseconds
from scanner.events.reading.fields.views import Record
from scanner.events.reading.records import Split, sound_log_file, split
from scanner.events.reading.sources.accounting import SourceAccount
from scanner.events.reading.sources.digest import Digest
from scanner.events.reading.sources.limits import DEFAULT_LIMITS, Limits
from scanner.pattern.language.nodes import Steps


@dataclass(frozen=True, slots=True)
class Opened:
    """The records of a source that are to be judged, and of a sound log file what was found while it was read."""

    source: Split
    scanned: Scanned | None = None


class _Records:
    """The records of several sources, one after another; those of a source are only split when one is asked for."""

    def __init__(self, sources: Sequence[Split]) -> None:
        self._sources = sources
        self.starts = [0, *accumulate(source.count for source in sources)]

    def __getitem__(self, at: int) -> Record:
        number = self.whose(at)
        return self._sources[number].records[at - self.starts[number]]

    def whose(self, at: int) -> int:
        """The number of the source of a record."""
        return bisect_right(self.starts, at) - 1 if len(self._sources) > 1 else 0

    def place(self, at: int) -> tuple[str, int]:
        """The name of the source of a record, and its place in it."""
        number = self.whose(at)
        source = self._sources[number]
        return source.source, source.position(at - self.starts[number])


class Evaluator:
    """Judges sources, which come in the order of their names.

    It holds the compiled rules, and of the sources only which rules have enough hits to show.
    """

    def __init__(self, rules: Sequence[Judged], limits: Limits = DEFAULT_LIMITS, period: Period = ALWAYS) -> None:
        self.rules: Final = tuple(rules)
        self._limits = limits
        self._period = period
        seen = [(number, rule.seen) for number, rule in enumerate(self.rules) if rule.seen is not None]
        self._seen = {len(self.rules) + at: number for at, (number, _) in enumerate(seen)}
        documents = [(number, *each) for number, rule in enumerate(self.rules) for each in rule.documents]
        asked = [Asked(number, rule.also) for number, rule in enumerate(self.rules)]
        asked += [Asked(at, self.rules[number].also) for at, number in self._seen.items()]
        asked += [Asked(number, self.rules[number].also, test) for number, _, test in documents]
        self._shown: dict[Key, set[str]] = {}
        self._settled: set[Key] = set()
        conditions = [rule.condition for rule in self.rules]
        conditions += [condition for _, condition in seen]
        conditions += [condition for _, condition, _ in documents]
        wanted = wanted_details(
            steps for rule in self.rules for steps in (*rule.by, *rule.or_by, rule.distinct) if steps
        )
        compiled = RuleSet(conditions, wanted)
        self._details = Details(wanted, compiled.head)
        self._finder = Finder(compiled, self._details, self._settled, asked)
        self._scan = LogFileScan(self._finder, period)

    def open(self, name: str, data: bytes) -> Opened:
        """The records of one source, given as it is stored, that are to be judged.

        A sound log file is judged while it is read, and its records are only cut out when they are asked for;
        everything else deserves a closer look.
        """
        if len(data) > self._limits.stored:
            return Opened(split(data, name, self._limits).within(self._period))
        digest = Digest(data)
        scanned = self._scan.read(data, self._limits.content)
        if scanned is None:
            return Opened(split(data, name, self._limits, digest).within(self._period))
        source = sound_log_file(name, data, digest, scanned.notes, scanned.total, scanned.records)
        return Opened(source if scanned.numbers is None else source.only(scanned.numbers), scanned)

    def judge(self, opened: Sequence[Opened | SourceAccount], part: Part) -> None:
        """Judge the records of sources and add what they gave to ``part``; an unread one is given as its account.

        Small sources are judged together, because that is faster than one by one.
        """
        small: list[Split] = []
        heads: list[Any] = []
        for each in opened:
            scanned = each.scanned if isinstance(each, Opened) else None
            if isinstance(each, Opened) and scanned is not None and scanned.found is None:
                small.append(each.source)
                heads += scanned.heads
                continue
            self._judge_small(small, heads, part)
            small, heads = [], []
            if not isinstance(each, Opened):
                part.sources.append(each)
            elif scanned is not None and scanned.found is not None:
                self._add((each.source,), scanned.found, part)
            else:
                found = Found()
                self._finder.judge(each.source.records, found)
                self._add((each.source,), found, part)
        self._judge_small(small, heads, part)

    def _judge_small(self, sources: Sequence[Split], heads: Sequence[Any], part: Part) -> None:
        if sources:
            found = Found()
            self._finder.judge_heads(heads, _Records(sources), found)
            self._add(sources, found, part)

    def _add(self, sources: Sequence[Split], found: Found, part: Part) -> None:
        """Add what the records of some sources gave."""
        records = _Records(sources)
        base = len(part.prints)
        matched: set[int] = set()
        details: dict[int, Detail] = {}
        for key, places in found.hits.items():
            number, account = key
            if number in self._seen:
                part.seen.add((self._seen[number], account))
                continue
            matched.update(places)
            tally = part.tallies.get(key)
            if tally is None:
                tally = part.tallies[key] = Tally()
            tally.places.extend([base + at for at in places])
            for at in places if key not in self._settled else ():
                detail = details.get(at)
                if detail is None:
                    place = (*records.place(at), account)
                    detail = details[at] = self._details.read(found.heads.get(at), records, at, place)
                if not self._look(key, tally, detail, part):
                    break
        part.prints.extend(found.prints)
        part.accounts.update(found.accounts)
        part.apart.update(found.apart)
        part.originals.update(found.originals)
        counts = Counter(map(records.whose, matched)) if len(sources) > 1 else {0: len(matched)}
        for number, source in enumerate(sources):
            start, end = records.starts[number : number + 2]
            unreadable = [at - start for at in found.unreadable if start <= at < end]
            part.sources.append(_account(source, unreadable, counts.get(number, 0)))

    def _look(self, key: Key, tally: Tally, detail: Detail, part: Part) -> bool:
        """Show a hit until there are enough of a rule and account, and count it if the rule counts.

        Whether more of them are wanted.
        """
        number = key[0]
        limit = self.rules[number].limit
        shown = self._shown.get(key)
        if shown is None:
            shown = self._shown[key] = set()
        if len(shown) < SAMPLE:
            identity = detail.hit.identity
            if identity not in shown:
                tally.shown.append(detail.hit)
                shown.add(identity)
        if limit is not None:
            self._count(number, limit, detail, part)
        elif len(shown) >= SAMPLE:
            self._settled.add(key)
            del self._shown[key]
            return False
        return True

    def _count(self, number: int, limit: Limit, details: Detail, part: Part) -> None:
        """Add a hit to the windows of its rule."""
        rule = self.rules[number]
        windows = part.windows.get(number)
        if windows is None:
            windows = part.windows[number] = Windows(limit)
        time = microseconds(details.hit.time)
        if time is None:
            windows.undated += 1
            return
        value = text_of(details.value(rule.distinct)) if rule.distinct else ""
        occurrence = Occurrence(time, details.hit.identity, value, details.hit)
        grouped = False
        for name, paths in (("by", rule.by), ("or_by", rule.or_by)):
            group = [_counted_by(details, steps) for steps in paths]
            if all(group) and (paths or name == "by"):
                windows.add((name, *group), occurrence)
                grouped = True
        windows.ungrouped += not grouped


def _counted_by(details: Detail, steps: Steps) -> str:
    """The value that a record is counted by, as a text; "" when it has none and belongs to nobody's count."""
    if steps == ACCOUNT:  # also when a record names it in another place
        return text_of(details.hit.account)
    value = details.value(steps)
    return "" if value is None or value == "" else text_of(value)


def _account(source: Split, unreadable: Sequence[int], matched: int) -> SourceAccount:
    """The line of a source; a record that turns out to be no JSON object is malformed."""
    account = source.account(matched=matched)
    if not unreadable:
        return account
    named = tuple((source.position(at), "the record is not a JSON object") for at in unreadable)
    return replace(
        account,
        malformed=tuple(sorted((*account.malformed, *named)))[:SAMPLE],
        malformed_count=account.malformed_count + len(named),
    )
