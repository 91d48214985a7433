"""What judging log records costs, as ratios to what else could be done with the same files.

``python tests/benchmarks/log_benchmark.py`` prints every figure; ``--events`` says how many records are generated. The
tests load this file and run it small. Whatever is compared runs in a process of its own that does nothing else, in
turn with what it is compared with, and the best of several rounds counts.
"""

import argparse
import gzip
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
from isal import igzip

from scanner.events.counting.results import LogResult
from scanner.events.matching.conditions.compiled_rules import Judged, judged_rules
from scanner.events.workers import evaluate_sources
from scanner.log_sources.kinds.files import FileSource
from scanner.model import LogEventsCheck, Rule, RuleId, Severity

ROOT = Path(__file__).parents[2]
LARGE, SMALL = 5000, 8
RULES = 800
ROUNDS = 3


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


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: a ratio, and what it should be."""

    name: str
    value: float
    wanted: str

    def line(self) -> str:
        return f"{self.name:<66} {self.value:>8.2f}   {self.wanted}"


def rules_of(wanted: Sequence[Any]) -> tuple[Judged, ...]:
    """The generated rules, ready to judge."""
    made = [
        Rule(
            id=RuleId(f"event.rule-{number}"),
            title="",
            severity=Severity.LOW,
            description="",
            rationale="",
            remediation="",
            references=(),
            parameters=(),
            check=LogEventsCheck(rule.pattern()),
            path="",
            text="",
        )
        for number, rule in enumerate(wanted)
    ]
    return judged_rules(made)


def sources(paths: Sequence[Path]) -> list[FileSource]:
    return [FileSource(path.name, path, 1 << 28) for path in paths]


def judge(rules: Sequence[Judged], paths: Sequence[Path], workers: int = 1) -> LogResult:
    return evaluate_sources(rules, sources(paths), workers=workers)


def hits_of(result: LogResult, count: int) -> list[int]:
    """Matching records by number of the rule."""
    found: Counter[int] = Counter()
    for (rule, _), hits in result.hits.items():
        found[int(rule.rpartition("-")[2])] += hits.records
    return [found[number] for number in range(count)]


_decompress: Callable[[bytes], bytes] = igzip.decompress


def gunzip(paths: Sequence[Path]) -> None:
    for path in paths:
        _decompress(path.read_bytes())


class _LogFile(msgspec.Struct, gc=False):
    Records: list[msgspec.Raw]


def gunzip_and_split(paths: Sequence[Path]) -> None:
    decode = msgspec.json.Decoder(_LogFile).decode
    for path in paths:
        decode(_decompress(path.read_bytes()))


def by_hand(wanted: Sequence[Any], paths: Sequence[Path]) -> list[int]:
    """What one would write in an afternoon: gzip, orjson, a dictionary by event name, functions for the rest."""
    import orjson

    named: dict[str, list[tuple[int, Callable[[dict[str, Any]], bool]]]] = {}
    unnamed: list[tuple[int, Callable[[dict[str, Any]], bool]]] = []
    for number, rule in enumerate(wanted):
        (named.setdefault(rule.name, []) if rule.name else unnamed).append((number, rule.function()))
    found = [0] * len(wanted)
    for path in paths:
        for record in orjson.loads(gzip.decompress(path.read_bytes()))["Records"]:
            for number, holds in (*named.get(record.get("eventName"), ()), *unnamed):
                if holds(record):
                    found[number] += 1
    return found


_COLUMNS = """STRUCT(eventName VARCHAR, eventSource VARCHAR, errorCode VARCHAR, userAgent VARCHAR,
    userIdentity STRUCT("type" VARCHAR, arn VARCHAR, invokedBy VARCHAR),
    requestParameters STRUCT(userName VARCHAR, name VARCHAR, "key" VARCHAR, bucketName VARCHAR),
    additionalEventData STRUCT(MFAUsed VARCHAR))[]"""


def by_duckdb(wanted: Sequence[Any], paths: Sequence[Path]) -> list[int]:
    """The same conditions in SQL over the same files."""
    import duckdb

    counts = ", ".join(f"count(*) FILTER (WHERE {rule.sql()})" for rule in wanted)
    fields = (
        "eventName",
        "eventSource",
        "errorCode",
        "userAgent",
        "userIdentity",
        "requestParameters",
        "additionalEventData",
    )
    inner = ", ".join(f"r.{field} AS {field}" for field in fields)
    query = f"""WITH records AS (SELECT unnest(Records) AS r FROM read_json($1, format = 'unstructured',
        columns = {{Records: '{" ".join(_COLUMNS.split())}'}}, maximum_object_size = 100000000)),
        flat AS (SELECT {inner} FROM records) SELECT {counts} FROM flat"""  # noqa: S608 - our own names only
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        row = connection.execute(query, [[str(path) for path in paths]]).fetchone()
    return list(row or ())


@dataclass(frozen=True, slots=True)
class Task:
    """One pass over the files of a folder by a process of its own, which does nothing else."""

    name: str
    folder: Path
    rules: int = RULES
    unnamed: int = 6
    spread: bool = True
    workers: int = 1

    def run(self) -> tuple[float, float]:
        """Seconds without the start of the process, and its peak resident MB."""
        command = [sys.executable, __file__, "--task", self.name, "--folder", str(self.folder)]
        command += ["--rules", str(self.rules), "--unnamed", str(self.unnamed), "--workers", str(self.workers)]
        command += [] if self.spread else ["--dense"]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
        seconds, megabytes = json.loads(done.stdout)
        return seconds, megabytes


def perform(task: Task) -> tuple[float, float]:
    """What a process of its own does for a task. Rules are read before the clock starts, and compiled after it."""
    paths = sorted(task.folder.rglob("*.json.gz"))
    wanted = generator.wanted_rules(task.rules, unnamed=task.unnamed, spread=task.spread)
    rules = rules_of(wanted)
    runs: dict[str, Callable[[], object]] = {
        "judge": lambda: judge(rules, paths, task.workers),
        "gunzip": lambda: gunzip(paths),
        "split": lambda: gunzip_and_split(paths),
        "hand": lambda: by_hand(wanted, paths),
        "duckdb": lambda: by_duckdb(wanted, paths),
    }
    start = time.perf_counter()
    runs[task.name]()
    return time.perf_counter() - start, peak_megabytes()


def peak_megabytes() -> float:
    """The most memory this process has held. Linux only; ``ru_maxrss`` would count what the parent held at the fork."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def best(*tasks: Task, rounds: int = ROUNDS) -> list[float]:
    """The shortest time of each, measured in turn so that all meet the same conditions."""
    times = [float("inf")] * len(tasks)
    for _ in range(rounds):
        for number, task in enumerate(tasks):
            times[number] = min(times[number], task.run()[0])
    return times


def measure(events: int, work: Path, *, times: int = 10) -> Iterator[Figure]:
    """Every figure over ``events`` generated records; ``times`` as many for memory and processes."""
    large, small, some = work / "large", work / "small", work / "some"
    paths = generator.write_files(large, events, LARGE)
    generator.write_files(small, events, SMALL)
    _copied(paths[: max(1, len(paths) // 10)], some)
    yield from _against_baselines(large, small, some)
    yield from _over_rules(large, events)
    more = work / "more"
    paths = generator.write_files(more, events * times, LARGE, 2, lambda content: igzip.compress(content, 1))
    first = _copied(paths[: -(-len(paths) // times)], work / "first")
    _, one = Task("judge", first).run()
    alone, ten = Task("judge", more).run()
    together, _ = Task("judge", more, workers=2).run()
    yield Figure(f"peak memory with {times} x the records / with 1 x ({one:.0f} MB)", ten / one, "<= 1.15")
    yield Figure("speed of 2 processes / of 1, start included", alone / together, ">= 1.7 on two free cores")


def _copied(paths: Sequence[Path], folder: Path) -> Path:
    folder.mkdir(parents=True)
    for path in paths:
        shutil.copy(path, folder / path.name)
    return folder


def _against_baselines(large: Path, small: Path, some: Path) -> Iterator[Figure]:
    judged = Task("judge", large)
    ours, base, split = best(judged, Task("gunzip", large), Task("split", large))
    yield Figure(f"{RULES} rules, files of {LARGE:,}: time / gunzip only (isal)", ours / base, "<= 3")
    yield Figure(f"{RULES} rules, files of {LARGE:,}: time / gunzip + splitting", ours / split, "")
    ours, split = best(Task("judge", small), Task("split", small))
    yield Figure(f"{RULES} rules, files of {SMALL}: time / open + gunzip + splitting", ours / split, "<= 3")
    if importlib.util.find_spec("orjson"):
        ours, hand = best(judged, Task("hand", large))
        yield Figure("speed / gzip + orjson + dictionary by event name", hand / ours, ">= 3")
    if importlib.util.find_spec("duckdb"):
        ours, duckdb = best(Task("judge", some), Task("duckdb", some), rounds=1)
        yield Figure("speed / DuckDB read_json, the same conditions, one thread", duckdb / ours, ">= 20")


def _over_rules(large: Path, events: int) -> Iterator[Figure]:
    """Speed over the number of rules, and over the share of those that name no event."""
    few, many, dense = best(
        Task("judge", large, 50), Task("judge", large, 5000), Task("judge", large, 5000, spread=False)
    )
    yield Figure("events/s with 5,000 rules on 4,100 event names / with 50 rules", few / many, ">= 0.8")
    yield Figure("events/s with 5,000 rules on the 660 names that occur / with 50", few / dense, "")
    for count in (50, 800, 5000):
        for share in (0.0, 0.01, 0.1):
            (seconds,) = best(Task("judge", large, count, round(count * share)), rounds=1)
            name = f"thousand events/s: {count:,} rules, {share:.0%} of them without event name"
            yield Figure(name, events / seconds / 1000, "")


@contextmanager
def folder(given: str | None) -> Iterator[Path]:
    """Where the generated files go: a folder that is kept, or one that is removed afterwards."""
    if given is not None:
        yield Path(given)
    else:
        with tempfile.TemporaryDirectory() as made:
            yield Path(made)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300_000, help="records to generate")
    parser.add_argument("--times", type=int, default=10, help="how many times as many for memory and processes")
    parser.add_argument("--folder", help="an empty folder for the generated files, which are kept then")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--rules", type=int, default=RULES, help=argparse.SUPPRESS)
    parser.add_argument("--unnamed", type=int, default=6, help=argparse.SUPPRESS)
    parser.add_argument("--workers", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--dense", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        folder_given = Path(given.folder)
        task = Task(given.task, folder_given, given.rules, given.unnamed, not given.dense, given.workers)
        sys.stdout.write(json.dumps(perform(task)))
        return
    with folder(given.folder) as work:
        for figure in measure(given.events, work, times=given.times):
            sys.stdout.write(figure.line() + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
