"""From log sources that were opened to Insights episodes: those that AWS delivered, and ours; nothing is judged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from scanner import __version__
from scanner.model import JsonValue
from scanner.runs.over_logs.opening import Asked, Opened
from scanner.runs.watching import Watch, unwatched
from scanner.times import rfc3339
from scanner.wording import several

if TYPE_CHECKING:
    from scanner.events.insights.computing import Unjudged
    from scanner.events.insights.detection import Sensitivity
    from scanner.events.insights.value import Attribution, Episode, Share
    from scanner.runs.over_logs.metric_data import Counted

SCHEMA = "trailwitness/insights/v1"

MOST_PLACES = 5
"""Places that a note names."""


@dataclass(frozen=True, slots=True)
class Unusual:
    """What was found: episodes that AWS delivered and those computed, and what they rest on.

    ``places`` counts the accounts and Regions that have records, ``strange`` Insights events that are not understood;
    ``counted`` is what CloudTrail counted itself, where
    that was asked for.
    """

    delivered: "tuple[Episode, ...]"
    computed: "tuple[Episode, ...]"
    too_short: "tuple[Unjudged, ...]"
    asked: "Sensitivity"
    places: int = 0
    records: int = 0
    unreadable: int = 0
    untimed: int = 0
    strange: int = 0
    repeats: int = 0
    callers_dropped: bool = False
    losses: tuple[tuple[str, str], ...] = field(default=())
    counted: "Counted | None" = None

    def document(self, asked: Asked, opened: Opened) -> Mapping[str, JsonValue]:
        """What ``--json`` prints: the episodes, what they were found by, and which sources these are."""
        too_short: list[JsonValue] = [
            {
                "account": each.account,
                "region": each.region,
                "hours": each.hours,
                "missing_days": each.missing_days,
            }
            for each in self.too_short
        ]
        losses: list[JsonValue] = [{"source": source, "why": why} for source, why in self.losses]
        passed_over: list[JsonValue] = [{"source": source, "why": why} for source, why in opened.passed_over]
        return {
            "schema": SCHEMA,
            "since": rfc3339(asked.since) if asked.since else None,
            "until": rfc3339(asked.until) if asked.until else None,
            "probability": self.asked.probability,
            "floor": self.asked.floor,
            "baseline_days": self.asked.baseline / 1440,
            "delivered": list(map(_told, self.delivered)),
            "computed": [{**_told(each), **self._metric(each)} for each in self.computed],
            "too_short": too_short,
            "records": self.records,
            "unreadable": self.unreadable,
            "without_time": self.untimed,
            "repeats": self.repeats,
            "notes": list(self.notes()),
            "sources": len(opened.sources),
            "not_read_whole": losses,
            "passed_over": passed_over,
            "excluded": list(asked.excluded),
        }

    def _metric(self, episode: "Episode") -> dict[str, JsonValue]:
        """What CloudTrail itself counted in the minutes of an episode; nothing where it was not to be asked."""
        if self.counted is None:
            return {}
        count = self.counted.episodes[episode.shared_id]
        return {"metric_data": {"calls": count.calls, "records": count.records, "why_not": count.why or None}}

    @property
    def nothing_compared(self) -> bool:
        """Whether nowhere did records reach back far enough for a baseline, without a day that is missing."""
        return sum(not each.compared for each in self.too_short) == self.places

    def notes(self) -> Iterator[str]:
        """What limits the episodes that were computed, as sentences without a full stop."""
        yield from self._reach()
        if self.callers_dropped:
            yield "there are more callers than are held: calls are all counted, and attributions are incomplete"
        if self.counted is not None:
            yield from self.counted.notes()
        if self.strange:
            yield (
                f"{several(self.strange, 'Insights event')} not understood: the state or the type is none that is "
                "known, or is missing"
            )
        if self.records and not self.places:
            yield "none of these records is a call, so nothing was compared; read the log files of the calls, too"
        if self.untimed:
            yield f"{several(self.untimed, 'record')} left out: eventTime is not a time"

    def _reach(self) -> Iterator[str]:
        """Where records do not reach back far enough, or lack days."""
        days = self.asked.baseline / 1440
        short = [each for each in self.too_short if each.hours * 60 <= self.asked.baseline]
        lost = [each for each in self.too_short if each not in short and not each.compared]
        gappy = [each for each in self.too_short if each not in short and each.compared]
        if short:
            yield (
                f"nothing is known of what is usual in {_places(short)}: records reach back no further than the "
                f"{days:g} days of a baseline; read more of them, or lower --baseline-days"
            )
        if lost:
            yield (
                f"nothing was compared in {_places(lost)}: days without any record lie in every baseline; read the log "
                "files of those days, too"
            )
        if gappy:
            yield (
                f"days without any record in {_places(gappy)}: what comes within a baseline after such a day is not "
                "compared; read the log files of those days, too"
            )

    def delivered_form(self) -> Mapping[str, JsonValue]:
        """The episodes that were computed, as a log file of Insights events."""
        from scanner.events.insights.computing import records_of

        records: list[JsonValue] = []
        for episode in self.computed:
            records += records_of(episode, __version__)
        return {"Records": records}


def _places(listed: "Sequence[Unjudged]") -> str:
    places = ", ".join(
        f"{each.account or '(no account)'} {each.region or '(no Region)'} ({_extent(each)})"
        for each in listed[:MOST_PLACES]
    )
    more = len(listed) - MOST_PLACES
    return f"{places} and {more} more" if more > 0 else places


def _extent(place: "Unjudged") -> str:
    return several(place.missing_days, "day") if place.missing_days else f"{place.hours} h"


def _told(episode: "Episode") -> dict[str, JsonValue]:
    api = episode.api
    return {
        "account": api.account,
        "region": api.region,
        "type": api.kind.value,
        "event_source": api.source,
        "event_name": api.name,
        "event_category": api.category,
        "error_code": api.error or None,
        "start": episode.start or None,
        "end": episode.end or None,
        "baseline_average": episode.baseline_average,
        "insight_average": episode.insight_average,
        "baseline_minutes": episode.baseline_minutes,
        "insight_minutes": episode.insight_minutes,
        "fell": episode.fell,
        "attributions": [_attribution(each) for each in episode.attributions],
        "shared_event_id": episode.shared_id,
        "probability": episode.probability,
    }


def _attribution(told: "Attribution") -> dict[str, JsonValue]:
    return {"attribute": told.attribute, "insight": _shares(told.insight), "baseline": _shares(told.baseline)}


def _shares(shares: "tuple[Share, ...]") -> list[JsonValue]:
    return [{"value": share.value, "average": share.average} for share in shares]


def find_unusual(
    asked: Asked, opened: Opened, sensitivity: "Sensitivity", *, workers: int = 1, watch: Watch = unwatched
) -> Unusual:
    """Read the sources once and find what is unusual in them."""
    from scanner.events.insights.computing import computed, too_short
    from scanner.events.insights.delivered import InsightEvent, joined
    from scanner.events.insights.series import Series, shard_of
    from scanner.events.reading.fields.period import period_of
    from scanner.events.spreading import spread

    series, events = Series(), list[InsightEvent]()
    records = unreadable = untimed = strange = 0
    losses: list[tuple[str, str]] = []
    ordered = sorted(opened.sources, key=lambda source: source.name)
    work = partial(shard_of, period_of(asked.since, asked.until))
    with watch() as progress:
        for done, shard in enumerate(spread(work, ordered, workers), start=1):
            series.add(shard)
            events += shard.delivered
            records, unreadable = records + shard.records, unreadable + shard.unreadable
            untimed, strange = untimed + shard.untimed, strange + shard.strange
            losses += [(shard.source, why) for why in shard.losses]
            progress("log sources", done, len(ordered))
    return Unusual(
        delivered=joined(events),
        computed=tuple(sorted(computed(series, sensitivity), key=lambda each: (each.start, each.api))),
        too_short=tuple(too_short(series, sensitivity)),
        asked=sensitivity,
        places=len(series.hours),
        records=records,
        unreadable=unreadable,
        untimed=untimed,
        strange=strange,
        repeats=series.repeats,
        callers_dropped=series.callers_dropped,
        losses=tuple(losses),
    )
