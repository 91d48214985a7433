"""What finding unusual activity costs, as a ratio to `trailwitness logs` over the same files, and how well it finds it.

``python tests/benchmarks/period_insights.py`` prints the figures; ``--events`` says how many records are generated, and
``--worlds`` over how many generated accounts precision and recall are counted.
"""

import argparse
import importlib.util
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

from scanner.events.insights.computing import computed
from scanner.events.insights.detection import Sensitivity
from scanner.events.insights.series import Series, shard_of
from scanner.events.reading.fields.period import ALWAYS
from scanner.events.workers import evaluate_sources
from scanner.files.log_source import HeldSource, LogSource

WANTED = 0.5
DAY = 1440
ROOT = Path(__file__).parents[1]


def _module(path: Path) -> ModuleType:
    # By path: test folders are no packages, so one cannot import from another.
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    spec.loader.exec_module(module)
    return module


beside = _module(ROOT / "benchmarks" / "period_replay.py")
traffic = _module(ROOT / "unit" / "events" / "insights" / "traffic.py")


def unusual(sources: Sequence[LogSource], asked: Sensitivity) -> list[tuple[str, bool]]:
    """The names of the APIs of the episodes that are found, and whether calls fell."""
    series = Series()
    for source in sources:
        series.add(shard_of(ALWAYS, source))
    return [(episode.api.name, episode.fell) for episode in computed(series, asked)]


def speed(events: int, work: Path) -> float:
    """Speed of finding over that of `logs`; the baseline is short, so that every minute is compared."""
    paths = beside.generator.write_files(work / "files", events, beside.LARGE)
    rules = beside.log_rules()
    tasks: tuple[Callable[[], object], ...] = (
        lambda: evaluate_sources(rules, beside.sources(paths)),
        lambda: unusual(beside.sources(paths), Sensitivity(baseline=60)),
    )
    judging, finding = map(float, beside.best(*tasks))
    return judging / finding


def world(seed: int) -> tuple[int, int, int]:
    """Planted bursts, those found, and what else is told, over five weeks of an account.

    Twelve APIs of 3 to 96 calls a day that come independently of each other, four that come in fits of up to 15 calls,
    a job of every day and one of every week, a steady stream of errors, and working hours; planted is a burst of 40
    calls within four minutes in each of the first twelve.
    """
    made, chance = traffic.Traffic(seed=seed), random.Random(seed)  # noqa: S311 - the same world each time
    made.heard(35)
    for number in range(12):
        made.poisson(35, 3 * 2 ** (number % 6), f"ec2:Ordinary{number}")
    for number in range(4):
        for _ in range(35 * 3):
            made.burst(chance.uniform(0, 35 * DAY), chance.randint(1, 15), f"ssm:Fit{number}", length=5)
    for day in range(35):
        made.burst(day * DAY + 60 + chance.uniform(0, 20), 25, "glue:StartJobRun", length=2)
        if day % 7 == 1:
            made.burst(day * DAY + 200 + chance.uniform(0, 30), 60, "backup:StartBackupJob", length=3)
        if day % 7 < 5:
            made.poisson(8 / 24, 600, "ecs:UpdateService", start=day * DAY + 540)
    made.poisson(35, 720, "s3:PutObject", error="AccessDenied")
    planted = set()
    for number in range(12):
        made.burst(9 * DAY + number * 2 * DAY + chance.uniform(0, DAY), 40, f"ec2:Ordinary{number}", length=4)
        planted.add(f"Ordinary{number}")
    told = unusual([HeldSource("world.json", traffic.log_file(made.records))], Sensitivity())
    right = [name for name, fell in told if name in planted and not fell]
    return len(planted), len(set(right)), len(told) - len(set(right))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--worlds", type=int, default=10)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        ratio = speed(asked.events, Path(work))
    print(f"{'insights / logs, files of 5000 records':<50} {ratio:>6.2f}   >= {WANTED}")  # noqa: T201 - its purpose
    planted, found, besides = (sum(counts) for counts in zip(*map(world, range(asked.worlds)), strict=True))
    print(f"{'recall: planted bursts that are told':<50} {found}/{planted}")  # noqa: T201 - its purpose
    print(f"{'precision: what is told that was planted':<50} {found}/{found + besides}")  # noqa: T201 - its purpose
    sys.exit(1 if ratio < WANTED else 0)


if __name__ == "__main__":
    main()
