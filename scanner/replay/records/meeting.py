"""One record meets what is deployed: which trails take it, which filters and rules match it, and why others do not."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from scanner.pattern import JsonPattern, matcher, matches_value
from scanner.pattern.cloudtrail.event_bus import Place, event_of, matches_record
from scanner.pattern.language.nodes import Steps
from scanner.pattern.matching.values import MISSING, find_in_json
from scanner.replay.deployment.deployed import DeployedFilter, DeployedGroup, DeployedRule, DeployedTrail, Deployment
from scanner.replay.reasons import Reason
from scanner.replay.records.deciding import compared_with, event_miss, miss, shown
from scanner.replay.records.shapes import LARGEST, Datum, Dimensions, Firing, Loss, Route, Shape

LOG_ALARMS = "log alarms are not replayed"
TRAILLESS = "events enter it without a trail, which is not replayed"
"""Why what rests on them is not known, as clauses."""

_NOT_DOCUMENTED = "whether EventBridge hears of events that the trail leaves out is not documented"


class _Taken(NamedTuple):
    """A trail with whether it takes a record (None: not known), and why not."""

    trail: DeployedTrail
    verdict: bool | None
    why: str


class _About(NamedTuple):
    """A record, its account, and the texts that the routes which must tell of it compare with."""

    record: Mapping[str, Any]
    account: str
    asked: frozenset[str]

    def far(self, each: DeployedFilter) -> bool:
        """Whether a filter is about other events than the routes ask for."""
        return self.asked.isdisjoint(compared_with(each.pattern))


class Meeting:
    """Meets records, one after another, with one deployment."""

    def __init__(self, deployment: Deployment, routes: Sequence[Route]) -> None:
        self.deployment = deployment
        self._asked = [compared_with(route.pattern) for route in routes]
        self.filters: Sequence[DeployedFilter] = deployment.filters
        numbers = {id(each): number for number, each in enumerate(self.filters)}
        self._of_group: dict[str, list[tuple[int, DeployedFilter]]] = {}
        for group in deployment.groups:
            self._of_group[group.arn] = [(numbers[id(each)], each) for each in group.filters]
        self._groups = {group.arn: group for group in deployment.groups}

    def meet(
        self, record: Mapping[str, Any], text: str, routes: Sequence[int] = (), filters: Collection[int] | None = None
    ) -> Shape:
        """What a record does.

        ``routes`` are the numbers of those that must tell of it; without any, only what it publishes matters.
        ``filters`` are the numbers of those that can match it, where this is known.
        """
        account, region = account_of(record), _text(record.get("awsRegion"))
        named = (account, region, _text(record.get("eventSource")), _text(record.get("eventName")))
        text = _as_sent(record, text)
        if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
            why = (
                f"the record is larger than {LARGEST // 1024} kB, and CloudTrail sends no such event to CloudWatch "
                "Logs or EventBridge"
            )
            return Shape(*named, tuple(routes), losses=(Loss(Reason.TOO_LARGE, why),) if routes else ())
        taken = list(self._taken(record, account))
        able = None if routes else filters
        published = tuple(self._published(taken, record, text, able))
        if not routes:
            return Shape(*named, (), published)
        firings, unheard = self._heard(taken, record, account, region)
        about = _About(record, account, frozenset[str]().union(*(self._asked[number] for number in routes)))
        unreplayed = self._unreplayed(taken, about, region, text)
        losses = dict.fromkeys((*self._losses(taken, about, published), *unheard, *unreplayed))
        return Shape(*named, tuple(routes), published, tuple(firings), tuple(losses))

    def _taken(self, record: Mapping[str, Any], account: str) -> "Iterator[_Taken]":
        for trail in self.deployment.trails:
            chosen = trail.takes(record, account)
            yield _Taken(trail, chosen.verdict, chosen.why)

    def carried(self, record: Mapping[str, Any]) -> Iterator[str]:
        """The log groups that a record certainly enters."""
        for trail, verdict, _ in self._taken(record, account_of(record)):
            if verdict and trail.group and not (trail.undelivered or trail.undelivered_perhaps):
                yield trail.group

    def _published(
        self,
        taken: Sequence[_Taken],
        record: Mapping[str, Any],
        text: str,
        filters: Collection[int] | None,
    ) -> Iterator[Datum]:
        entered: dict[str, str] = {}
        copies = Counter(trail.group for trail, verdict, _ in taken if verdict and not trail.undelivered)
        for trail, verdict, why in taken:
            if trail.group and verdict is not False and not trail.undelivered:
                doubt = trail.undelivered_perhaps if verdict else f"trail {trail.name} may not record it: {why}"
                entered[trail.group] = min(doubt, entered.get(trail.group, doubt))
        for arn, doubt in sorted(entered.items()):
            group = self._groups.get(arn)
            if group is None or group.off:
                continue
            for number, each in self._of_group[arn]:
                able = filters is None or number in filters
                if able and not each.off and _matches(each, record, text):
                    unclear = doubt or group.unknown or group.piped or each.unknown or _misread(each, record)
                    # Each trail that delivers to the log group brings the event there by itself.
                    yield from list(_datum(number, each, record, unclear)) * max(1, copies[arn])

    def _losses(
        self,
        taken: Sequence[_Taken],
        about: "_About",
        published: Sequence[Datum],
    ) -> Iterator[Loss]:
        """Where the ways through log groups end for a record that publishes nothing that counts."""
        account = about.account
        if account not in self.deployment.accounts:
            why = f"account {account or '(none)'}, whose record it is, was not looked at"
            yield Loss(Reason.NOT_RECORDED, why, unknown=True)
        hidden = self.deployment.hidden.get(account)
        if hidden:
            yield Loss(Reason.NOT_RECORDED, f"trails may be hidden: {hidden}", unknown=True)
        for each in taken:
            yield from _on_trail(each)
        if not taken:
            yield Loss(Reason.NOT_RECORDED, "there is no trail")
        entered = [each.trail.group for each in taken if each.verdict is not False and not each.trail.undelivered]
        for arn in dict.fromkeys(entered):
            group = self._groups.get(arn)
            if group is not None and group.piped:
                yield Loss(Reason.NO_FILTER, group.piped, unknown=True)
            if group is not None:
                yield from self._in_group(group, about, published)

    def _unreplayed(self, taken: Sequence[_Taken], about: "_About", region: str, text: str) -> Iterator[Loss]:
        """What may tell of a record and is not replayed: log alarms, and log groups that events enter without a trail.

        What enters these is the matter of channels, whose records and times of delivery are not modelled.
        """
        here = (about.account, region)
        entered = {each.trail.group for each in taken if each.verdict is not False and not each.trail.undelivered}
        for group in self.deployment.groups:
            beside = group.trailless and (group.account, group.region) == here
            if group.off or not (beside or group.arn in entered):
                continue
            for alarm in self.deployment.log_alarms(group):
                why = f"log alarm {alarm.name} reads log group {group.name}, and {LOG_ALARMS}"
                yield Loss(Reason.UNTOLD, why, unknown=True)
            if beside and group.unknown:
                yield Loss(Reason.UNTOLD, f"log group {group.name}: {TRAILLESS}; {group.unknown}", unknown=True)
            for each in group.filters if beside else ():
                if not each.off and (each.unknown or _matches(each, about.record, text)):
                    why = f"{each.called} may match it in log group {group.name}: {TRAILLESS}"
                    yield Loss(Reason.UNTOLD, why, unknown=True)

    def _in_group(self, group: DeployedGroup, about: "_About", published: Sequence[Datum]) -> Iterator[Loss]:
        if group.off or group.unknown:
            yield Loss(Reason.NO_FILTER, group.off or group.unknown, unknown=not group.off)
            return
        every = self._of_group[group.arn]
        if not every:
            yield Loss(Reason.NO_FILTER, f"log group {group.name} has no metric filter")
        counting = {datum.filter for datum in published}
        # A pattern that is not known, or reads something else, may match.
        for number, each in every:
            if each.unknown and number not in counting and not each.off:
                yield Loss(Reason.FILTER, each.unknown, unknown=True)
        missed = [(about.far(each), miss(each.pattern, about.record), each) for _, each in every if not counting]
        if missed:
            _, found, nearest = min(missed, key=lambda each: (each[0], each[1], each[2].name))
            if nearest.off:
                yield Loss(Reason.FILTER_OFF, nearest.off)
            elif found.why:
                yield Loss(Reason.FILTER, f"{nearest.called} does not match: {found.why}")

    def _heard(
        self,
        taken: Sequence[_Taken],
        record: Mapping[str, Any],
        account: str,
        region: str,
    ) -> tuple[list[Firing], list[Loss]]:
        """The EventBridge rules that hear a record, and why others that are there do not."""
        every = enumerate(self.deployment.rules)
        here = [(number, each) for number, each in every if (each.account, each.region) == (account, region)]
        firings: list[Firing] = []
        losses: list[Loss] = []
        hidden = self.deployment.hidden_rules.get((account, region))
        if hidden:
            losses.append(Loss(Reason.RULE, hidden, unknown=True))
        sent = _sent(taken, region)
        for number, rule in here if sent is not None else ():
            _hear(number, rule, record, sent or "", firings, losses)
        if not firings and here and sent is not None:
            losses += _nearest([rule for _, rule in here], record)
        return firings, losses


def _as_sent(record: Mapping[str, Any], text: str) -> str:
    """The text of an event as CloudTrail sends it on: without the line breaks of a log file laid out for people."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) if "\n" in text else text


def account_of(record: Mapping[str, Any]) -> str:
    """The account that a record is of: the one that received it, else the one that acted."""
    received = _text(record.get("recipientAccountId"))
    identity = record.get("userIdentity")
    return received or (_text(identity.get("accountId")) if isinstance(identity, Mapping) else "")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _on_trail(taken: _Taken) -> Iterator[Loss]:
    """Why a record gets no further than a trail."""
    trail, verdict, why = taken
    if verdict is not True:
        unknown = verdict is None and bool(trail.group)
        yield Loss(Reason.NOT_RECORDED, f"trail {trail.name} does not record it: {why}", unknown=unknown)
    elif not trail.group:
        yield Loss(Reason.NO_LOG_GROUP, f"trail {trail.name} records it and delivers to no log group")
    elif trail.undelivered:
        yield Loss(Reason.UNDELIVERED, trail.undelivered)


def _matches(each: DeployedFilter, record: Mapping[str, Any], text: str) -> bool:
    if isinstance(each.pattern, JsonPattern):
        return any(_readings(each.pattern, record))
    return each.pattern is not None and matcher(each.pattern)(text)


def _readings(pattern: JsonPattern, record: Mapping[str, Any]) -> tuple[bool, bool]:
    """Whether a record matches, by either reading of a star in the middle of a value."""
    value = dict(record)
    return matches_value(pattern, value), matches_value(pattern, value, midglob="literal")


def _misread(each: DeployedFilter, record: Mapping[str, Any]) -> str:
    """Why a filter that matches may not: AWS does not say how a star in the middle of a value is read."""
    if not isinstance(each.pattern, JsonPattern) or all(_readings(each.pattern, record)):
        return ""
    return f"whether {each.called} matches depends on how the * inside a value is read, which is not documented"


def _datum(number: int, each: DeployedFilter, record: Mapping[str, Any], doubt: str) -> Iterator[Datum]:
    """What a filter publishes of a record that it matches; a value that is not a number is doubtful, not nothing."""
    value, dimensions = each.value, _dimensions(each, record)
    if isinstance(value, tuple):
        found = find_in_json(value)(dict(record))
        if isinstance(found, bool) or not isinstance(found, int | float):
            doubt = f"what {each.called} publishes is not known: its value field is {shown(found)}"
            found = 0.0
        value = float(found)
    if dimensions is None:
        doubt = f"{each.called} takes a dimension from a field that the record lacks, and AWS does not say what then"
    yield Datum(number, value, dimensions or (), doubt)


def _dimensions(each: DeployedFilter, record: Mapping[str, Any]) -> Dimensions | None:
    found: list[tuple[str, str]] = []
    for name, steps in each.dimensions:
        value = _dimension(steps, record)
        if value is None:
            return None
        found.append((name, value))
    return tuple(found)


def _dimension(steps: Steps, record: Mapping[str, Any]) -> str | None:
    value = find_in_json(steps)(dict(record))
    if value is MISSING or value is None or isinstance(value, dict | list):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sent(taken: Sequence[_Taken], region: str) -> str | None:
    """Why CloudTrail may not send a record to EventBridge; "" when it does, None when no trail is on there."""
    if any(verdict for _, verdict, _ in taken):
        return ""
    logging = any(not trail.off and (trail.multi_region or trail.home == region) for trail, _, _ in taken)
    return _NOT_DOCUMENTED if logging else None


def _hear(
    number: int,
    rule: DeployedRule,
    record: Mapping[str, Any],
    sent: str,
    firings: list[Firing],
    losses: list[Loss],
) -> None:
    if rule.pattern is None or not matches_record(rule.pattern, record, Place(rule.account, rule.region)):
        return
    read = record.get("readOnly")
    if rule.off:
        losses.append(Loss(Reason.RULE_OFF, f"{rule.off}, and would match"))
    elif read is True and not rule.reads and not rule.unknown:
        why = f"EventBridge rule {rule.name} matches, and in its state it hears of no read-only event"
        losses.append(Loss(Reason.RULE_READS, why))
    else:
        unclear = (
            "" if rule.reads or read is False else "whether it hears of the event is not known: it may be read-only"
        )
        firings.append(Firing(number, rule.unknown or sent or unclear))


def _nearest(rules: Sequence[DeployedRule], record: Mapping[str, Any]) -> Iterator[Loss]:
    """Why the rule that comes nearest to a record does not hear it."""
    for rule in rules:
        if rule.pattern is None and not rule.off:
            yield Loss(Reason.RULE, f"whether EventBridge rule {rule.name} matches is not known", unknown=True)
    read = [(event_miss(rule.pattern, event_of(record)), rule) for rule in rules if rule.pattern is not None]
    if read:
        found, nearest = min(read, key=lambda pair: (pair[0], pair[1].name))
        if found.why:
            yield Loss(Reason.RULE, f"EventBridge rule {nearest.name} does not match: {found.why}")
