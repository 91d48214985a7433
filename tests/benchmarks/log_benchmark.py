"""What judging log records costs, as ratios to what else could be done with the same files.

``python tests/benchmarks/log_benchmark.py`` prints every figure; ``--events`` says how many records are generated. The
tests load this file and run it small. Baselines and rule set are measured in one run, alternately, and the best of
several rounds counts.
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

from scanner.collect.log_files import FileSource
from scanner.events.evaluation import Judged, judged_rules
from scanner.events.results import LogResult
from scanner.events.workers import evaluate_sources
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


def best(*runs: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """The shortest time of each, measured in turn so that all meet the same conditions."""
    times = [float("inf")] * len(runs)
    for _ in range(rounds):
        for number, run in enumerate(runs):
            start = time.perf_counter()
            run()
            times[number] = min(times[number], time.perf_counter() - start)
    return times


def child(folder: Path, rules: int, workers: int) -> tuple[float, float]:
    """Seconds and peak resident MB (of the main process) of judging a folder in a process of its own."""
    command = [sys.executable, __file__, "--child", str(folder), "--rules", str(rules), "--workers", str(workers)]
    run = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    seconds, megabytes = json.loads(run.stdout)
    return seconds, megabytes


def peak_megabytes() -> float:
    """The most memory this process has held. Linux only; ``ru_maxrss`` would count what the parent held at the fork."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _child(folder: Path, rules: int, workers: int) -> None:
    judged = rules_of(generator.wanted_rules(rules))
    paths = sorted(folder.rglob("*.json.gz"))
    start = time.perf_counter()
    judge(judged, paths, workers)
    seconds = time.perf_counter() - start
    sys.stdout.write(json.dumps([seconds, peak_megabytes()]))


def measure(events: int, work: Path, *, times: int = 10) -> Iterator[Figure]:
    """Every figure over ``events`` generated records; ``times`` as many for memory and processes."""
    large = generator.write_files(work / "large", events, LARGE)
    small = generator.write_files(work / "small", max(events // 5, SMALL), SMALL)
    some = large[: max(1, len(large) // 10)]
    wanted = generator.wanted_rules(RULES)
    rules = rules_of(wanted)
    yield from _against_baselines(rules, wanted, large, small, some)
    few, many = rules_of(generator.wanted_rules(50)), rules_of(generator.wanted_rules(5000))
    dense = rules_of(generator.wanted_rules(5000, spread=False))
    with_few, with_many, with_dense = best(*[lambda rules=rules: judge(rules, large) for rules in (few, many, dense)])
    yield Figure("events/s with 5,000 rules on 4,100 event names / with 50 rules", with_few / with_many, ">= 0.8")
    yield Figure("events/s with 5,000 rules on the 660 names that occur / with 50", with_few / with_dense, "")
    yield from _curve(large, events)
    fast = generator.write_files(work / "more", events * times, LARGE, 2, lambda content: igzip.compress(content, 1))
    first = work / "first"
    for path in fast[: -(-len(fast) // times)]:
        first.mkdir(exist_ok=True)
        shutil.copy(path, first / path.name)
    _, one = child(first, RULES, 1)
    alone, ten = child(work / "more", RULES, 1)
    together, _ = child(work / "more", RULES, 2)
    yield Figure(f"peak memory with {times} x the records / with 1 x ({one:.0f} MB)", ten / one, "<= 1.15")
    yield Figure("speed of 2 processes / of 1, start included", alone / together, ">= 1.7 on two free cores")


def _against_baselines(
    rules: Sequence[Judged], wanted: Sequence[Any], large: Sequence[Path], small: Sequence[Path], some: Sequence[Path]
) -> Iterator[Figure]:
    ours, base, split = best(lambda: judge(rules, large), lambda: gunzip(large), lambda: gunzip_and_split(large))
    yield Figure(f"{RULES} rules, files of {LARGE:,}: time / gunzip only (isal)", ours / base, "<= 3")
    yield Figure(f"{RULES} rules, files of {LARGE:,}: time / gunzip + splitting", ours / split, "")
    ours, split = best(lambda: judge(rules, small), lambda: gunzip_and_split(small))
    yield Figure(f"{RULES} rules, files of {SMALL}: time / open + gunzip + splitting", ours / split, "<= 3")
    if importlib.util.find_spec("orjson"):
        ours, hand = best(lambda: judge(rules, large), lambda: by_hand(wanted, large))
        yield Figure("speed / gzip + orjson + dictionary by event name", hand / ours, ">= 3")
    if importlib.util.find_spec("duckdb"):
        (ours,) = best(lambda: judge(rules, some))
        (duckdb,) = best(lambda: by_duckdb(wanted, some), rounds=1)
        yield Figure("speed / DuckDB read_json, the same conditions, one thread", duckdb / ours, ">= 20")


def _curve(large: Sequence[Path], events: int) -> Iterator[Figure]:
    """Thousands of events a second over the number of rules and the share of those that name no event."""
    for count in (50, 800, 5000):
        for share in (0.0, 0.01, 0.1):
            rules = rules_of(generator.wanted_rules(count, unnamed=round(count * share)))
            (seconds,) = best(lambda rules=rules: judge(rules, large), rounds=1)  # type: ignore[misc]
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
    parser.add_argument("--folder", help="keep the generated files here")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--rules", type=int, default=RULES, help=argparse.SUPPRESS)
    parser.add_argument("--workers", type=int, default=1, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        _child(Path(given.child), given.rules, given.workers)
        return
    with folder(given.folder) as work:
        for figure in measure(given.events, work, times=given.times):
            sys.stdout.write(figure.line() + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
