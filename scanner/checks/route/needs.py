"""Which calls the facts of routes rest on: at most 15 per Region, and those about mutes, topics and pipelines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from scanner.audit_path.declared import declared_uses
from scanner.audit_path.event_rules import event_pattern, heard_rules
from scanner.audit_path.eventbridge.buses import RULE_LISTING, about_buses, rules_on
from scanner.audit_path.eventbridge.encryption import about_bus_keys, about_default_buses
from scanner.audit_path.eventbridge.places import about_dead_letters, about_places
from scanner.audit_path.eventbridge.roles import about_roles
from scanner.audit_path.members import text_member
from scanner.audit_path.mute_rules import MUTE_RULE, MUTE_RULE_LISTING
from scanner.audit_path.observability import OBSERVABILITY
from scanner.audit_path.places import EVENT_LOG_GROUP_LISTING, FILLED_LOG_GROUPS, MANAGED_LOG_GROUPS
from scanner.audit_path.telemetry import TELEMETRY
from scanner.audit_path.topics import ABOUT_ALARM_TOPICS, AboutTopics, about_targets
from scanner.checks.route.comparison import apart, required_events
from scanner.checks.route.watching.bands import DETECTORS
from scanner.checks.route.watching.eventbridge.rules import heard_by
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import JsonValue, RouteCheck, Rule, declared_in
from scanner.pattern import JsonPattern, matches_nothing
from scanner.pattern.cloudtrail.event_bus import ANYWHERE, Place
from scanner.recording.recorded_events import NOTHING, Condition, Whole, both
from scanner.resources.monitoring.cloudwatch import ALARM, AUDIT_ALARM
from scanner.resources.monitoring.eventbridge.event_rules import EVENT_RULE
from scanner.resources.monitoring.logs import METRIC_FILTER
from scanner.resources.trails.cloudtrail import TRAIL
from scanner.resources.trails.organizations import ORGANIZATION


def _about(topics: AboutTopics) -> tuple[Use, ...]:
    """Who may publish to topics, what they do to messages, and who receives them."""
    return (*topics.audience, topics.attributes, topics.key, topics.key_policy, topics.protection, topics.deliveries)


ROUTE_USES: frozenset[Use] = frozenset(
    {
        *TRAIL.uses({"Status", "EventSelectors", "AdvancedEventSelectors"}),
        *EVENT_RULE.calls,
        *METRIC_FILTER.calls,
        *ALARM.calls,
        *AUDIT_ALARM.calls,
        *ORGANIZATION.calls,
        # Whether the trails' log groups exist and feed others.
        Use("logs.DescribeSubscriptionFilters", per=FILLED_LOG_GROUPS),
        Use("logs.DescribeSubscriptionFilters", per=MANAGED_LOG_GROUPS),
        # What fills the log groups that events enter without a trail.
        *TELEMETRY,
        EVENT_LOG_GROUP_LISTING,
        MUTE_RULE_LISTING,
        MUTE_RULE,
        DETECTORS,
        *_about(ABOUT_ALARM_TOPICS),
        # Whether alarms of other accounts see the metrics of the filters.
        *OBSERVABILITY,
    }
)
"""What judging any route asks, whatever its scope."""


def uses(rules: Sequence[Rule]) -> frozenset[Use]:
    """The calls that the facts of route rules rest on.

    Besides ``ROUTE_USES`` these are the targets of the EventBridge rules that can hear of an event of these rules, the
    calls about the topics and buses among the targets, and the same for the rules on those buses. Raises PatternError
    for a rule whose events are not a pattern over JSON events.
    """
    wanted = _Wanted(required_events(rule.check, _widest(rule)) for rule in rules if isinstance(rule.check, RouteCheck))
    heard = Things("heard-rule", partial(_hearing, wanted=wanted), (RULE_LISTING,))
    listing, topics = about_targets(heard)
    about = about_buses(heard, listing)
    received = Things("received-rule", partial(_receiving, wanted=wanted, buses=about.buses), (about.rules, listing))
    onwards, further = about_targets(received)
    declared = declared_in(rules)
    encryption = {*about_default_buses(heard, listing, every=bool(declared)), *about_bus_keys(about.description)}
    buses = {about.description, about.rules, onwards, *_about(further)} | encryption
    roles = {*about_roles(heard, listing), *about_roles(received, onwards)}
    # Behind another bus, to ask about the key of a queue or stream too would take one more round of calls.
    places = {*about_places(heard, listing), *about_places(received, onwards, with_keys=False)}
    places |= {*about_dead_letters(heard, listing), *about_dead_letters(received, onwards)}
    return ROUTE_USES | {listing, *_about(topics)} | buses | roles | places | declared_uses(declared)


def _widest(rule: Rule) -> dict[str, JsonValue]:
    """Values of a rule's parameters by which it asks for every event that it may ask for."""
    values: dict[str, JsonValue] = {each.name: each.default for each in rule.parameters}
    texts: dict[str, JsonValue] = {each.name: ["*"] for each in rule.parameters if each.type == "strings"}
    return values | texts | {"extended": True}


def _hearing(look: Look, wanted: "_Wanted") -> Iterator[Thing]:
    """The EventBridge rules that can hear of an event that is required."""
    for region in look.snapshot.regions(look.account):
        for _, rule in heard_rules(look.snapshot.ask(look.account, region, RULE_LISTING.operation)):
            name = text_member(rule, "Name")
            if name and wanted.heard_by(rule, rule.get("State"), Place(look.account, region)):
                yield Thing(region, {"rule": name})


def _receiving(look: Look, wanted: "_Wanted", buses: Things) -> Iterator[Thing]:
    """The rules on buses that other buses send to, which can hear of a required event wherever it happened."""
    for thing, rule in rules_on(look, buses):
        if wanted.heard_by(rule, None, ANYWHERE):
            yield thing


class _Wanted:
    """The events that rules require, and which EventBridge rules can hear of one.

    Every round of calls asks anew, and accounts often have the same rules: a pattern is decided once for a place.
    """

    def __init__(self, required: Iterable[JsonPattern]) -> None:
        self._required = tuple(required)
        self._known: dict[tuple[str, str, Place], bool] = {}

    def heard_by(self, rule: Mapping[str, Any], state: Any, place: Place) -> bool:
        """Whether a rule, in a state as listed (None: whatever it is), can hear of such an event of the place."""
        key = (text_member(rule, "EventPattern"), repr(state), place)
        if key not in self._known:
            heard = heard_by(event_pattern(rule), state, place).at_most
            self._known[key] = any(_can_meet(required, heard) for required in self._required)
        return self._known[key]


def _can_meet(required: JsonPattern, heard: Condition) -> bool:
    """Whether an event can be both required and heard."""
    met = both(required.expr, heard)
    if isinstance(met, Whole):
        return met is not NOTHING
    # Most rules name other events: that takes no search.
    return not apart(required.expr, heard) and not matches_nothing(JsonPattern(met))
