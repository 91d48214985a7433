"""What a replay costs, as a ratio to `trailwitness logs` over the same log files.

``python tests/benchmarks/period_replay.py`` prints the figures; ``--events`` says how many records are generated. Both
read the same files in this process, in turn, and the best of several rounds counts.
"""

import argparse
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from scanner.alarms.alarm import read_alarm
from scanner.alarms.metric import PublishedMetric
from scanner.content.rules import load_rules
from scanner.events.matching.conditions.compiled_rules import Judged, judged_rules
from scanner.events.workers import evaluate_sources
from scanner.log_sources.kinds.files import FileSource
from scanner.model import LogEventsCheck
from scanner.replay.deployment.deployed import DeployedFilter, DeployedGroup, DeployedTrail, Deployment, Watch
from scanner.replay.records.catching import catch_records
from scanner.replay.records.shapes import Route
from scanner.replay.replaying import Replayed, replay
from scanner.runs.replaying.run import routes_of
from scanner.runs.selection import select

LARGE, SMALL, ROUNDS = 5000, 8, 3
WANTED = 0.5
REGION = "us-east-1"


def _generator() -> ModuleType:
    # By path: test folders are no packages, so one cannot import from another.
    path = Path(__file__).with_name("event_generator.py")
    spec = importlib.util.spec_from_file_location("event_generator", path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("event_generator", module)
    spec.loader.exec_module(module)
    return module


generator = _generator()


def deployment(routes: Sequence[Route]) -> Deployment:
    """One trail of the whole organization, with a metric filter and an alarm for each route."""
    account = generator.ACCOUNTS[0]
    group = f"arn:aws:logs:{REGION}:{account}:log-group:audit"
    trail = DeployedTrail(f"arn:aws:cloudtrail:{REGION}:{account}:trail/main", "main", account, REGION, group)
    filters, alarms = [], []
    for route in routes:
        name = route.id.rpartition(".")[2]
        metric = PublishedMetric("Audit", name, 1.0, group=group)
        filters.append(DeployedFilter(name, group, account, REGION, route.pattern, metric))
        members = {
            "AlarmName": name,
            "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{account}:alarm:{name}",
            "Namespace": "Audit",
            "MetricName": name,
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            "ActionsEnabled": True,
            "AlarmActions": [f"arn:aws:sns:{REGION}:{account}:alerts"],
        }
        alarms.append(read_alarm(members, account, REGION))
    return Deployment(
        frozenset(generator.ACCOUNTS),
        (replace(trail, members=frozenset(generator.ACCOUNTS)),),
        (DeployedGroup(group, "audit", account, REGION, tuple(filters)),),
        (Watch(account, REGION, tuple(alarms)),),
    )


def sources(paths: Sequence[Path]) -> list[FileSource]:
    return [FileSource(str(path), path, 1 << 28) for path in paths]


def log_rules() -> tuple[Judged, ...]:
    """Every shipped rule over records, as `trailwitness logs` judges them."""
    return judged_rules(rule for rule in load_rules() if isinstance(rule.check, LogEventsCheck))


def replayed(deployed: Deployment, routes: Sequence[Route], paths: Sequence[Path]) -> Replayed:
    return replay(deployed, routes, catch_records(deployed, routes, sources(paths)))


def best(*tasks: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """The least processor time of each task, run in turn."""
    times = [float("inf")] * len(tasks)
    for _ in range(rounds):
        for place, task in enumerate(tasks):
            begun = time.process_time()
            task()
            times[place] = min(times[place], time.process_time() - begun)
    return times


def ratios(events: int, work: Path, rounds: int = ROUNDS) -> dict[str, float]:
    """Speed of a replay over that of `logs`, by the kind of files."""
    routes = routes_of(select((), ("route",), (), ()))
    deployed, rules = deployment(routes), log_rules()
    found: dict[str, float] = {}
    for size in (LARGE, SMALL):
        paths = generator.write_files(work / str(size), events, size)
        judging, replaying = best(
            lambda: evaluate_sources(rules, sources(paths)),  # noqa: B023 - called before the next round
            lambda: replayed(deployed, routes, paths),  # noqa: B023 - called before the next round
            rounds=rounds,
        )
        found[f"replay / logs, files of {size} records"] = judging / replaying
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        slow = False
        for name, ratio in ratios(asked.events, Path(work)).items():
            slow |= ratio < WANTED
            print(f"{name:<50} {ratio:>6.2f}   >= {WANTED}")  # noqa: T201 - what this program is for
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
