"""What keeps an audit alarm silent although it enters ALARM: mute rules, and the suppressors of composite alarms.

Sources: CloudWatch User Guide, "Alarm Mute Rules" and "Composite alarm action suppression".
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.alarms.alarm import Alarm
from scanner.alarms.muting.rules import Muting
from scanner.audit_path.mute_rules import MUTE_RULE, MUTE_RULE_LISTING, RegionMutes
from scanner.audit_path.watching import ALARM_ARGUMENTS, LIST_ALARMS
from scanner.facts.rows import Field
from scanner.model import CallKey, Gap, GapKind

_USES = (MUTE_RULE_LISTING, MUTE_RULE)

SILENCE_FIELDS: Mapping[str, Field] = {
    "MutedNow": Field(
        "Names of the mute rules that at the time of collection keep it, or a composite alarm that acts for it, from "
        "acting.",
        _USES,
    ),
    "MutedHours": Field("Most hours in any seven days of the coming year for which mute rules do so.", _USES),
    "MuteRules": Field("Names and schedules of the mute rules that do so at any time.", _USES),
    "SuppressedBy": Field("Names of suppressors, in ALARM, of composite alarms that act for it."),
}
"""Facts of an audit alarm. Alarms without actions have none that could be kept from running."""


@dataclass(frozen=True, slots=True)
class Silence:
    """The facts of ``SILENCE_FIELDS``, as far as they are known, and why the others are not."""

    data: Mapping[str, Any]
    gaps: Mapping[str, Gap]


def silence_of(
    alarm: Alarm, above: Sequence[Alarm], in_alarm: Mapping[str, bool], mutes: RegionMutes, hidden: Gap | None
) -> Silence:
    """What keeps an alarm, and the composite alarms ``above`` that act for it, from acting.

    ``in_alarm`` tells by name which alarms of the Region are in ALARM; ``hidden`` is a gap behind which there may be
    more composite alarms.
    """
    data, gaps = _muted([each for each in (alarm, *above) if each.actions or each.unheard is not None], mutes, hidden)
    named = sorted({each.suppressor_name for each in above if each.suppressor and each.actions})
    sure = [name for name in named if in_alarm.get(name)]
    unseen = next((name for name in named if name not in in_alarm), None)
    if sure or (hidden is None and unseen is None):
        data["SuppressedBy"] = sure
    else:
        gaps["SuppressedBy"] = hidden or gap_in_alarms(alarm, f"The state of the suppressor {unseen} is not known")
    return Silence(data, gaps)


def gap_in_alarms(alarm: Alarm, reason: str) -> Gap:
    """A fact that the listing of alarms does not tell."""
    key = CallKey(alarm.account, alarm.region, LIST_ALARMS, ALARM_ARGUMENTS)
    return Gap(key=key, kind=GapKind.ERROR, reason=reason)


def _muted(alarms: Sequence[Alarm], mutes: RegionMutes, hidden: Gap | None) -> tuple[dict[str, Any], dict[str, Gap]]:
    found = [mutes.rules.over(each.name) for each in alarms]
    now = sorted({name for muting in found for name in muting.now})
    rules = {rule.name: rule for muting in found for rule in muting.rules}
    hours = [muting.hours or 0 for muting in found]
    texts = [rules[name].text.removeprefix("mute rule ") for name in sorted(rules)]
    known = {"MutedNow": now, "MutedHours": _rounded(max(hours, default=0)), "MuteRules": texts}
    gap = mutes.gap or hidden or _unclear(found, mutes)
    if gap is None:
        return known, {}
    # What is certain of one rule stays certain when others are not known.
    sure: dict[str, Any] = {"MutedNow": now} if now else {}
    return sure, {name: gap for name in known if name not in sure}


def _unclear(found: Sequence[Muting], mutes: RegionMutes) -> Gap | None:
    """The gap of a rule of which it is not known whether, when or how long it mutes."""
    unclear = next((muting.doubt for muting in found if muting.doubt is not None), None)
    if unclear is None:
        return None
    reason = f"It is not known whether and for how long {unclear.text} mutes an alarm: {unclear.doubt}"
    return Gap(key=mutes.sources[0].call, kind=GapKind.ERROR, reason=reason)


def _rounded(hours: float) -> float:
    """Hours for a sentence, never fewer than there are."""
    tenths = math.ceil(hours * 10)
    return tenths / 10 if tenths % 10 else tenths // 10
