"""A replay gives the same result however its sources are shared out, and in whatever order the parts come."""

from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.alarms.metric import PublishedMetric
from scanner.events.reading.fields.period import ALWAYS
from scanner.files.log_source import HeldSource
from scanner.replay.records.arrival import Arrival
from scanner.replay.records.catching import Catcher
from scanner.replay.records.caught import Catch
from scanner.replay.replaying import Replayed, replay
from tests.unit.replay.deployments import GROUP, ROUTE, a_filter, alarm, deployed, log_file, record

ZERO = PublishedMetric("Audit", "Changes", 1.0, default=0.0, group=GROUP)
DEPLOYMENTS = (
    deployed(),
    deployed(alarm(Threshold=3.0, EvaluationPeriods=3, DatapointsToAlarm=2)),
    deployed(alarm(Statistic="Average", Threshold=0.5), filters=[a_filter(metric=ZERO)]),
)

events = st.tuples(st.integers(0, 12), st.sampled_from(["StopLogging", "StopLogging", "DescribeTrails"]))
files = st.lists(st.tuples(st.integers(0, 25), st.lists(events, min_size=1, max_size=5)), min_size=1, max_size=8)


def sources(listed: Sequence[tuple[int, Sequence[tuple[int, str]]]]) -> list[HeldSource]:
    found: list[HeldSource] = []
    for place, (late, told) in enumerate(listed):
        # An id comes back with the same content: a second delivery.
        records = [
            record(number + (100 if name == "DescribeTrails" else 0), number, eventName=name) for number, name in told
        ]
        found.append(log_file(*records, at=f"20261120T07{12 + late:02d}Z", end=f"{place:02d}"))
    return found


def result(parts: Sequence[Sequence[HeldSource]], deployment_number: int) -> Replayed:
    deployment = DEPLOYMENTS[deployment_number]
    catches: list[Catch] = []
    for part in parts:
        catcher, catch = Catcher(deployment, (ROUTE,), Arrival(), ALWAYS), Catch()
        catcher.catch(part, catch)
        catches.append(catch)
    return replay(deployment, (ROUTE,), catches)


def told(got: Replayed) -> object:
    """Everything but the objects that were compared by identity on the way."""
    route, (watched,) = got.routes[0], got.alarms
    return (
        route.counts,
        route.notifications,
        route.silences,
        route.arrived,
        watched.changes,
        (got.begin, got.end, got.records, got.losses),
    )


@settings(max_examples=40, deadline=None)
@given(files, st.integers(0, len(DEPLOYMENTS) - 1), st.randoms(use_true_random=False), st.integers(1, 4))
def test_sharding_and_order_change_nothing(
    listed: list[tuple[int, list[tuple[int, str]]]], number: int, random: Random, parts: int
) -> None:
    every = sources(listed)
    expected = told(result([every], number))
    random.shuffle(every)
    shards = [every[at::parts] for at in range(parts)]
    random.shuffle(shards)
    assert told(result(shards, number)) == expected
