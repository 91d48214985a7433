"""Insights events that AWS delivered, joined into episodes by their ``sharedEventID``.

The trail form nests in ``insightDetails``, the form of CloudTrail Lake is flat (AWS CloudTrail User Guide, "CloudTrail
record contents for Insights events for trails" and "… for event data stores").
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scanner.events.insights.value import Api, Attribution, Episode, InsightType, Share

START, END = "Start", "End"


@dataclass(frozen=True, slots=True)
class InsightEvent:
    """One Insights event: the start or the end of an episode, which it tells as far as it knows it."""

    event_id: str
    state: str
    episode: Episode


def insight_event(record: Mapping[str, Any]) -> InsightEvent | None:
    """The Insights event that a record is; None for any other record, and for one whose members are not understood."""
    if record.get("eventCategory") != "Insight" and record.get("eventType") != "AwsCloudTrailInsight":
        return None
    details = record.get("insightDetails")
    said = _of_trail(details) if isinstance(details, Mapping) else _of_lake(record)
    state = said.get("state")
    if state not in {START, END} or said.get("kind") not in set(InsightType):
        return None
    time = _text(record.get("eventTime"))
    context = said["context"]
    episode = Episode(
        api=Api(
            _text(record.get("recipientAccountId")),
            _text(record.get("awsRegion")),
            _text(said["source"]),
            _text(said["name"]),
            _text(said["category"]) or "Management",
            _text(said["error"]),
        ),
        start=time if state == START else "",
        end=time if state == END else "",
        baseline_average=_number(context.get("baselineAverage")),
        insight_average=_number(context.get("insightAverage")),
        baseline_minutes=int(_number(context.get("baselineDuration"))),
        insight_minutes=int(_number(context.get("insightDuration"))),
        attributions=tuple(_attributions(context.get("attributions"))),
        shared_id=_text(record.get("sharedEventID")) or _text(record.get("eventID")),
        computed=bool(record.get("computedBy")),
    )
    return InsightEvent(_text(record.get("eventID")), state, episode)


def joined(events: Iterable[InsightEvent]) -> tuple[Episode, ...]:
    """The episodes of the events, by API and time; events that come again add nothing.

    The end tells the whole episode, and where it is missing the start tells its beginning.
    """
    starts: dict[str, Episode] = {}
    ends: dict[str, Episode] = {}
    for event in sorted(events, key=lambda each: (each.state, each.event_id, each.episode.start, each.episode.end)):
        (starts if event.state == START else ends).setdefault(event.episode.shared_id, event.episode)
    found = []
    for shared in starts.keys() | ends.keys():
        start, end = starts.get(shared), ends.get(shared)
        whole = end or start
        if whole is not None:
            found.append(replace(whole, start=start.start) if start else whole)
    return tuple(sorted(found, key=lambda each: (each.start or each.end, each.api, each.shared_id)))


def _of_trail(details: Mapping[str, Any]) -> dict[str, Any]:
    context = _mapping(details.get("insightContext"))
    statistics = _mapping(context.get("statistics"))
    return {
        "state": details.get("state"),
        "kind": details.get("insightType"),
        "source": details.get("eventSource"),
        "name": details.get("eventName"),
        "error": details.get("errorCode"),
        "category": details.get("sourceEventCategory"),
        "context": {
            "baselineAverage": _mapping(statistics.get("baseline")).get("average"),
            "insightAverage": _mapping(statistics.get("insight")).get("average"),
            "baselineDuration": statistics.get("baselineDuration"),
            "insightDuration": statistics.get("insightDuration"),
            "attributions": context.get("attributions"),
        },
    }


def _of_lake(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "state": record.get("insightState"),
        "kind": record.get("insightType"),
        "source": record.get("insightEventSource"),
        "name": record.get("insightEventName"),
        "error": record.get("insightErrorCode"),
        "category": record.get("sourceEventCategory"),
        "context": _mapping(record.get("insightContext")),
    }


def _attributions(listed: Any) -> Iterable[Attribution]:
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, Mapping):
            yield Attribution(_text(each.get("attribute")), _shares(each.get("insight")), _shares(each.get("baseline")))


def _shares(listed: Any) -> tuple[Share, ...]:
    found = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    return tuple(Share(_text(each.get("value")), _number(each.get("average"))) for each in found)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float:
    """A number, also one that is written as text (``9.82222E-5``); 0 for anything else."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return 0.0
    sound = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
    return float(value) if sound else 0.0
