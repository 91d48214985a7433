"""What CloudTrail itself counted in the minutes of the episodes that were computed: a second source, beside the logs.

Where CloudTrail counted more calls than the records hold, records are missing. It tells its counts of one account, in
the Region that is asked, of APIs for which Insights is on, by the minute for fifteen days. Whatever it does not tell is
said, and never taken for agreement. Source: CloudTrail API reference, ``ListInsightsMetricData``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scanner.aws.options import Account
from scanner.model import Caller
from scanner.runs.over_logs.opening import reached
from scanner.times import parse_time
from scanner.wording import several

if TYPE_CHECKING:
    from scanner.aws.session import AwsSession
    from scanner.events.insights.value import Episode

REACH = timedelta(days=15)
"""How far back counts by the minute go."""

MOST = 500
"""Episodes of which CloudTrail is asked."""

_OPERATION = "cloudtrail.ListInsightsMetricData"
_DATA = "Data"


@dataclass(frozen=True, slots=True)
class Count:
    """Calls in the minutes of an episode: by CloudTrail, and by the records. ``why`` says why CloudTrail's are None."""

    records: int
    calls: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """What CloudTrail counted, by the ``shared_id`` of each episode that was computed."""

    account: str
    episodes: Mapping[str, Count]

    @property
    def complete(self) -> bool:
        """Whether CloudTrail told its count for every episode."""
        return all(each.calls is not None for each in self.episodes.values())

    def notes(self) -> Iterator[str]:
        """What the counts say together, as sentences without a full stop."""
        every = self.episodes.values()
        if not every:
            yield "no episode was computed, so CloudTrail was not asked for its own counts"
        more = sum(each.calls is not None and each.calls > each.records for each in every)
        if more:
            where = several(more, "episode")
            yield f"in {where} CloudTrail counted more calls than these records hold: records are missing"
        unknown = sum(each.calls is None for each in every)
        if unknown:
            yield f"CloudTrail's own count is not known for {several(unknown, 'episode')}"


def count_episodes(account: Account, episodes: Iterable["Episode"], now: datetime) -> Counted:
    """Ask CloudTrail about each episode. Raises CollectError when AWS cannot be reached at all."""
    listed = list(episodes)
    if not listed:
        return Counted("", {})
    from scanner.aws.log_operations import METRIC_OPERATIONS
    from scanner.aws.session import open_session
    from scanner.log_sources.account import caller_of

    session = open_session(reached(account), METRIC_OPERATIONS)
    return counted(session, caller_of(session), listed, now)


def counted(session: "AwsSession", caller: Caller, episodes: Iterable["Episode"], now: datetime) -> Counted:
    """The counts of episodes, as far as the caller may have them."""
    found: dict[str, Count] = {}
    for number, episode in enumerate(episodes):
        records = round(episode.insight_average * episode.insight_minutes)
        why = _out_of_reach(episode, caller, now) if number < MOST else f"CloudTrail is asked about {MOST} at most"
        found[episode.shared_id] = Count(records, why=why) if why else _asked(session, episode, records)
    return Counted(caller.account, found)


def _out_of_reach(episode: "Episode", caller: Caller, now: datetime) -> str:
    """Why CloudTrail cannot be asked about an episode; "" when it can."""
    start = parse_time(episode.start)
    if episode.api.category == _DATA:
        return "for data events CloudTrail tells counts only of a trail that is named"
    if episode.api.account != caller.account:
        return f"the credentials are of account {caller.account}, and it tells them of that account only"
    if not episode.api.region:
        return "the records name no Region to ask in"
    if start is None or start < now - REACH:
        return f"CloudTrail keeps counts by the minute for {REACH.days} days"
    return ""


def _asked(session: "AwsSession", episode: "Episode", records: int) -> Count:
    from scanner.aws.asking import ask
    from scanner.aws.log_operations import METRIC_OPERATIONS

    operation = METRIC_OPERATIONS[_OPERATION]
    reply = ask(session, operation, episode.api.region, {**operation.arguments, **_wanted(episode)})
    if reply.error is not None:
        return Count(records, why=f"{_OPERATION} was not answered: {reply.error.code}: {reply.error.message}")
    values = [value for page in reply.pages for value in page.get("Values") or ()]
    if not values or not all(isinstance(value, int | float) for value in values):
        return Count(records, why="CloudTrail has no count for these minutes: Insights may not have been on")
    return Count(records, round(sum(values)))


def _wanted(episode: "Episode") -> dict[str, Any]:
    start = parse_time(episode.start)
    if start is None:
        raise ValueError("an episode without a start is out of reach")
    wanted: dict[str, Any] = {
        "EventSource": episode.api.source,
        "EventName": episode.api.name,
        "InsightType": str(episode.api.kind),
        "StartTime": start,
        "EndTime": start + timedelta(minutes=episode.insight_minutes),
    }
    return {**wanted, "ErrorCode": episode.api.error} if episode.api.error else wanted
