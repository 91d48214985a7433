"""`trailwitness integrity` online: S3 and CloudTrail's public keys over HTTP, and aws-cli beside it where it is."""

import gzip
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.demo.clients import environment as at_endpoint
from scanner.demo.digest_chain import DemoTrail, SigningKey, StoredObject, new_key
from scanner.runs.scanning import scan_snapshot, seal_scan
from scanner.runs.selection import select
from tests.unit.replay.folders import write_folder

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

START = datetime(2026, 3, 1, 0, 17, 28, tzinfo=UTC)
SINCE, UNTIL = "2026-03-01T00:17:28Z", "2026-03-01T12:17:28Z"
PERIOD = ("--since", SINCE, "--until", UNTIL)
BUCKET = "trail-logs-to-validate"
Objects = Mapping[str, StoredObject]
Serve = Callable[..., AbstractContextManager[Any]]


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return new_key()


@pytest.fixture(scope="module")
def objects(key: SigningKey) -> Objects:
    """Twelve hours of a trail."""
    return dict(DemoTrail(BUCKET, key).hours(START, 12, 1))


@pytest.fixture(scope="module")
def endpoint() -> ModuleType:
    path = Path(__file__).parents[1] / "benchmarks" / "digest_endpoint.py"
    spec = importlib.util.spec_from_file_location("digest_endpoint", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["digest_endpoint"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def serve(endpoint: ModuleType, key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Serve objects with the key's public half, and turn the environment to them; the stand-in."""

    @contextmanager
    def served(objects: Objects, **options: Any) -> Iterator[Any]:
        held = {name: (each.data, each.metadata) for name, each in objects.items()}
        bucket = endpoint.Bucket(BUCKET, held, (key.fingerprint, key.der), **options)
        with endpoint.serving(bucket) as url:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                monkeypatch.delenv(name)
            for name, value in at_endpoint(url).items():
                monkeypatch.setenv(name, value)
            yield bucket

    return served


def filled(moto_endpoint: str, bucket: str, objects: Objects) -> Any:
    """A client of S3 as moto has it, with the objects in a new bucket."""
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-central-1")
    client = session.client("s3", endpoint_url=moto_endpoint)
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for name, each in objects.items():
        client.put_object(Bucket=bucket, Key=name, Body=each.data, Metadata=dict(each.metadata))
    return client


def test_a_period_is_assessed_from_a_bucket(
    trailwitness: Any, moto_endpoint: str, endpoint: ModuleType, key: SigningKey, tmp_path: Path
) -> None:
    """What the installed command copies over HTTP is proved, sealed with its keys, and verified without a network."""
    bucket = "trail-logs-of-a-period"
    filled(moto_endpoint, bucket, dict(DemoTrail(bucket, key).hours(START, 6, 1)))
    scanned = scan_snapshot(write_folder(tmp_path / "snapshot"), select((), ("trail.multi-region-logging",), (), ()))
    (tmp_path / "evidence").mkdir()
    seal_scan(scanned, tmp_path / "evidence" / "one")
    period = f"{SINCE}..2026-03-01T06:17:28Z"
    with endpoint.serving(endpoint.Bucket(bucket, {}, (key.fingerprint, key.der))) as keys:
        done = trailwitness(
            "assess", "--period", period, "--bundles", "evidence", "--logs", f"s3://{bucket}", "--rule",
            "evidence.digest-chain-valid", "-o", "json=r.json", "--bundle", "sealed", AWS_ENDPOINT_URL=moto_endpoint,
            AWS_ENDPOINT_URL_CLOUDTRAIL=keys,
        )  # fmt: skip
    findings = json.loads((tmp_path / "r.json").read_bytes())["findings"]
    assert {each["resource"]: each["outcome"] for each in findings}["audit"] == "pass", done.stderr
    assert (tmp_path / "sealed" / "data" / "period" / "public-keys.json").is_file()
    assert run(["verify", str(tmp_path / "sealed")]) == Exit.CLEAN


def test_the_installed_command_over_moto(
    trailwitness: Any, moto_endpoint: str, endpoint: ModuleType, objects: Objects, key: SigningKey, tmp_path: Path
) -> None:
    """S3 as moto has it; CloudTrail's keys, which moto lacks, from the stand-in."""
    client = filled(moto_endpoint, BUCKET, objects)
    injected, stored, _ = DemoTrail(BUCKET, key, name="x").log_file(START.replace(hour=7), 5)
    client.put_object(Bucket=BUCKET, Key=injected, Body=stored.data)
    with endpoint.serving(endpoint.Bucket(BUCKET, {}, (key.fingerprint, key.der))) as keys:
        done = trailwitness(
            "integrity", f"s3://{BUCKET}", *PERIOD, "-o", "json=r.json", AWS_ENDPOINT_URL=moto_endpoint,
            AWS_ENDPOINT_URL_CLOUDTRAIL=keys,
        )  # fmt: skip
    assert done.returncode == Exit.FINDINGS, done.stderr
    assert f"Log file\ts3://{BUCKET}/{injected}\tINVALID: no valid digest file names it" in done.stdout.decode()
    report = json.loads((tmp_path / "r.json").read_bytes())
    assert report["summary"]["digest_files"]["valid"] == 12
    assert report["summary"]["log_files"]["valid"] == 12
    assert [each["kind"] for each in report["problems"]] == ["log-unreferenced"]


def test_a_chain_that_left_its_bucket_and_came_back(
    trailwitness: Any, moto_endpoint: str, endpoint: ModuleType, key: SigningKey, tmp_path: Path
) -> None:
    """Both buckets are asked over HTTP, and what the bundle keeps of them proves itself."""
    buckets: dict[str, dict[str, StoredObject]] = {"trail-logs-here": {}, "trail-logs-there": {}}
    here, there = buckets
    trail = DemoTrail("", key)
    for number, bucket in enumerate((here, there, here)):
        trail.bucket = bucket
        buckets[bucket].update(trail.hours(START + number * timedelta(hours=4), 4, 1))
    for bucket, held in buckets.items():
        filled(moto_endpoint, bucket, held)
    with endpoint.serving(endpoint.Bucket(here, {}, (key.fingerprint, key.der))) as keys:
        done = trailwitness(
            "integrity", f"s3://{here}", *PERIOD, "--state", "state", "--bundle", "sealed",
            AWS_ENDPOINT_URL=moto_endpoint, AWS_ENDPOINT_URL_CLOUDTRAIL=keys,
        )  # fmt: skip
    assert done.returncode == Exit.CLEAN, done.stderr
    assert f"in s3://{here}, before that s3://{there} between" in done.stdout.decode()
    assert "12/12 digest files valid\n12/12 log files valid\n" in done.stdout.decode()
    assert (tmp_path / "state").read_text().count('"of":{"source":"s3://trail-logs-there"') == 1
    assert run(["verify", str(tmp_path / "sealed")]) == Exit.INCOMPLETE


def test_online_and_then_offline(
    serve: Serve, objects: Objects, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was captured proves a copy; keys are asked for in the digest's own Region."""
    keys = str(tmp_path / "keys.json")
    with serve(objects) as bucket:
        assert run(["integrity", f"s3://{BUCKET}", *PERIOD]) == Exit.CLEAN
        assert set(bucket.asked) == {("ListPublicKeys", "us-east-1")}
        # The newest digests are of months ago: there is nothing to capture now.
        assert run(["integrity", "capture", f"s3://{BUCKET}", "-o", keys]) == Exit.ERROR
        assert "There are no digest files of the last two days below" in capsys.readouterr().err
        assert run(["integrity", f"s3://{BUCKET}", *PERIOD, "--bundle", str(tmp_path / "bag"), "-q"]) == Exit.CLEAN
    for name, each in objects.items():
        path = tmp_path / "copy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each.data)
    inside = tmp_path / "bag" / "data" / "public-keys.json"
    arguments = ["integrity", str(tmp_path / "copy"), "--public-keys", str(inside), "--since", SINCE]
    assert run([*arguments, "--until", "2026-03-01T09:17:28Z"]) == Exit.CLEAN
    assert run([*arguments, "--until", UNTIL]) == Exit.CLEAN
    # The newest signature is in the bundle: without it, that digest is not proved.
    held = json.loads(inside.read_bytes())
    (tmp_path / "less.json").write_text(json.dumps({**held, "signatures": []}))
    arguments[3] = str(tmp_path / "less.json")
    assert run([*arguments, "--until", UNTIL]) == Exit.INCOMPLETE


def test_capture_while_the_trail_delivers(
    serve: Serve, key: SigningKey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from scanner.collect.recording import utc_now
    from scanner.integrity.judging.links import HOUR

    begun = utc_now().replace(microsecond=0) - 6.3 * HOUR
    recent = dict(DemoTrail(BUCKET, key).hours(begun, 6, 1))
    keys = tmp_path / "keys.json"
    with serve(recent):
        assert run(["integrity", "capture", f"s3://{BUCKET}", "-o", str(keys)]) == Exit.CLEAN
        assert run(["integrity", f"s3://{BUCKET}", "--since", f"{begun:%Y-%m-%dT%H:%M:%SZ}"]) == Exit.CLEAN
    assert "1 public key of 1 Region, 6 signatures; SHA-256 " in capsys.readouterr().err
    for name, each in recent.items():
        path = tmp_path / "copy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each.data)
    arguments = ["integrity", str(tmp_path / "copy"), "--public-keys", str(keys)]
    assert run([*arguments, "--since", f"{begun:%Y-%m-%dT%H:%M:%SZ}"]) == Exit.CLEAN


def test_refused_keys_are_never_a_pass(
    serve: Serve, objects: Objects, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(objects, refused="AccessDeniedException"):
        assert run(["integrity", f"s3://{BUCKET}", *PERIOD]) == Exit.INCOMPLETE
        shown = capsys.readouterr().out
        assert "UNKNOWN: the public keys of Region us-east-1 cannot be listed: AccessDeniedException" in shown
        assert "0/12 digest files valid, 12/12 digest files UNKNOWN" in shown
        target = str(tmp_path / "keys.json")
        assert run(["integrity", "capture", f"s3://{BUCKET}", "-o", target, "--since", "1d"]) == Exit.INCOMPLETE


def test_a_denied_object_is_never_a_pass(serve: Serve, objects: Objects, capsys: pytest.CaptureFixture[str]) -> None:
    """Most objects are read in the quick way; what is not a whole answer is asked for by the SDK, in its words."""
    log = max(name for name in objects if "Digest" not in name)
    gone = min(name for name in objects if "Digest" not in name)
    left = {name: each for name, each in objects.items() if name != gone}
    with serve(left, denied=frozenset({log})) as bucket:
        assert run(["integrity", f"s3://{BUCKET}", *PERIOD]) == Exit.FINDINGS
        agents = bucket.agents
    shown = capsys.readouterr().out
    assert f"Log file\ts3://{BUCKET}/{log}\tUNKNOWN: s3://{BUCKET}/{log} cannot be read: AccessDenied, no." in shown
    assert f"Log file\ts3://{BUCKET}/{gone}\tINVALID: not found" in shown
    assert agents.count("trailwitness") > len(objects) / 2


def test_keys_of_another_region(serve: Serve, objects: Objects, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(objects, regions=("eu-west-1",)):
        assert run(["integrity", f"s3://{BUCKET}", *PERIOD]) == Exit.FINDINGS
    assert "INVALID: public key not found in region us-east-1 for fingerprint" in capsys.readouterr().out


def test_cloudtrail_is_asked_about_a_recent_gap(
    serve: Serve, key: SigningKey, capsys: pytest.CaptureFixture[str]
) -> None:
    """While CloudTrail itself says that it cannot deliver, a missing digest may come yet; else it is missing."""
    from scanner.collect.recording import utc_now
    from scanner.integrity.judging.links import HOUR

    begun = utc_now().replace(microsecond=0) - 9 * HOUR
    recent = dict(DemoTrail(BUCKET, key).hours(begun, 9, 0))
    del recent[sorted(recent)[4]]
    since = f"{begun:%Y-%m-%dT%H:%M:%SZ}"
    with serve(recent, delivery_error="AccessDenied") as bucket:
        assert run(["integrity", f"s3://{BUCKET}", "--since", since]) == Exit.INCOMPLETE
        assert ("GetTrailStatus", "us-east-1") in bucket.asked
    assert "CloudTrail says that it cannot deliver digest files now (AccessDenied)" in capsys.readouterr().out
    with serve(recent):
        assert run(["integrity", f"s3://{BUCKET}", "--since", since]) == Exit.FINDINGS


def test_a_bucket_that_holds_nothing(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    with serve({}):
        assert run(["integrity", f"s3://{BUCKET}/prefix", *PERIOD]) == Exit.ERROR
        assert "There are no digest files below s3://trail-logs-to-validate/prefix" in capsys.readouterr().err
        # Named, what must be there is missing: aws-cli says "No digests found" and exits 0.
        named = ("--account", "111122223333", "--region", "us-east-1")
        assert run(["integrity", f"s3://{BUCKET}/prefix", *PERIOD, *named]) == Exit.FINDINGS
        assert "12 digest files missing" in capsys.readouterr().out
        assert run(["integrity", "s3://Not_A_Bucket", *PERIOD]) == Exit.ERROR


def test_days_are_shared_by_processes(
    serve: Serve, key: SigningKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes give the report that one gives, and each opens the store for itself."""
    objects = dict(DemoTrail(BUCKET, key).hours(START, 24 * 8, 0))
    del objects[sorted(objects)[70]]
    period = ("--since", SINCE, "--until", "2026-03-09T00:17:28Z")
    reports = []
    with serve(objects) as bucket:
        for count in (2, 1):
            bucket.asked.clear()
            # Neither process may take all the days before the other one is there.
            bucket.meeting = threading.Barrier(2, timeout=60) if count == 2 else None
            monkeypatch.setattr(os, "cpu_count", lambda count=count: count)
            target = tmp_path / f"{count}.json"
            assert run(["integrity", f"s3://{BUCKET}", *period, "-o", f"json={target}", "-q"]) == Exit.FINDINGS
            assert bucket.asked.count(("ListPublicKeys", "us-east-1")) == (3 if count == 2 else 1)
            reports.append(json.loads(target.read_bytes()))
    for report in reports:
        del report["period"]["as_of"]
    assert reports[0] == reports[1]
    assert reports[0]["summary"]["digest_files_missing"] == 1


AWS = os.environ.get("TRAILWITNESS_AWS_CLI") or shutil.which("aws")


@pytest.mark.skipif(AWS is None, reason="aws-cli is not installed")
@pytest.mark.parametrize("case", ["clean", "altered-and-deleted", "newest-deleted-and-injected"])
def test_beside_aws_cli(
    serve: Serve, objects: Objects, key: SigningKey, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever aws-cli calls invalid we do in the same words; what it passes over we name."""
    changed = dict(objects)
    digests = sorted(name for name in objects if "Digest" in name)
    logs = sorted(objects.keys() - set(digests))
    if case == "altered-and-deleted":
        changed[logs[3]] = StoredObject(gzip.compress(b"{}"))
        del changed[digests[5]]
    elif case == "newest-deleted-and-injected":
        for name in digests[-3:]:
            del changed[name]
        name, stored, _ = DemoTrail(BUCKET, key, name="x").log_file(START.replace(hour=7), 5)
        changed[name] = stored
    arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"
    with serve(changed):
        named = ("--trail-arn", arn, "--s3-bucket", BUCKET, "--start-time", SINCE, "--end-time", UNTIL)
        theirs = subprocess.run(
            [str(AWS), "cloudtrail", "validate-logs", *named, "--verbose"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        ours = run(["integrity", f"s3://{BUCKET}", *PERIOD])
    said = {line for line in f"{theirs.stdout}\n{theirs.stderr}".splitlines() if "INVALID:" in line}
    shown = capsys.readouterr().out
    assert said <= set(shown.splitlines())
    assert ours == (Exit.CLEAN if case == "clean" else Exit.FINDINGS)
    assert len(said) == (2 if case == "altered-and-deleted" else 0)
    assert theirs.returncode == (1 if case == "altered-and-deleted" else 0), theirs.stderr
    if case == "clean":
        for line in re.findall(r"\d+/\d+ (?:digest|log) files valid", theirs.stdout):
            assert line in shown
