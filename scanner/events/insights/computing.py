"""Episodes computed from the calls of an organization's APIs, as AWS's Insights would tell them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from scanner.events.insights.detection import Counts, Sensitivity, Stretch, compares, falls, rises
from scanner.events.insights.series import MINUTE, OTHERS, Caller, Minutes, Series
from scanner.events.insights.value import Api, Attribution, Episode, InsightType, Share
from scanner.model import JsonValue
from scanner.times import from_milliseconds, rfc3339

MOST_VALUES = 5
"""Values of an attribute that an Insights event tells (user guide, "insightContext")."""

_ATTRIBUTES = ("userIdentityArn", "userAgent", "errorCode")
_SPACE = UUID("6e2f4f0c-2a4b-5f0e-9f4e-0d6c1b6a7c11")


@dataclass(frozen=True, slots=True)
class Unjudged:
    """An account and a Region whose records are too few for a baseline, in full or in part.

    ``hours`` is how far they reach from the first to the last, ``missing_days`` how many days in between have none:
    what comes in the seven days after such a day is not compared. ``compared`` says whether anything is.
    """

    account: str
    region: str
    hours: int
    missing_days: int
    compared: bool = False


def computed(series: Series, asked: Sensitivity) -> Iterator[Episode]:
    """The episodes of every API, by API and time."""
    for api, calls in series.counts():
        heard = series.hours.get((api.account, api.region), set())
        if not heard:
            continue
        counts = Counts(calls, heard)
        found = [*rises(counts, asked)]
        if api.kind is InsightType.CALL_RATE:
            found += falls(counts, asked)
        for stretch in sorted(found, key=lambda each: each.start):
            yield _episode(api, stretch, series.calls[api])


def too_short(series: Series, asked: Sensitivity) -> Iterator[Unjudged]:
    """Where records do not reach back far enough, or lack days: nothing is known of what is usual there, or then."""
    for (account, region), hours in sorted(series.hours.items()):
        first, last = min(hours), max(hours)
        missing = last // 24 - first // 24 + 1 - len({hour // 24 for hour in hours})
        reach = last + 1 - first
        if reach * 60 <= asked.baseline or missing:
            yield Unjudged(account, region, reach, missing, compares(hours, asked.baseline))


def _episode(api: Api, stretch: Stretch, minutes: Minutes) -> Episode:
    length = stretch.end - stretch.start
    before = stretch.start - stretch.baseline_minutes
    there = _callers(minutes, stretch.start, stretch.end)
    usual = _callers(minutes, before, stretch.start)
    start, end = _time(stretch.start), _time(stretch.end)
    return Episode(
        api=api,
        start=start,
        end=end,
        baseline_average=stretch.baseline_count / stretch.baseline_minutes,
        insight_average=stretch.count / length,
        baseline_minutes=stretch.baseline_minutes,
        insight_minutes=length,
        attributions=tuple(
            Attribution(name, _shares(there, at, length), _shares(usual, at, stretch.baseline_minutes))
            for at, name in enumerate(_ATTRIBUTES)
        ),
        shared_id=str(uuid5(_SPACE, "\n".join((*_names(api), start)))),
        computed=True,
        probability=stretch.probability,
    )


def _names(api: Api) -> tuple[str, ...]:
    return (api.account, api.region, api.source, api.name, api.category, api.error)


def _callers(minutes: Minutes, start: int, end: int) -> "Counter[Caller]":
    found: Counter[Caller] = Counter()
    for minute, callers in minutes.items():
        if start <= minute < end:
            found.update(callers)
    return found


def _shares(callers: Mapping[Caller, int], at: int, minutes: int) -> tuple[Share, ...]:
    """The most frequent values, ties by name; callers that are not held have none."""
    found: Counter[str] = Counter()
    for caller, count in callers.items():
        if caller != OTHERS:
            found[caller[at]] += count
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Share(value, count / minutes) for value, count in ranked[:MOST_VALUES])


def _time(minute: int) -> str:
    return rfc3339(from_milliseconds(minute * MINUTE * 1000))


def records_of(episode: Episode, version: str) -> Iterator[dict[str, JsonValue]]:
    """The episode as CloudTrail would deliver it: its start, and its end where it is known.

    ``computedBy``, which CloudTrail does not know, says that no Insights of AWS found it.
    """
    for state, time in (("Start", episode.start), ("End", episode.end)):
        if time:
            yield {
                "eventVersion": "1.11",
                "eventTime": time,
                "awsRegion": episode.api.region,
                "eventID": str(uuid5(_SPACE, f"{episode.shared_id}/{state}")),
                "eventType": "AwsCloudTrailInsight",
                "recipientAccountId": episode.api.account,
                "sharedEventID": episode.shared_id,
                "insightDetails": _details(episode, state),
                "eventCategory": "Insight",
                "computedBy": f"trailwitness/{version}",
            }


def _details(episode: Episode, state: str) -> dict[str, JsonValue]:
    api = episode.api
    statistics: dict[str, JsonValue] = {
        "baseline": {"average": episode.baseline_average},
        "insight": {"average": episode.insight_average},
        "baselineDuration": episode.baseline_minutes,
    }
    if state == "End":
        statistics["insightDuration"] = episode.insight_minutes
    attributions: list[JsonValue] = [_attribution(each) for each in episode.attributions]
    details: dict[str, JsonValue] = {
        "state": state,
        "eventSource": api.source,
        "eventName": api.name,
        "insightType": api.kind.value,
        "sourceEventCategory": api.category,
        "insightContext": {"statistics": statistics, "attributions": attributions},
    }
    if api.error:
        details["errorCode"] = api.error
    return details


def _attribution(told: Attribution) -> dict[str, JsonValue]:
    return {"attribute": told.attribute, "insight": _told(told.insight), "baseline": _told(told.baseline)}


def _told(shares: tuple[Share, ...]) -> list[JsonValue]:
    return [{"value": share.value, "average": share.average} for share in shares]
