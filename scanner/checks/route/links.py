"""One judged link of a route, with the answers its verdict rests on."""

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.facts.rows import Row
from scanner.model import Gap, Link, Outcome, Source
from scanner.recording.recorded_events import Recorded
from scanner.resources.roles.role_use import Lack

TRAIL, DELIVERY, SELECTORS, LOG_GROUP, FILTER = "trail", "delivery", "selectors", "log-group", "filter"
CHANNEL = "channel"
RULE, BUS, ALARM, ACTIONS, TOPIC, SUBSCRIPTION = "rule", "bus", "alarm", "actions", "topic", "subscription"
SERVICE = "service"
SUBSCRIPTION_FILTER, NOTIFICATION = "subscription-filter", "notification"
DESTINATION, ATTESTATION = "destination", "attestation"

LINKS = (
    *(SERVICE, TRAIL, CHANNEL, DELIVERY, SELECTORS, LOG_GROUP, FILTER, SUBSCRIPTION_FILTER, NOTIFICATION, RULE, BUS),
    *(ALARM, ACTIONS, TOPIC, SUBSCRIPTION, DESTINATION, ATTESTATION),
)
"""The links of routes, in the order an event travels.

Through a metric filter it passes the trail, its delivery and selectors, the log group, the filter, an alarm, its
actions, a topic and a subscription; without a trail it begins with a service-linked channel of CloudWatch instead;
through an EventBridge rule the trail, its selectors, the rule, perhaps another
event bus, a topic and a subscription. A declared route ends with a destination and an attestation, behind a
subscription filter, the notifications of a bucket or an EventBridge rule. Findings travel from their service through
an EventBridge rule, a topic and a subscription.
"""


@dataclass(frozen=True, slots=True)
class Program:
    """An endpoint that is read by a program and receives what a topic is told, or what of the events it receives.

    ``reaches`` is what it is in a sentence: "an HTTPS endpoint".
    """

    endpoint: str
    reaches: str
    lets: Recorded


@dataclass(frozen=True, slots=True)
class JudgedLink:
    """A link with its verdict. ``reason`` is a sentence without its full stop, naming the resource.

    ``carries`` is what it lets through of what arrives (None: all of it), ``lost`` says why not the rest.
    ``programs`` are endpoints that it reaches besides people, ``lack`` is what breaks it, where that can be put right.
    """

    name: str
    verdict: Outcome
    reason: str
    candidate: str = ""
    sources: tuple[Source, ...] = ()
    warnings: tuple[str, ...] = ()
    carries: Recorded | None = None
    lost: str = ""
    programs: tuple[Program, ...] = ()
    lack: Lack | None = None

    def told(self) -> Link:
        """The link as findings show it."""
        return Link(self.name, self.verdict, self.reason, self.candidate)


def cited(row: Row, *fields: str) -> tuple[Source, ...]:
    """The answers that a row and these of its fields rest on, refused ones included."""
    sources = list(row.sources)
    for name in fields:
        sources += row.cites.get(name, ())
        if name in row.gaps:
            sources.append(refused(row.gaps[name]))
    return tuple(dict.fromkeys(sources))


def refused(gap: Gap) -> Source:
    """A call that gave no answer, or the place where one is malformed, as the source of an unknown."""
    return gap.source


def refusals(gaps: Iterable[Gap]) -> tuple[Source, ...]:
    """``refused`` for several gaps, each call once."""
    return tuple(dict.fromkeys(refused(gap) for gap in gaps))
