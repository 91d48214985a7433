"""The alarm mute rules beside the alarms of an account, and the calls that list them.

Source: CloudWatch API reference, ``ListAlarmMuteRules`` (whose summaries name a rule by its ARN only) and
``GetAlarmMuteRule``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.alarms.muting.rules import MuteRule, MuteRules, read_mute_rule
from scanner.arns import parse_arn
from scanner.audit_path.places import ALARM_REGIONS
from scanner.audit_path.stores import mappings
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Gap, GapKind, Source
from scanner.snapshot.answers import Answer, Snapshot

MUTE_RULE_LISTING = Use("cloudwatch.ListAlarmMuteRules", per=ALARM_REGIONS)
NOT_EXPIRED: Mapping[str, Any] = {"Statuses": ["ACTIVE", "SCHEDULED"]}
"""The call that lists the mute rules of a Region which mute something now or will."""

_KIND = "alarm-mute-rule:"


@dataclass(frozen=True, slots=True)
class RegionMutes:
    """The mute rules of one account and Region: what they do to an alarm, and the answers that say so.

    ``gap`` says that there may be others, or more of them.
    """

    rules: MuteRules
    sources: tuple[Source, ...]
    gap: Gap | None


def _listed(listing: Answer) -> Iterator[str | Gap]:
    """The names of the rules of a listing, and the gaps behind which there may be more."""
    if listing.gap is not None:
        yield listing.gap
    for pointer, summary in mappings(listing, "AlarmMuteRuleSummaries"):
        arn = parse_arn(summary.get("AlarmMuteRuleArn"))
        name = arn.after(_KIND) if arn is not None else ""
        if name:
            yield name
        else:
            reason = f"{listing.key.operation} lists an alarm mute rule whose ARN does not tell its name"
            yield Gap(key=listing.key, kind=GapKind.INVALID, reason=reason, pointer=pointer)


def _mute_rules(look: Look) -> Iterator[Thing]:
    for place in look.each(ALARM_REGIONS):
        listing = look.snapshot.ask(look.account, place.region, MUTE_RULE_LISTING.operation, NOT_EXPIRED)
        for name in dict.fromkeys(each for each in _listed(listing) if isinstance(each, str)):
            yield Thing(place.region, {"mute_rule": name})


MUTE_RULES = Things("mute-rule", _mute_rules, (MUTE_RULE_LISTING,))
"""Each alarm mute rule that has not expired, beside a log group that a trail delivers to."""

MUTE_RULE = Use("cloudwatch.GetAlarmMuteRule", per=MUTE_RULES)


def region_mutes(snapshot: Snapshot, account: str, region: str) -> RegionMutes:
    """The mute rules of an account in a Region, as far as they are known."""
    listing = snapshot.ask(account, region, MUTE_RULE_LISTING.operation, NOT_EXPIRED)
    sources = [Source(listing.key, "")]
    gaps: list[Gap] = []
    rules: list[MuteRule] = []
    for name in dict.fromkeys(_listed(listing)):
        if isinstance(name, Gap):
            gaps.append(name)
            continue
        told = snapshot.ask(account, region, MUTE_RULE.operation, {"AlarmMuteRuleName": name})
        sources.append(Source(told.key, ""))
        gaps += [told.gap] if told.gap is not None else []
        # A rule that is gone since it was listed mutes nothing.
        rule = None if told.absent or told.gap is not None else read_mute_rule(name, told.first, snapshot.collected_at)
        rules += [rule] if rule is not None else []
    return RegionMutes(MuteRules(rules), tuple(sources), gaps[0] if gaps else None)
