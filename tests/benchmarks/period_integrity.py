"""How fast log files are validated, beside aws-cli on the same chain, and how much memory a year of 20 Regions takes.

Run by ``make bench-period``. Ratios count, not the absolute rates: both commands run one after another against the same
endpoint, a process of its own, once without and once with 20 ms for each GET. The copy on the disk is validated offline
with captured keys, which aws-cli cannot do. The year is a simulated catalogue: its objects are made when they are read.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from scanner.demo.clients import environment
from scanner.demo.digest_chain import DemoTrail, StoredObject, new_key
from scanner.integrity.judging.results import Period, Report
from scanner.integrity.names import Place
from scanner.integrity.proof.keys import NoKey, PublicKey, load_key
from scanner.integrity.stores.captured import SCHEMA, Asked, Captured, CapturedSignature, captured_bytes
from scanner.integrity.stores.store import Stored
from scanner.integrity.validation.discovery import Chosen
from scanner.integrity.validation.journal import Header, Journal
from scanner.integrity.validation.whole import Validation

START = datetime(2026, 3, 1, 0, 17, 28, tzinfo=UTC)
HOUR = timedelta(hours=1)
BUCKET = "trail-logs"
NETWORK = 0.02
"""What a GET takes over a network, in seconds."""

MOST_MEGABYTES = 500
LEAST_LOCAL, LEAST_OVER_NETWORK = 5, 15


def chain(days: int, files: int, folder: Path) -> None:
    """A bucket with a chain of this many days as the endpoint serves it, its copy, and the keys that prove that."""
    key = new_key()
    objects = dict(DemoTrail(BUCKET, key).hours(START, 24 * days, files))
    for name, each in objects.items():
        path = folder / "objects" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each.data)
    metadata = {name: dict(each.metadata) for name, each in objects.items()}
    told = {"name": BUCKET, "fingerprint": key.fingerprint, "der": key.der.hex(), "objects": metadata}
    (folder / "bucket.json").write_text(json.dumps(told), encoding="utf-8")
    newest = max(name for name in objects if "Digest" in name)
    end = START + timedelta(days=days)
    captured = Captured(
        SCHEMA,
        f"s3://{BUCKET}",
        BUCKET,
        end + 3 * HOUR,
        (Asked("us-east-1", START, end),),
        (PublicKey("us-east-1", key.fingerprint, key.der),),
        (CapturedSignature(newest, objects[newest].metadata["signature"], "SHA256withRSA"),),
    )
    (folder / "keys.json").write_bytes(captured_bytes(captured))


@contextmanager
def endpoint(folder: Path, latency: float) -> Iterator[str]:
    """A process that serves the folder's bucket; its URL."""
    program = str(Path(__file__).with_name("digest_endpoint.py"))
    with subprocess.Popen(
        [sys.executable, program, str(folder), str(latency)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield str(process.stdout.readline().strip() if process.stdout else "")
        finally:
            process.terminate()


def timed(command: list[str], url: str = "") -> float:
    """How long a command takes that must find everything valid, in seconds."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    began = time.perf_counter()
    done = subprocess.run(
        command, env={**kept, **(environment(url) if url else {})}, capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - began
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return took


def commands(days: int, folder: Path) -> tuple[list[str], list[str], list[str]]:
    """Ours online, ours over the copy, and that of aws-cli ([] where it is not installed)."""
    since, until = f"{START:%Y-%m-%dT%H:%M:%SZ}", f"{START + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
    ours = [str(Path(sys.executable).with_name("trailwitness")), "integrity"]
    period = ["--since", since, "--until", until, "-q"]
    aws = os.environ.get("TRAILWITNESS_AWS_CLI") or shutil.which("aws")
    arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"
    named = ["--trail-arn", arn, "--s3-bucket", BUCKET, "--start-time", since, "--end-time", until]
    return (
        [*ours, f"s3://{BUCKET}", *period],
        [*ours, str(folder / "objects"), "--public-keys", str(folder / "keys.json"), *period],
        [aws, "cloudtrail", "validate-logs", *named] if aws else [],
    )


def rates(days: int, files: int) -> list[str]:
    """Log files per second of each way, as lines, with the ratios to aws-cli."""
    logs = 24 * days * files
    lines = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chain(days, files, folder)
        online, offline, theirs = commands(days, folder)
        copied = logs / timed(offline)
        lines.append(f"a copy, offline                    {copied:9.0f} log files/s")
        for latency, least in ((0.0, LEAST_LOCAL), (NETWORK, LEAST_OVER_NETWORK)):
            where = f"{latency * 1000:.0f} ms per GET"
            with endpoint(folder, latency) as url:
                ours = logs / timed(online, url)
                lines.append(f"online, {where:26} {ours:9.0f} log files/s")
                if theirs:
                    other = logs / timed(theirs, url)
                    best = max(ours, copied) if latency == 0 else ours
                    lines.append(
                        f"aws-cli, {where:25} {other:9.0f} log files/s; ours {ours / other:.1f} x online, "
                        f"{copied / other:.1f} x offline; wanted {least} x: {best / other >= least}"
                    )
    return lines


@dataclass
class Catalogue:
    """A bucket of a year that is made as it is read: a chain per Region, a day of which is held at a time."""

    trails: dict[str, DemoTrail]
    files: int
    bucket: str = BUCKET
    label: str = f"s3://{BUCKET}"
    workers: int = 1
    signed: bool = True
    made: dict[str, dict[datetime, dict[str, StoredObject]]] = field(default_factory=dict)
    """The days that are at hand, by Region."""

    def keys(self, prefix: str) -> Iterator[str]:
        region = prefix.split("/")[3]
        day = datetime.strptime(prefix[-11:-1], "%Y/%m/%d").replace(tzinfo=UTC)
        return iter(sorted(key for key in self._day(region, day) if key.startswith(prefix)))

    def folders(self, _prefix: str) -> list[str]:
        return []

    def below(self, _prefix: str) -> tuple[list[str], list[str]]:
        return [], []

    def read(self, _bucket: str, key: str, limit: int) -> Stored | None:
        region = key.split("/")[3]
        for objects in self.made.get(region, {}).values():
            if key in objects:
                found = objects[key]
                return Stored(found.data[:limit], found.metadata.get("signature", ""))
        return None

    def _day(self, region: str, day: datetime) -> dict[str, StoredObject]:
        days = self.made.setdefault(region, {})
        if day not in days:
            days[day] = dict(self.trails[region].hours(day.replace(minute=17, second=28) - HOUR, 24, self.files))
            for old in [each for each in days if each < day - timedelta(days=1)]:
                del days[old]
        return days[day]


class OneKey:
    """The public key of a catalogue."""

    def __init__(self, key: RSAPublicKey) -> None:
        self._key = key

    def find(self, _region: str, _fingerprint: str, _moment: datetime) -> RSAPublicKey | NoKey:
        return self._key


def year(days: int, regions: int, files: int) -> tuple[Report, float]:
    """The report over a catalogue, and how long it took. A short key signs fast; what is proved is the same."""
    key = new_key(1024)
    names = [f"{'eu' if number % 2 else 'us'}-west-{number}"[:9] for number in range(1, 10)]
    names += [f"ap-south-{number}" for number in range(1, 10)] + ["sa-east-1", "ca-east-1"]
    names = sorted(names)[:regions]
    trails = {name: DemoTrail(BUCKET, key, region=name) for name in names}
    begun = datetime(2025, 1, 1, 23, 17, 28, tzinfo=UTC) - timedelta(days=1)
    until = begun + timedelta(days=days)
    period = Period(begun, until, until + timedelta(days=30))
    store = Catalogue(trails, files)
    loaded = load_key(PublicKey("us-east-1", key.fingerprint, key.der))
    assert loaded is not None
    began = time.perf_counter()
    report = Validation(
        store.label,
        store,
        OneKey(loaded),
        period,
        Chosen(),
        [Place("AWSLogs/", "111122223333", name) for name in names],
        Journal(Header(store.label, {}, period.since, period.until, period.now)),
    ).report()
    return report, time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=10, help="days of the chain that is raced")
    parser.add_argument("--files", type=int, default=12, help="log files in an hour")
    parser.add_argument("--year", type=int, default=365, help="days of the simulated catalogue")
    parser.add_argument("--regions", type=int, default=20)
    asked = parser.parse_args()
    for line in rates(asked.days, asked.files):
        print(line, flush=True)  # noqa: T201 - the figures
    report, took = year(asked.year, asked.regions, asked.files)
    logs = report.logs().valid
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(  # noqa: T201 - the figures
        f"{logs:,} log files of {asked.year} days in {asked.regions} Regions, {len(report.problems)} problems: "
        f"{took:.0f} s with making them, {megabytes:.0f} MB; wanted {MOST_MEGABYTES} MB: {megabytes < MOST_MEGABYTES}"
    )


if __name__ == "__main__":
    main()
