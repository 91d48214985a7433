"""The first links of a way without a trail: CloudWatch's channel, whether events arrive, and which it selects.

The log group that they lead to is judged as that of a trail. Sources: those of ``scanner.audit_path.telemetry``.
"""

from datetime import datetime

from scanner.alarms.counting import counted
from scanner.arns import parse_arn
from scanner.audit_path.telemetry import Channel, Feed, hours_since
from scanner.checks.route.links import CHANNEL, DELIVERY, SELECTORS, JudgedLink, refused
from scanner.checks.route.trails import Trunk
from scanner.facts.rows import Row
from scanner.model import Outcome
from scanner.recording.recorded_events import EVERYTHING, NOTHING, Recorded
from scanner.resources.trails.channels import selected_by

ROW = "cloudtrail.channel"
"""The type of the row that a trunk without a trail begins with."""


def entry(feed: Feed, now: datetime, max_delivery_age: int) -> Trunk:
    """Judge what fills a log group without a trail; ``max_delivery_age`` is in hours."""
    arrived = _arrived(feed, now, max_delivery_age)
    channels = list(feed.channels)
    selected = selected_by(channels)
    name = ", ".join(channel.name for channel in channels)
    first = _channel(feed, channels, name, arrived)
    group = feed.group
    own = [rule.name for rule in feed.rules if not rule.origin]
    return Trunk(
        trail=Row(ROW, group.account, group.region, group.arn, {"Name": name or group.name, "TelemetryRules": own}),
        links=(
            first,
            _delivery(feed, arrived, max_delivery_age, standing=bool(channels)),
            _selectors(channels, selected),
        ),
        home=group.region,
        services=EVERYTHING,
        selected=selected,
        group=group.arn,
        place=parse_arn(group.arn),
    )


def _arrived(feed: Feed, now: datetime, max_age: int) -> float | None:
    """The age of the newest event in hours, if it is at most ``max_age``; None where none of these is known."""
    if feed.latest is None:
        return None
    age = hours_since(feed.latest, now)
    return age if age <= max_age else None


def _channel(feed: Feed, channels: list[Channel], name: str, arrived: float | None) -> JudgedLink:
    """Whether CloudWatch has a channel in the Region; events that arrive all the same come in a way not known."""
    region = feed.group.region
    sources = tuple(source for channel in channels for source in channel.sources) or feed.listed
    by_rule = [f"telemetry rule {rule.name}{rule.origin}" for rule in feed.rules]
    sources += tuple(source for rule in feed.rules for source in rule.sources)

    def link(verdict: Outcome, reason: str, *warnings: str) -> JudgedLink:
        return JudgedLink(CHANNEL, verdict, reason, name, tuple(dict.fromkeys(sources)), warnings)

    if channels:
        plural = "channels" if len(channels) > 1 else "channel"
        brings = "bring" if len(channels) > 1 else "brings"
        set_up = f" ({', '.join(by_rule)})" if by_rule else ""
        reason = f"service-linked {plural} {name} {brings} CloudTrail events of {region} into CloudWatch Logs{set_up}"
        return link(Outcome.PASS, reason, *_warnings(feed, by_rule))
    if feed.hidden is not None:
        return link(Outcome.UNKNOWN, f"the service-linked channels in {region} are not known: {feed.hidden.reason}")
    nothing = f"CloudWatch has no service-linked channel in {region} that brings CloudTrail events into its log groups"
    if arrived is not None:
        return link(Outcome.UNKNOWN, f"{nothing}, although events arrive in log group {feed.group.name}")
    if feed.unreceived is not None:
        return link(Outcome.UNKNOWN, f"{nothing}, and whether events arrive is not known: {feed.unreceived.reason}")
    return link(Outcome.FAIL, f"{nothing}{_although(feed, by_rule)}")


def _warnings(feed: Feed, by_rule: list[str]) -> list[str]:
    warnings: list[str] = []
    if not by_rule:
        warnings.append(
            f"no telemetry rule about CloudTrail was seen in {feed.group.region}: a channel that a rule set up stays "
            "when the rule is deleted, but is not made again"
        )
    if feed.stopped:
        warnings.append(f"the evaluation of telemetry rules in {feed.group.region} is {feed.stopped}")
    return warnings


def _although(feed: Feed, by_rule: list[str]) -> str:
    """What was meant to bring them, as the end of a clause."""
    failures = [
        f"telemetry rule {rule.name}{rule.origin} failed there: {rule.failure}" for rule in feed.rules if rule.failure
    ]
    told = failures or ([f"although there is {', '.join(by_rule)}"] if by_rule else [])
    stopped = [f"the evaluation of telemetry rules is {feed.stopped}"] if feed.stopped else []
    return "".join(f", {clause}" for clause in (*told, *stopped))


def _delivery(feed: Feed, arrived: float | None, max_age: int, *, standing: bool) -> JudgedLink:
    """Whether events arrived in the log group, as CloudWatch Logs counts them."""
    name, hours = feed.group.name, counted(max_age, "hour")
    sources = (feed.counted,)

    def link(verdict: Outcome, reason: str) -> JudgedLink:
        return JudgedLink(DELIVERY, verdict, reason, name, sources)

    if feed.unreceived is not None:
        reason = f"whether events arrive in log group {name} is not known: {feed.unreceived.reason}"
        return JudgedLink(DELIVERY, Outcome.UNKNOWN, reason, name, (refused(feed.unreceived),))
    if arrived is None and not standing:
        return link(Outcome.FAIL, f"no event arrived in log group {name} in the last {hours}")
    if arrived is None:
        # A channel delivers nothing where nothing happens, and AWS reports no errors of one.
        return link(
            Outcome.UNKNOWN,
            f"no event is known to have arrived in log group {name} in the last {hours}: whether none happened or the "
            "channel does not deliver is not known",
        )
    return link(Outcome.PASS, f"events arrived in log group {name} in the last {hours}")


def _selectors(channels: list[Channel], selected: Recorded) -> JudgedLink:
    name = ", ".join(channel.name for channel in channels)
    sources = tuple(source for channel in channels for source in channel.sources)
    gap = next((channel.gap for channel in channels if channel.gap is not None), None)

    def link(verdict: Outcome, reason: str) -> JudgedLink:
        return JudgedLink(SELECTORS, verdict, reason, name, sources)

    if gap is not None or not channels:
        why = f"which events service-linked channel {name} selects is not known: {gap.reason}" if gap else _NO_CHANNEL
        return link(Outcome.UNKNOWN, why)
    if selected.at_most is NOTHING:
        return link(Outcome.FAIL, f"service-linked channel {name} selects no management events")
    if selected.surely != selected.at_most:
        reason = f"service-linked channel {name} has an event selector that is not understood"
        return link(Outcome.UNKNOWN, f"{reason}, so what it selects is not certain")
    share = "all" if selected.surely is EVERYTHING else "some of the"
    return link(Outcome.PASS, f"service-linked channel {name} selects {share} management events")


_NO_CHANNEL = "no service-linked channel says which events are selected"
